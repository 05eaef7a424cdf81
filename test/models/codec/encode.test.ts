import type { EncodedEvent, PreparedEvent, Span } from '../../../models/codec';
import { codecFromJSON, fitCodec } from '../../../models/codec';
import { at, drawEvent, fitOffice, officeStreams, seeded, startOf } from './samples';

const streams = officeStreams();
const codec = fitOffice(streams);

const encodeAll = (stream: PreparedEvent[]): EncodedEvent[] => {
  const encoder = startOf(codec, stream);
  return stream.map((prepared) => encoder.encode(prepared));
};
/** Encodes the last event of the type, changed, after all events before it. */
function encodeChanged(person: number, logType: string, change: (event: PreparedEvent['event']) => void): EncodedEvent {
  const stream = streams[person];
  const index = stream.map((prepared) => prepared.logType).lastIndexOf(logType);
  const encoder = startOf(codec, stream);
  for (const prepared of stream.slice(0, index)) encoder.encode(prepared);
  const changed = structuredClone(stream[index]);
  change(changed.event);
  return encoder.encode(changed);
}
const spanOf = ({ spans }: EncodedEvent, path: string): Span | undefined => spans.find((span) => span.path === path);

describe('encode', () => {
  it('needs few tokens: what follows from something else costs nothing', () => {
    const encoded = streams.flatMap(encodeAll);
    const mean = encoded.reduce((sum, { tokens }) => sum + tokens.length, 0) / encoded.length;
    expect(mean).toBeLessThan(11);
    const written = new Set(encoded.flatMap(({ spans }) => spans.map(({ path }) => path)));
    for (const path of ['user.name', 'user.upn', 'user.display', 'arn', 'source.geo.city_name', 'event.dataset', 'tags', '@timestamp', 'event.id', 'request_text']) {
      expect(written).not.toContain(path);
    }
    expect(written).toContain('source.ip');
  });

  it('gives spans that tile the tokens, in order', () => {
    for (const { tokens, positions, spans } of streams.slice(0, 3).flatMap(encodeAll)) {
      expect(positions).toHaveLength(tokens.length);
      let from = 0;
      for (const span of spans) {
        expect(span.from).toBe(from);
        expect(span.to).toBeGreaterThan(from);
        from = span.to;
      }
      expect(from).toBe(tokens.length);
      for (const channel of ['field', 'slot', 'weekday', 'place'] as const) expect(Math.max(...positions.map((position) => position[channel]))).toBeLessThan(codec.side[channel]);
      expect(Math.max(...positions.map(({ former }) => former))).toBeLessThan(codec.vocabulary);
    }
  });

  it('tells the slot and weekday of the event once its time is known, and of the one before until then', () => {
    const stream = streams[2];
    const encoded = encodeAll(stream);
    for (let i = 1; i < 40; i++) {
      const date = new Date(stream[i].time);
      const before = new Date(stream[i - 1].time);
      const slot = (when: Date): number => when.getUTCHours() * 4 + Math.floor(when.getUTCMinutes() / 15);
      expect([encoded[i].positions[0].slot, encoded[i].positions[0].weekday]).toEqual([slot(before), before.getUTCDay()]);
      expect([encoded[i].positions.at(-1)!.slot, encoded[i].positions.at(-1)!.weekday]).toEqual([slot(date), date.getUTCDay()]);
    }
  });

  it('marks what has never been seen, and counts its consequences once', () => {
    const encoded = encodeChanged(0, 'sign-in', (event) => {
      event.source = { ip: '203.0.113.9', address: '203.0.113.9', geo: { city_name: 'Lima', country: 'PE', location: { lat: -12.05 } } };
    });
    const ip = spanOf(encoded, 'source.ip') ?? spanOf(encoded, 'source.address');
    expect(ip).toMatchObject({ reason: 'unseen', actual: '203.0.113.9' });
    for (const path of ['source.geo.city_name', 'source.geo.country', 'source.geo.location.lat']) {
      const span = spanOf(encoded, path);
      if (span) expect(span.cause).toBe(ip!.cause);
    }
    const causes = new Set(encoded.spans.filter(({ reason }) => reason !== 'unlikely').map(({ cause }) => cause));
    expect([...causes].filter((cause) => cause?.includes('203.0.113.9'))).toHaveLength(1);
  });

  it('calls a broken dependency a violation, by the field and in the structure, with one cause', () => {
    const encoded = encodeChanged(1, 'sign-in', (event) => {
      (event.source as { geo: { city_name: string } }).geo.city_name = 'Oslo City';
    });
    const city = spanOf(encoded, 'source.geo.city_name');
    expect(city).toMatchObject({ reason: 'violation', actual: 'Oslo City' });
    expect(spanOf(encoded, '@structure')).toMatchObject({ reason: 'violation', cause: city!.cause });
    const clean = encodeChanged(1, 'sign-in', () => undefined);
    expect(spanOf(clean, '@structure')).toMatchObject({ reason: 'unlikely', actual: '(as expected)' });
    expect(encoded.tokens.length).toBeGreaterThan(clean.tokens.length);
  });

  it('writes fields that no event had, and log types that it does not know', () => {
    const encoded = encodeChanged(0, 'audit', (event) => {
      event.newcomer = { deep: [1, 2] };
    });
    expect(spanOf(encoded, 'newcomer')).toMatchObject({ reason: 'unseen', actual: '{"deep":[1,2]}' });
    const unknown = startOf(codec, streams[0]).encode({ ...streams[0][0], logType: 'firewall' });
    expect(spanOf(unknown, '@type')).toMatchObject({ reason: 'unseen', actual: 'firewall' });
  });

  it('spends one token on an id of the session, whichever it is', () => {
    const stream = streams[4];
    const encoded = encodeAll(stream);
    const written = encoded.flatMap((event) => spanOf(event, 'session.id') ?? []);
    expect(written.length).toBeGreaterThan(20);
    expect(written.every(({ from, to }) => to - from === 1)).toBe(true);
    const described = new Set(encoded.flatMap(({ tokens, positions, spans }) => spans.filter(({ path }) => path === 'session.id').map(({ from }) => codec.describeToken(positions[from].field, tokens[from]))));
    expect(described).toContain('(new id)');
    expect(described).toContain('(id 1 back)');
  });

  it('knows what could have stood in the place of a token', () => {
    let next = 0;
    while (next < codec.vocabulary) {
      const { lo, hi } = codec.alternatives(next);
      expect(lo).toBe(next);
      for (let token = lo; token < hi; token++) expect(codec.alternatives(token)).toEqual({ lo, hi });
      next = hi;
    }
    const [first] = encodeAll(streams[0]);
    const { from } = spanOf(first, 'source.ip')!;
    const { lo, hi } = codec.alternatives(first.tokens[from]);
    const addresses = new Set(Array.from({ length: hi - lo }, (_, i) => codec.describeToken(first.positions[from].field, lo + i)));
    for (const { event } of streams[0]) if (typeof at(event, 'source', 'ip') === 'string') expect(addresses).toContain(at(event, 'source', 'ip'));
    expect([...addresses].every((text) => /^(\(.*\)|[\d.]+)$/.test(text))).toBe(true);
  });

  it('describes tokens and fields as people read them', () => {
    const [first] = encodeAll(streams[0]);
    const { from } = spanOf(first, 'source.ip')!;
    expect(codec.fieldPath(first.positions[from].field)).toBe('source.ip');
    const person = streams[0].findIndex(({ logType }) => logType === 'sign-in');
    const encoded = encodeAll(streams[0])[person];
    const span = spanOf(encoded, 'source.ip')!;
    expect(codec.describeToken(encoded.positions[span.from].field, encoded.tokens[span.from])).toBe(at(streams[0][person].event, 'source', 'ip'));
    for (const event of encodeAll(streams[0]).slice(0, 20)) {
      event.tokens.forEach((token, i) => expect(codec.describeToken(event.positions[i].field, token)).not.toBe(''));
    }
  });

  it('has words for every token in every field: a model may expect anything anywhere', () => {
    const odd = new Set<string>();
    for (let field = 0; field < codec.side.field; field += 3) {
      for (let token = 0; token < codec.vocabulary; token++) {
        const text = codec.describeToken(field, token);
        if (text.trim() === '' || /undefined|NaN|[\uE000-\uF8FF\ufffd]|^-|-\d+:|\(unknown\)/.test(text)) odd.add(text);
      }
    }
    expect([...odd]).toEqual([]);
  });

  it('says days, quarter hours, offsets, subwords and nothing at all in plain words', () => {
    const described = (path: string): Set<string> => {
      const found = new Set<string>();
      const field = Array.from({ length: codec.side.field }, (_, i) => i).filter((i) => codec.fieldPath(i) === path);
      for (const stream of streams) for (const event of encodeAll(stream)) event.tokens.forEach((token, i) => field.includes(event.positions[i].field) && found.add(codec.describeToken(event.positions[i].field, token)));
      return found;
    };
    expect(described('@day')).toContain('the same day');
    expect(described('@day')).toContain('the next day');
    for (const slot of described('@slot')) expect(slot).toMatch(/^\d\d:(00|15|30|45) to \d\d:(00|15|30|45) UTC$/);
    for (const gap of described('@gap')) expect(gap).toMatch(/^([\d.]+ (ms|s|min|h) to )?[\d.]+ (ms|s|min|h) later$|^more than 3 h later$/);
    const began = described('session.began');
    expect(began.size).toBeGreaterThan(3);
    for (const offset of began) expect(offset).toMatch(/ (before|after) the event$|^at the time of the event$/);
    const key = described('request.key');
    expect(key).toContain('(new text)');
    expect(key).toContain('(end of text)');
    expect([...key].some((text) => /^“.*…”$/.test(text))).toBe(true);
  });
});

describe('the codec', () => {
  it('lists its fields with kinds and values', () => {
    const fields = codec.describeFields();
    const field = (path: string, type = 'sign-in') => fields.find((candidate) => candidate.path === path && candidate.log_type === type);
    expect(field('event.dataset')).toMatchObject({ kind: 'constant', values: ['sign-in'] });
    expect(field('source.geo.city_name')).toMatchObject({ kind: 'determined', distinct: 5 });
    expect(field('source.ip')).toMatchObject({ distinct: 24 });
    expect(field('took')).toMatchObject({ kind: 'number' });
    expect(field('event.id')).toMatchObject({ kind: 'id', values: [] });
    expect(field('@timestamp')).toMatchObject({ kind: 'time', values: [] });
    expect(field('groups[1].name', 'audit')!.values.sort()).toEqual(['finance', 'research']);
  });

  it('knows its entities, log types and sizes', () => {
    expect(codec.entities.slice(1)).toEqual(streams.map(([{ entity }]) => entity));
    expect(codec.logTypes).toEqual(['audit', 'sign-in']);
    expect(codec.vocabulary).toBeLessThan(3000);
    expect(startOf(codec, streams[3]).entity).toBe(4);
  });

  it('is the same for the same events', () => {
    expect(JSON.stringify(fitOffice(officeStreams()).toJSON())).toBe(JSON.stringify(codec.toJSON()));
  });

  it('learns techniques, and rules from them', () => {
    const labelled = streams.map((stream) => stream.map((prepared, i) => (i > 60 ? { ...prepared, technique: i % 2 ? 'T1078.004' : 'T1110.003' } : prepared)));
    const fitted = fitCodec(labelled, { timeField: '@timestamp', entityFields: [], entityNormalise: true });
    expect(fitted.techniques.slice(1)).toEqual(['T1078.004', 'T1110.003']);
    expect(fitted.startStream({ entity: 'persona', time: 0, technique: 'T1110.003' }).technique).toBe(2);
    expect(fitted.startStream({ entity: 'persona', time: 0, technique: 'T9999' }).technique).toBe(0);
  });

  it('thins very many events, and still knows the schema', () => {
    const fitted = fitCodec(streams, { timeField: '@timestamp', entityFields: [], entityNormalise: true, maxEvents: 400 });
    expect(fitted.logTypes).toEqual(codec.logTypes);
    expect(fitted.entities).toEqual(codec.entities);
  });

  it('refuses no events', () => {
    expect(() => fitCodec([], { timeField: 't', entityFields: [], entityNormalise: true })).toThrow(expect.objectContaining({ code: 'LYREBIRD_TOO_FEW_EVENTS' }));
  });

  it.each<[string, (json: Record<string, unknown>) => unknown]>([
    ['nothing', () => undefined],
    ['something else', () => ({ format: 'other' })],
    ['a newer version', (json) => ({ ...json, version: 99 })],
    ['an older version', (json) => ({ ...json, version: 1 })],
    ['shapes that refer to nothing', (json) => ({ ...json, shapes: [{ name: 'audit', features: [['s', 'a']], shapes: [[7, 100]] }] })],
    ['fields that exclude what is not there', (json) => ({ ...json, types: (json.types as object[]).map((type) => ({ ...type, exclusive: [[1, 999]] })) })],
    ['missing parts', ({ types: _types, ...json }) => json],
    ['wrong types', (json) => ({ ...json, merges: [['a', 'b']] })],
    ['merges that refer to nothing', (json) => ({ ...json, merges: [[5, 99_999]] })],
    ['a predictor of a field that is not there', (json) => {
      const copy = structuredClone(json) as { types: Array<{ fields: Array<{ chain: unknown[] }> }> };
      copy.types[0].fields[3].chain = [{ rule: 'copy', a: 4000 }];
      return copy;
    }],
  ])('says that a file is corrupt: %s', (_name, damage) => {
    const json = JSON.parse(JSON.stringify(codec.toJSON())) as Record<string, unknown>;
    expect(() => codecFromJSON(damage(json))).toThrow(expect.objectContaining({ code: 'LYREBIRD_CORRUPT' }));
  });
});

describe('copies of a field that are not always there', () => {
  const random = seeded(21);
  const hex = (length: number): string => Array.from({ length }, () => Math.floor(random() * 16).toString(16)).join('');
  const stream = Array.from({ length: 600 }, (_, i) => {
    const id = `${hex(8)}-${hex(4)}-${hex(12)}`;
    const failed = random() < 0.3;
    return {
      entity: 'ada',
      time: Date.UTC(2026, 0, 5) + i * 60_000,
      logType: 'sign-in',
      event: { correlation: id, outcome: failed ? 'failure' : 'success', ...(!failed && { properties: { correlation: id } }), ...(random() < 0.8 && { trace: `trace-${id}` }) },
    };
  });
  const codec = fitCodec([stream], { timeField: '@timestamp', entityFields: [], entityNormalise: true });

  it('cost their value once', () => {
    const encoder = startOf(codec, stream);
    for (const event of stream) {
      const { spans } = encoder.encode(event);
      const { correlation } = event.event;
      expect(spans.filter(({ actual }) => actual.includes(correlation)).length).toBeLessThanOrEqual(1);
    }
  });

  it('are equal to their source in events drawn, or absent for the same reason', () => {
    const draw = seeded(2);
    const drawn = startOf(codec, stream, draw);
    const events = Array.from({ length: 200 }, () => drawEvent(drawn, draw).event);
    for (const event of events) {
      expect(at(event, 'properties', 'correlation')).toBe(event.outcome === 'failure' ? undefined : event.correlation);
      expect([undefined, `trace-${String(event.correlation)}`]).toContain(event.trace);
    }
    expect(new Set(events.map(({ trace }) => trace === undefined)).size).toBe(2);
  });
});
