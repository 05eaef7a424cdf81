import { generateOptionsSchema, onlyPaths, type GenerateOptionsInput, type LogEvent } from '../../../common';
import { cascadeLines, generateLines, type GenerateControl, type GeneratedLine } from '../../../models/generate';
import { at } from '../codec/samples';
import { FROM, office, officePlaces, PLACE, TECHNIQUE } from './office_model';

const places = officePlaces();
const optionsOf = (wanted: GenerateOptionsInput) => generateOptionsSchema.parse({ from: FROM, ...wanted });

async function all(lines: AsyncIterable<GeneratedLine>) {
  const events: Array<Omit<GeneratedLine, 'json'> & { source: LogEvent }> = [];
  for await (const { json, ...line } of lines) events.push({ ...line, source: JSON.parse(json) as LogEvent });
  return events;
}
const cascade = (wanted: GenerateOptionsInput, control?: GenerateControl) => all(cascadeLines(places, office, optionsOf(wanted), control));
const alone = (wanted: GenerateOptionsInput) => all(generateLines(places, optionsOf(wanted)));
const chosen = ({ source }: { source: LogEvent }) => onlyPaths(source, PLACE);

/** All that two runs with the same times, entities and log types agree in. */
const frame = ({ entity, timestamp, log_type, technique }: Omit<GeneratedLine, 'json'>) => ({ entity, timestamp, log_type, technique });

test.each<[string, GenerateOptionsInput]>([
  ['any events', { count: 400, seed: 3 }],
  ['a window', { to: '2026-03-06T00:00:00Z', entities: ['persona', 'personb', 'personc'] }],
  ['events of a technique', { count: 60, technique: TECHNIQUE }],
])('%s have the times and chosen fields of the first model, and the rest of the second', async (_, wanted) => {
  let unfit = 0;
  const [first, both] = [await alone(wanted), await cascade(wanted, { onOmitted: (more) => (unfit += more.unfit) })];
  expect(both.length + unfit).toBe(first.length);
  expect(unfit).toBeLessThan(first.length / 20);
  expect(both.map(({ seq }) => seq)).toEqual(both.map((__, i) => i));
  const inFirst = [...first];
  for (const event of both) {
    // In the same order; those that do not fit are missing.
    const twin = inFirst.splice(0, 1 + inFirst.findIndex((candidate) => JSON.stringify([frame(candidate), chosen(candidate)]) === JSON.stringify([frame(event), chosen(event)]))).at(-1);
    expect([frame(event), chosen(event)]).toEqual([frame(twin!), chosen(twin!)]);
    expect(event.source['@timestamp']).toBe(event.timestamp);
    if (event.log_type === 'sign-in') expect(at(event.source, 'user', 'name')).toBe(event.entity);
    else expect(event.source.arn).toBe(`arn:aws:iam::1234:user/${event.entity}`);
  }
});

test('what belongs to a place agrees with it, in fields of the second model, too', async () => {
  for (const { source } of await cascade({ count: 300, log_types: ['sign-in'] })) expect(at(source, 'source', 'address')).toBe(at(source, 'source', 'ip'));
});

test('each model keeps the conditions on its own fields', async () => {
  const events = await cascade({ count: 60, where: { 'source.geo.country': ['FR', 'NO'], 'event.outcome': 'failure' } });
  expect(events.length).toBeGreaterThan(40);
  for (const { source } of events) {
    expect(['FR', 'NO']).toContain(at(source, 'source', 'geo', 'country'));
    expect(at(source, 'error')).toEqual({ code: 50126, reason: 'bad password' });
  }
});

test('an attack into a stream comes at its time, with the labels of neither model', async () => {
  const begin = '2026-03-02T10:00:00.000Z';
  const events = await cascade({ technique: TECHNIQUE, into: 'personc', at: begin, from: '2026-02-28T00:00:00Z', to: '2026-03-05T00:00:00Z', variants: 2 });
  expect(new Set(events.map(({ variant }) => variant))).toEqual(new Set([1, 2]));
  for (const variant of [1, 2]) expect(events.find((event) => event.variant === variant && event.technique === TECHNIQUE)!.timestamp).toBe(begin);
  for (const { entity, source } of events) expect([entity, 'threat' in source]).toEqual(['personc', false]);
});

test('events that the second model cannot complete are left out and counted', async () => {
  let unfit = 0;
  // No audit event of the second model's has an outcome; of this the first knows nothing.
  const events = await cascade({ count: 40, log_types: ['audit', 'sign-in'], where: { 'event.outcome': 'failure' } }, { onOmitted: (more) => (unfit += more.unfit) });
  expect(unfit).toBeGreaterThan(0);
  expect(events.length + unfit).toBe(40);
  for (const { log_type } of events) expect(log_type).toBe('sign-in');
});

test.each<[string, () => AsyncIterable<GeneratedLine>, string]>([
  ['a first model of all fields', () => cascadeLines(office, office, optionsOf({ count: 1 })), 'LYREBIRD_UNSUPPORTED'],
  ['new entities', () => cascadeLines(places, office, optionsOf({ count: 1, new_entities: 1 })), 'LYREBIRD_BAD_REQUEST'],
])('refuses %s', async (_, lines, code) => {
  await expect(all(lines())).rejects.toMatchObject({ code, hint: expect.any(String) });
});
