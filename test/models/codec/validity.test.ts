import { isIP } from 'node:net';
import type { estypes } from '@elastic/elasticsearch';
import type { Json, LogEvent } from '../../../common';
import { codecFromJSON, fitCodec, type Codec, type PreparedEvent } from '../../../models/codec';
import { DATASETS, mappingOf, simulate, type Dataset } from '../../../simulator';
import { drawEvent, seeded, startOf } from './samples';

const END = new Date('2026-03-02T00:00:00Z');

/** What an index takes, by the type that a path is mapped as. */
const accepts: Record<string, (value: Json) => boolean> = {
  keyword: (v) => typeof v === 'string',
  text: (v) => typeof v === 'string',
  date: (v) => typeof v === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/.test(v) && !Number.isNaN(Date.parse(v)),
  ip: (v) => typeof v === 'string' && isIP(v) !== 0,
  long: (v) => Number.isSafeInteger(v),
  float: (v) => typeof v === 'number' && Number.isFinite(v),
  boolean: (v) => typeof v === 'boolean',
  geo_point: (v) => v !== null && typeof v === 'object' && !Array.isArray(v) && Math.abs(v.lat as number) <= 90 && Math.abs(v.lon as number) <= 180 && Object.keys(v).length === 2,
  flattened: (v) => v !== null && typeof v === 'object',
};

function refusal(value: Json, property: estypes.MappingProperty | undefined, path: string): string | undefined {
  if (property === undefined) return `${path} is not mapped`;
  if (value === null) return undefined;
  if (Array.isArray(value)) return value.map((item) => refusal(item, property, path)).find((found) => found !== undefined);
  const { type, properties } = property as { type?: string; properties?: Record<string, estypes.MappingProperty> };
  if (type !== undefined) return accepts[type](value) ? undefined : `${path} is ${JSON.stringify(value)}, mapped as ${type}`;
  if (typeof value !== 'object') return `${path} is ${typeof value}, mapped as an object`;
  return Object.entries(value)
    .map(([name, inner]) => refusal(inner, properties?.[name], path ? `${path}.${name}` : name))
    .find((found) => found !== undefined);
}

function streamsOf(options: { users: number; days: number; seed: number }): PreparedEvent[][] {
  const streams = new Map<string, PreparedEvent[]>();
  for (const { entity, timestamp, dataset, label, _source } of simulate({ end: END, ...options })) {
    const event = { entity, time: Date.parse(timestamp), logType: dataset, technique: label?.technique, event: _source };
    const stream = streams.get(entity);
    if (stream) stream.push(event);
    else streams.set(entity, [event]);
  }
  return [...streams.values()];
}

const learn = (streams: PreparedEvent[][]): Codec => fitCodec(streams, { timeField: '@timestamp', entityFields: ['user.name'], entityNormalise: true });

/** Texts and other scalars by path, list positions left out. */
function* leaves(value: Json, path = ''): Generator<[string, Json]> {
  if (value === null || typeof value !== 'object') yield [path, value];
  else if (Array.isArray(value)) for (const item of value) yield* leaves(item, path);
  else for (const [key, inner] of Object.entries(value)) yield* leaves(inner, path ? `${path}.${key}` : key);
}

/** Every token uniform among its candidates, as from a model that has learned nothing: rules must do all the work. */
describe.each([
  ['a month of a small office', { users: 20, days: 20, seed: 4 }, 200],
  ['two days of few people', { users: 4, days: 2, seed: 5 }, 100],
])('events drawn at random from a codec of %s', (_, options, each) => {
  const streams = streamsOf(options);
  const codec = codecFromJSON(JSON.parse(JSON.stringify(learn(streams).toJSON())));
  const random = seeded(options.seed);
  const events = [...streams, [{ ...streams[0][0], entity: 'newcomer' }]].flatMap((stream) => {
    // As the stream goes on by itself, and as the attacks in it do, which keep to the log types of their examples.
    const technique = stream.find((event) => event.technique !== undefined)?.technique;
    return [undefined, ...(technique === undefined ? [] : [technique])].flatMap((as) => {
      const drawn = startOf(codec, [{ ...stream[0], technique: as }], random);
      return Array.from({ length: each }, () => ({ ...drawEvent(drawn, random), entity: stream[0].entity, technique: as }));
    });
  });
  const real = streams.flat();

  it('fit the mapping of their index, every one', () => {
    expect(events.length).toBeGreaterThan(400);
    const refused = events.map(({ event, logType }) => refusal(event as Json, { properties: mappingOf(logType as Dataset).properties } as estypes.MappingProperty, ''));
    expect(refused.filter((found) => found !== undefined)).toEqual([]);
    const typesOf = (list: ReadonlyArray<Pick<PreparedEvent, 'logType' | 'technique'>>, technique?: string) => new Set(list.filter((event) => event.technique === technique).map(({ logType }) => logType));
    expect(typesOf(events)).toEqual(new Set(DATASETS));
    const techniques = new Set(events.flatMap(({ technique }) => technique ?? []));
    for (const technique of techniques) expect([...typesOf(real, technique)]).toEqual(expect.arrayContaining([...typesOf(events, technique)]));
  });

  it('have JSON types that were seen at each path, and nothing new where nothing new was seen', () => {
    const types = new Set<string>();
    const values = new Map<string, { seen: Set<Json>; present: number }>();
    for (const { event, logType } of real) {
      for (const [path, value] of leaves(event as Json)) {
        const key = `${logType} ${path}`;
        types.add(`${key} ${value === null ? 'null' : typeof value}`);
        const entry = values.get(key) ?? values.set(key, { seen: new Set(), present: 0 }).get(key)!;
        entry.seen.add(value);
        entry.present++;
      }
    }
    const wrong = new Set<string>();
    for (const { event, logType, entity } of events) {
      for (const [path, value] of leaves(event as Json)) {
        const key = `${logType} ${path}`;
        const type = `${key} ${value === null ? 'null' : typeof value}`;
        if (!types.has(type)) wrong.add(type);
        const { seen, present } = values.get(key)!;
        // Names of people stand for whoever's event it is, and may thus come anew.
        if (typeof value === 'string' && seen.size <= 12 && present >= 50 * seen.size && !seen.has(value) && !value.toLowerCase().includes(entity)) wrong.add(`${key} is ${value}`);
      }
    }
    expect([...wrong]).toEqual([]);
  });

  it('end soon, whatever the model', () => {
    const longest = Math.max(...real.map((event) => startOf(codec, [event]).encode(event).tokens.length));
    expect(Math.max(...events.map(({ tokens }) => tokens.length))).toBeLessThan(2 * longest + 100);
  });
});

describe('fields of one format', () => {
  const TIME = Date.UTC(2026, 0, 5);
  const random = seeded(11);
  const pad = (n: number): string => n.toString(16).padStart(4, '0');
  const number = (most: number): number => Math.floor(random() * most);
  // Each value comes up about once: nothing but its format can be learned.
  const make: Record<string, { value: () => Json; valid: (value: unknown) => boolean }> = {
    v4: { value: () => `10.${number(250)}.${number(250)}.${number(250)}`, valid: (v) => isIP(v as string) === 4 },
    v6: { value: () => `2001:db8::${pad(number(65_536))}:${pad(number(65_536))}`, valid: (v) => isIP(v as string) === 6 },
    either: { value: () => (random() < 0.5 ? `10.0.${number(250)}.${number(250)}` : `fe80::${pad(number(65_536))}`), valid: (v) => isIP(v as string) !== 0 },
    whole: { value: () => number(1e9), valid: (v) => Number.isSafeInteger(v) },
    part: { value: () => number(1e6) / 100, valid: (v) => typeof v === 'number' && Number.isFinite(v) },
    digits: { value: () => String(1000 + number(1e6)), valid: (v) => typeof v === 'string' && /^\d{1,7}$/.test(v) },
    decimal: { value: () => (number(1e6) / 100).toFixed(2), valid: (v) => typeof v === 'string' && /^\d+\.\d\d$/.test(v) },
    date: { value: () => new Date(TIME + number(1e10)).toISOString(), valid: (v) => !Number.isNaN(Date.parse(v as string)) },
    day: { value: () => new Date(TIME + number(1e12)).toISOString().slice(0, 10), valid: (v) => /^\d{4}-\d\d-\d\d$/.test(v as string) },
    uuid: {
      value: () => `${pad(number(65_536))}${pad(number(65_536))}-${pad(number(65_536))}-4${pad(number(4096)).slice(1)}-a${pad(number(4096)).slice(1)}-${pad(number(65_536)).repeat(3)}`,
      valid: (v) => /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/.test(v as string),
    },
    flag: { value: () => random() < 0.5, valid: (v) => typeof v === 'boolean' },
    word: { value: () => (random() < 0.002 ? 'faillure' : random() < 0.5 ? 'failure' : 'success'), valid: (v) => ['success', 'failure', 'faillure'].includes(v as string) },
  };
  const stream: PreparedEvent[] = Array.from({ length: 400 }, (_, i) => {
    const event: { [key: string]: Json } = {};
    for (const [name, { value }] of Object.entries(make)) if (random() < 0.9) event[name] = value();
    return { entity: '10.0.0.1', time: TIME + i * 60_000, logType: 'all', event };
  });
  const codec = learn([stream]);

  it.each(Object.keys(make))('%s stays valid when drawn', (name) => {
    const draw = seeded(3);
    const drawn = startOf(codec, stream, draw);
    const values = Array.from({ length: 300 }, () => drawEvent(drawn, draw).event[name]).filter((value) => value !== undefined);
    expect(values.length).toBeGreaterThan(20);
    expect(values.filter((value) => !make[name].valid(value))).toEqual([]);
  });

  it('encodes values of other formats and types without loss', () => {
    for (const alien of ['nonsense', '', '1.2.3', '999.1.1.1', '2001:db8::1', 12, -0.5, 1e21, true, null, [], {}, { a: [1] }, '\ud800']) {
      const event: LogEvent = Object.fromEntries(Object.keys(make).map((name) => [name, alien as Json]));
      const encoded = startOf(codec, stream).encode({ ...stream[5], event });
      const decoder = startOf(codec, stream).decode({ residual: encoded.residual });
      encoded.tokens.forEach((token) => decoder.push(token));
      expect(decoder.result().event).toEqual(event);
    }
  });
});
