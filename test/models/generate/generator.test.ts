import { generateOptionsSchema, type GeneratedEvent, type GenerateOptionsInput, type LogEvent } from '../../../common';
import { generateEvents } from '../../../models/generate';
import { at } from '../codec/samples';
import { entities, FROM, office, streams, TECHNIQUE } from './office_model';

const HOUR = 3_600_000;

async function generate(wanted: GenerateOptionsInput): Promise<GeneratedEvent[]> {
  const events: GeneratedEvent[] = [];
  for await (const event of generateEvents(office, generateOptionsSchema.parse({ from: FROM, ...wanted }))) events.push(event);
  return events;
}

const times = (events: readonly GeneratedEvent[]) => events.map(({ timestamp }) => Date.parse(timestamp));
const isSorted = (numbers: readonly number[]) => numbers.every((number, i) => i === 0 || number >= numbers[i - 1]);
/** Values at a path, of the events that have it. */
const valuesAt = (events: readonly GeneratedEvent[], ...path: string[]) => events.map(({ _source }) => at(_source, ...path)).filter((value) => value !== undefined);

test('a window holds the events of all who act in it, in time order', async () => {
  const events = await generate({ to: '2026-03-12T00:00:00Z' });
  expect(events.length).toBeGreaterThan(20);
  expect(isSorted(times(events))).toBe(true);
  for (const { timestamp } of events) expect(timestamp >= '2026-03-02' && timestamp < '2026-03-12').toBe(true);
  expect(new Set(events.map(({ entity: name }) => name)).size).toBeGreaterThan(3);
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, i) => i));
});

test('the seed decides all; fewer events are the first of more', async () => {
  const [many, again, few, other] = [await generate({ count: 30, seed: 4 }), await generate({ count: 30, seed: 4 }), await generate({ count: 15, seed: 4 }), await generate({ count: 30, seed: 5 })];
  expect(again).toEqual(many);
  expect(few).toEqual(many.slice(0, 15));
  expect(other).not.toEqual(many);
});

test('new entities have names that nobody has, the same in every field, and addresses of their own in the places of their like', async () => {
  const known = new Set(entities.map(({ name }) => name));
  const events = await generate({ to: '2026-03-26T00:00:00Z', new_entities: 2, like: ['persona', 'personb'] });
  const names = new Set(events.map(({ entity: name }) => name));
  expect(names.size).toBe(2);
  for (const { entity: name, log_type, _source } of events) {
    expect(known.has(name)).toBe(false);
    if (log_type === 'sign-in') expect(_source.user).toEqual({ name, upn: `${name}@example.com`, display: name.toUpperCase() });
    else expect(_source.arn).toBe(`arn:aws:iam::1234:user/${name}`);
  }
  const placeOf = new Map(streams.slice(0, 2).flat().map(({ event }) => [String(at(event, 'source', 'ip')).split('.').slice(0, 3).join('.'), at(event, 'source', 'geo')]));
  for (const { _source } of events.filter(({ log_type }) => log_type === 'sign-in')) {
    const ip = String(at(_source, 'source', 'ip'));
    expect(at(_source, 'source', 'geo')).toEqual(placeOf.get(ip.split('.').slice(0, 3).join('.')));
    expect(ip.endsWith('.7')).toBe(false);
  }
});

test('what comes next goes on after the real events, as those whose events they are', async () => {
  const recent = [streams[2].slice(-8), streams[5].slice(-5)].flat().map(({ event }) => ({ _source: event }));
  const newest = Math.max(...[streams[2], streams[5]].map((stream) => stream.at(-1)!.time));
  const events = await generate({ to: new Date(newest + 20 * 24 * HOUR).toISOString(), from: undefined, context: recent });
  expect(new Set(events.map(({ entity: name }) => name))).toEqual(new Set([streams[2][0].entity, streams[5][0].entity]));
  expect(Math.min(...times(events))).toBeGreaterThan(newest);
  expect(isSorted(times(events))).toBe(true);
  // Without them it is another story.
  const fresh = await generate({ count: 1, from: new Date(newest + 1).toISOString(), entities: [streams[2][0].entity, streams[5][0].entity] });
  expect(events[0]).not.toEqual(fresh[0]);
});

test('variants of an attack begin at the time given, in the user\'s own stream, with normal events around and no label inside', async () => {
  const begin = Date.parse('2026-03-02T10:00:00Z');
  const events = await generate({ technique: TECHNIQUE, into: 'personc', at: new Date(begin).toISOString(), from: '2026-02-25T00:00:00Z', to: '2026-03-09T00:00:00Z', variants: 3 });
  expect(new Set(events.map(({ variant }) => variant))).toEqual(new Set([1, 2, 3]));
  for (const variant of [1, 2, 3]) {
    const own = events.filter((event) => event.variant === variant);
    const attack = own.filter((event) => event.technique === TECHNIQUE);
    expect(isSorted(times(own))).toBe(true);
    expect([3, 4]).toContain(attack.length);
    expect(times(attack)[0]).toBe(begin);
    // One after the other: nothing normal in between.
    expect(attack.map(({ seq }) => seq)).toEqual(attack.map((_, i) => attack[0].seq + i));
  }
  // Somebody who has learned nothing may fall silent for days, but not every time.
  expect(events.filter((event) => event.technique === undefined).length).toBeGreaterThan(10);
  for (const { entity: name, _source } of events) expect([name, 'threat' in _source]).toEqual(['personc', false]);
  for (const ip of valuesAt(events, 'source', 'ip')) expect(String(ip).split('.')[1]).toBe('2');
  expect(isSorted(events.map(({ variant }) => variant!))).toBe(true);
});

test('conditions hold together: place, outcome, range, hours and window', async () => {
  const events = await generate({
    count: 30,
    log_types: ['sign-in'],
    where: { 'source.geo.country': ['FR', 'NO'], 'event.outcome': 'failure', took: { gte: 500, lt: 900 }, '@timestamp': { gte: '2026-04-01T00:00:00Z' } },
    hours: { from: '22:00', to: '06:00', utc_offset: 60 },
    from: undefined,
  });
  expect(events).toHaveLength(30);
  for (const { timestamp, _source } of events) {
    expect(['FR', 'NO']).toContain(at(_source, 'source', 'geo', 'country'));
    expect(at(_source, 'error')).toEqual({ code: 50126, reason: 'bad password' });
    expect(at(_source, 'took')).toBeGreaterThanOrEqual(500);
    expect(at(_source, 'took')).toBeLessThan(900);
    expect(timestamp >= '2026-04-01').toBe(true);
    const local = new Date(Date.parse(timestamp) + HOUR).getUTCHours();
    expect(local >= 22 || local < 6).toBe(true);
  }
});

test.each<[string, GenerateOptionsInput, string, RegExp]>([
  ['somebody who has another name', { count: 1, entities: ['persona'], where: { 'user.name': 'personb' } }, 'LYREBIRD_UNKNOWN_VALUE', /persona/],
  ['a city in another country', { count: 1, where: { 'source.geo.city_name': 'Lyon', 'source.geo.country': 'NO' } }, 'LYREBIRD_UNKNOWN_VALUE', /cannot be|always/],
  ['a window that ends before it begins', { from: '2026-03-02T00:00:00Z', to: '2026-03-01T00:00:00Z' }, 'LYREBIRD_BAD_REQUEST', /before it begins/],
  ['an attack without a technique', { into: 'persona' }, 'LYREBIRD_BAD_REQUEST', /No technique/],
  ['an attack outside of the window', { into: 'persona', technique: TECHNIQUE, at: '2027-01-01T00:00:00Z', to: '2026-03-05T00:00:00Z' }, 'LYREBIRD_BAD_REQUEST', /outside/],
  ['variants of nothing', { count: 1, variants: 3 }, 'LYREBIRD_BAD_REQUEST', /no entity to attack/],
  ['recent events without a time', { count: 1, context: [{ _source: { user: { name: 'persona' } } as LogEvent }] }, 'LYREBIRD_BAD_REQUEST', /no readable time/],
  ['a technique that was not learned', { count: 1, technique: 'T1530' }, 'LYREBIRD_UNKNOWN_TECHNIQUE', /T1530/],
])('refuses %s', async (_, wanted, code, message) => {
  await expect(generate(wanted)).rejects.toMatchObject({ code, message: expect.stringMatching(message), hint: expect.any(String) });
});

test('a technique stands for its sub-techniques', async () => {
  const events = await generate({ count: 5, technique: 'T1098' });
  expect(events.map((event) => event.technique)).toEqual(Array(5).fill(TECHNIQUE));
});
