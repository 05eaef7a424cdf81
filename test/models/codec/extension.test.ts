import type { LogEvent } from '../../../common';
import { codecFromJSON, extendCodec, fitCodec, originOf } from '../../../models/codec';
import type { Codec, CodecStream, EncodedEvent, PreparedEvent } from '../../../models/codec/types';
import { seededRandom } from '../../../models/generate/entity_writer';
import { simulate } from '../../../simulator';

const streams = new Map<string, PreparedEvent[]>();
const attacks = new Map<string, PreparedEvent[]>();
let base: Codec;
let extended: Codec;

beforeAll(() => {
  for (const { entity, dataset, label, timestamp, _source } of simulate({ users: 12, days: 12, seed: 4, attacks: 4, end: new Date('2026-03-01T00:00:00Z') })) {
    if (label?.phase === 'attack') continue;
    const { threat: _, ...event } = _source;
    const to = label ? attacks : streams;
    const key = label ? `${label.attack_id} ${entity}` : entity;
    to.set(key, [...(to.get(key) ?? []), { entity, time: Date.parse(timestamp), logType: dataset, event: event as LogEvent, technique: label?.technique }]);
  }
  base = fitCodec([...streams.values()], { timeField: '@timestamp', entityFields: ['user.name'], entityNormalise: true });
  extended = codecFromJSON(JSON.parse(JSON.stringify(extendCodec(base.toJSON(), [...attacks.values()]))));
}, 60_000);

/** Writes one event, choosing among the tokens that may come. */
const draw = (codec: Codec, { entity, time }: PreparedEvent, technique: string | undefined, random: () => number): LogEvent => drawNext(codec.startStream({ entity, time, technique, random }), random);

function drawNext(stream: CodecStream, random: () => number): LogEvent {
  const decoder = stream.decode({});
  while (decoder.next) {
    const { lo, hi, mask } = decoder.next.candidates;
    const may = Array.from({ length: hi - lo }, (_, i) => lo + i).filter((token) => !mask || mask[token - lo] === 1);
    decoder.push(may[Math.floor(random() * may.length)]);
  }
  return decoder.result().event!;
}

const valuesOf = (event: unknown, path: string): unknown => path.split('.').reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], event);

test('what it knew is written as before, but for the numbers of the tokens', () => {
  const origin = originOf(base.toJSON(), extended.toJSON())!;
  expect(origin.tokens).toHaveLength(extended.vocabulary);
  expect(extended.vocabulary).toBeGreaterThan(base.vocabulary);
  const added = new Set(origin.added.tokens);
  expect(added.size).toBe(extended.vocabulary - base.vocabulary);
  expect(Array.from(origin.tokens).filter((_, token) => !added.has(token))).toEqual(Array.from({ length: base.vocabulary }, (_, token) => token));
  expect(origin.added.fields).toHaveLength(extended.side.field - base.side.field);
  expect(extended.techniques.slice(1).sort()).toEqual([...new Set([...attacks.values()].flat().map(({ technique }) => technique))].sort());
  let events = 0;
  for (const stream of streams.values()) {
    const start = { entity: stream[0].entity, time: stream[0].time };
    const [before, after] = [base.startStream(start), extended.startStream(start)];
    for (const event of stream.slice(0, 60)) {
      const [x, y] = [before.encode(event), after.encode(event)];
      expect(Array.from(y.tokens, (token) => origin.tokens[token])).toEqual([...x.tokens]);
      expect(y.positions.map(({ field }) => origin.fields[field])).toEqual(x.positions.map(({ field }) => field));
      events++;
    }
  }
  expect(events).toBeGreaterThan(300);
});

test('attacks are read back as they were, and need fewer words', () => {
  let [before, after] = [0, 0];
  for (const attack of attacks.values()) {
    const start = { entity: attack[0].entity, time: attack[0].time };
    const [plain, writing, reading] = [base.startStream(start), extended.startStream(start), extended.startStream(start)];
    for (const event of attack) {
      before += escapes(base, plain.encode(event));
      const encoded = writing.encode(event);
      after += escapes(extended, encoded);
      const decoder = reading.decode({ residual: encoded.residual });
      for (const token of encoded.tokens) decoder.push(token);
      expect(decoder.result().event).toEqual(event.event);
    }
  }
  expect(after).toBeLessThan(0.3 * before);
});

const escapes = (codec: Codec, { tokens, positions }: EncodedEvent): number =>
  tokens.filter((token, i) => ['(new text)', '(new value)', '(other deviations)'].includes(codec.describeToken(positions[i].field, token))).length;

test('attacks may now be what their examples were; normal events never are', () => {
  const some = [...attacks.values()].filter(([{ technique }]) => technique === 'T1562.008').flat();
  const actions = new Set(some.map(({ event }) => valuesOf(event, 'event.action')));
  const known = new Set([...streams.values()].flat().map(({ event }) => valuesOf(event, 'event.action')));
  const foreign = [...actions].filter((action) => !known.has(action));
  expect(foreign.length).toBeGreaterThan(0);
  const random = seededRandom(1, 'extension');
  const drawn = (codec: Codec, technique?: string) => Array.from({ length: 300 }, (_, i) => valuesOf(draw(codec, some[i % some.length], technique, random), 'event.action'));
  const ofAttacks = drawn(extended, 'T1562.008');
  for (const action of foreign) expect(ofAttacks).toContain(action);
  expect(drawn(extended).filter((action) => foreign.includes(action))).toEqual([]);
  expect(drawn(base).filter((action) => foreign.includes(action))).toEqual([]);
});

test('an attack keeps its address; what comes and goes in it, such as the details of a refused second factor, stays free', () => {
  const fatigue = [...attacks.values()].filter((events) => events[0].technique === 'T1621');
  const codes = (events: readonly LogEvent[]) => new Set(events.map((event) => valuesOf(event, 'azure.signinlogs.result_type')));
  expect(codes(fatigue.flat().map(({ event }) => event)).size).toBeGreaterThan(1);
  const { steady } = extended.toJSON() as { steady: Array<{ technique: number; fields: string[] }> };
  const kept = steady.find(({ technique }) => technique === extended.techniques.indexOf('T1621'))!.fields;
  expect(kept).toContain('source.ip');
  expect(kept.filter((field) => field.includes('authentication_details'))).toEqual([]);

  const random = seededRandom(2, 'fatigue');
  const [{ entity, time }] = fatigue[0];
  const stream = extended.startStream({ entity, time, technique: 'T1621', random });
  const drawn = Array.from({ length: 40 }, () => drawNext(stream, random));
  expect(new Set(drawn.map((event) => valuesOf(event, 'source.ip'))).size).toBe(1);
  expect(codes(drawn)).toContain('500121');
  expect(codes(drawn)).toContain('50074');
});
