import fc from 'fast-check';
import type { Json, LogEvent } from '../../../common';
import { codecFromJSON, fitCodec, type Codec, type PreparedEvent } from '../../../models/codec';
import type { FieldCodecSpec } from '../../../models/codec/spec';
import { decodeExactly, drawEvent, plain, seeded, startOf } from './samples';

const TIME = Date.UTC(2026, 0, 5, 8);
const learn = (streams: PreparedEvent[][]): Codec => {
  const fitted = fitCodec(streams, { timeField: '@timestamp', entityFields: ['user'], entityNormalise: true });
  return codecFromJSON(JSON.parse(JSON.stringify(fitted.toJSON())));
};
const typesOf = (codec: Codec) => (codec.toJSON() as FieldCodecSpec).types;

/** One stream of events as they come, a minute apart. */
function streamOf(events: readonly LogEvent[], logType = 'mixed'): PreparedEvent[] {
  return events.map((event, i) => {
    const time = TIME + i * 60_000;
    return { entity: 'ada', time, logType, event: { '@timestamp': new Date(time).toISOString(), ...event } };
  });
}

const random = seeded(5);
const pick = <T>(...list: T[]): T => list[Math.floor(random() * list.length)];
const VENDORS: Record<string, () => LogEvent> = {
  cloud: () => ({ eventName: pick('Get', 'Put'), eventSource: 's3', awsRegion: pick('eu', 'us'), actor: 'ada', requestParameters: pick<Json>(null, { bucket: 'b', acl: [{ who: 'x' }] }, { bucket: 'c' }) }),
  okta: () => ({ actor: { alternateId: 'ada@example.com', type: 'User' }, published: true, outcome: { result: pick('OK', 'DENY') }, client: { ip: pick('10.0.0.1', '10.0.0.2') } }),
  flow: () => ({ srcAddr: '10.0.0.1', dstAddr: pick('10.0.0.9', '10.0.0.8'), dstPort: pick<Json>(22, 443), bytes: Math.floor(random() * 5000), action: pick('ACCEPT', 'REJECT') }),
  repository: () => ({ action: pick('push', 'pull'), repo: { name: 'r', private: pick(true, false) }, actor_id: 7, org: ['a', pick('b', 'c')], client: 'git' }),
};
const names = Object.keys(VENDORS);
const vendorOf = (event: LogEvent) => names.find((name) => Object.keys(VENDORS[name]()).every((key) => key in event));
const mixed = streamOf(Array.from({ length: 400 }, (_, i) => VENDORS[names[i % names.length]]()));

/** Names of all values, as an index sees them: without places in lists. */
function paths(value: Json, path = ''): Set<string> {
  if (value === null || typeof value !== 'object' || Object.keys(value).length === 0) return new Set([path]);
  const inner = Array.isArray(value) ? value.map((item) => paths(item, path)) : Object.entries(value).map(([key, item]) => paths(item, path ? `${path}.${key}` : key));
  return new Set(inner.flatMap((set) => [...set]));
}
const conflicts = (event: LogEvent) => [...paths(event)].filter((path) => [...paths(event)].some((other) => other.startsWith(`${path}.`)));

describe('a log type that holds many shapes', () => {
  const codec = learn([mixed]);
  const drawSeed = seeded(3);
  const drawing = startOf(codec, mixed, drawSeed);
  const drawn = Array.from({ length: 400 }, () => drawEvent(drawing, drawSeed));

  it('keeps its name, and learns a grammar for each', () => {
    expect(typesOf(codec).map(({ name }) => name)).toEqual(names.map(() => 'mixed'));
    expect(codec.logTypes).toEqual(['mixed']);
    const listed = codec.describeFields().map(({ log_type, path }) => `${log_type} ${path}`);
    expect(new Set(listed).size).toBe(listed.length);
    expect(codec.describeFields()).toContainEqual(expect.objectContaining({ path: 'action', values: expect.arrayContaining(['ACCEPT', 'push']) }));
  });

  it('gives every event back', () => {
    const encoder = startOf(codec, mixed);
    const decoder = startOf(codec, mixed);
    for (const prepared of mixed) expect(decodeExactly(decoder, encoder.encode(prepared))).toEqual({ event: prepared.event, time: prepared.time, logType: 'mixed' });
  });

  it('never mixes them', () => {
    const known = new Map(names.map((name) => [name, new Set<string>()]));
    for (const { event } of mixed) for (const path of paths(event)) known.get(vendorOf(event)!)!.add(path);
    for (const { event, logType } of drawn) {
      expect(logType).toBe('mixed');
      const vendor = vendorOf(event);
      expect([...paths(event)].filter((path) => !known.get(vendor!)!.has(path))).toEqual([]);
    }
    expect(new Set(drawn.map(({ event }) => vendorOf(event))).size).toBe(names.length);
  });

  it('stays one where events only differ in parts', () => {
    const one = streamOf(Array.from({ length: 200 }, () => VENDORS.cloud()));
    expect(typesOf(learn([one]))).toHaveLength(1);
  });

  it('is learned alike from the same events, and from very many shapes', () => {
    expect(learn([mixed]).toJSON()).toEqual(codec.toJSON());
    const many = streamOf(Array.from({ length: 3000 }, (_, i) => Object.fromEntries(Array.from({ length: 6 }, (_, f) => [`k${i % 300}_${f}`, i % 7]))));
    const fitted = learn([many]);
    expect(typesOf(fitted).length).toBeGreaterThan(100);
    expect(typesOf(fitted).length).toBeLessThanOrEqual(200);
    for (const prepared of many.slice(0, 600)) expect(decodeExactly(startOf(fitted, [prepared]), startOf(fitted, [prepared]).encode(prepared)).event).toEqual(prepared.event);
  });
});

describe('a path that is a value in some events and a container in others', () => {
  const request: Array<() => LogEvent> = [
    () => ({ request: pick('GET /', 'PUT /'), 'target.name': 'a' }),
    () => ({ request: { method: pick('GET', 'PUT'), body: pick<Json>('x', { size: 5 }, [{ size: 6 }, { size: 7, name: 'n' }], null) }, target: pick('a', 'b') }),
    () => ({ request: [{ method: 'GET' }, { method: pick('GET', 'PUT'), body: 'y' }] as Json, target: { name: pick('a', 'b') } }),
    () => ({ request: null, target: ['a', pick('b', 'c')] }),
    () => ({ request: [pick('x', 'y')], target: [] }),
  ];
  // What they share keeps them one shape.
  const shared = (): LogEvent => Object.fromEntries(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((key) => [key, pick('1', '2')]));
  const events = streamOf(Array.from({ length: 500 }, () => ({ ...shared(), ...pick(...request)() })));
  const codec = learn([events]);

  it('is learned as one shape and gives every event back', () => {
    expect(typesOf(codec)).toHaveLength(1);
    for (const prepared of events) expect(decodeExactly(startOf(codec, [prepared]), startOf(codec, [prepared]).encode(prepared)).event).toEqual(prepared.event);
  });

  it('is only ever one of them in events drawn', () => {
    const draw = seeded(9);
    const drawing = startOf(codec, events, draw);
    const drawn = Array.from({ length: 500 }, () => drawEvent(drawing, draw).event);
    expect(drawn.flatMap(conflicts)).toEqual([]);
    const kinds = new Set(drawn.map(({ request: is }) => (Array.isArray(is) ? 'list' : is === null ? 'null' : typeof is)));
    expect([...kinds].sort()).toEqual(expect.arrayContaining(['list', 'object', 'string']));
  });

  it('comes back in whatever form it has', () => {
    const key = fc.constantFrom('request', 'target', 'method', 'body', 'name', 'target.name', 'request.body.size', 'a');
    const { json } = fc.letrec<{ json: Json }>((tie) => ({
      json: fc.oneof(
        { maxDepth: 4, depthSize: 'small' },
        fc.constantFrom<Json>('GET /', 'x', 5, null, true, [], {}, '2026-01-05T08:00:00Z', '10.0.0.7'),
        fc.array(tie('json'), { maxLength: 10 }),
        fc.dictionary(key, tie('json'), { maxKeys: 4, noNullPrototype: true }) as fc.Arbitrary<Json>
      ),
    }));
    const event = fc.dictionary(key, json, { maxKeys: 6, noNullPrototype: true }).map((made) => plain(made as LogEvent));
    const known = [codec, learn([mixed])];
    fc.assert(
      fc.property(event, fc.nat(1), fc.nat(events.length - 1), (change, which, index) => {
        const base = which === 0 ? events[index].event : mixed[index % mixed.length].event;
        for (const made of [change, { ...base, ...change }]) {
          const prepared = { ...events[index], event: made };
          const encoded = startOf(known[which], [prepared]).encode(prepared);
          expect(decodeExactly(startOf(known[which], [prepared]), encoded).event).toEqual(made);
        }
      }),
      { numRuns: 300 }
    );
  });
});
