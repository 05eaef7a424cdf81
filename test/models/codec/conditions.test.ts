import * as fc from 'fast-check';
import type { LyrebirdError } from '../../../common';
import type { Condition, DecodeOptions } from '../../../models/codec';
import { at, drawEvent, fitOffice, officeStreams, seeded, startOf } from './samples';

const streams = officeStreams();
const codec = fitOffice(streams);
const PLACES: Record<string, string> = { Oslo: 'NO', Lyon: 'FR', Porto: 'PT', Graz: 'AT', Turku: 'FI' };

type Wanted = Record<string, Condition>;

/** Draws events with every token uniform among its candidates, trying again where the event did not come out; undefined when refused beforehand. */
function draw(wanted: Wanted, { person = 0, count = 4, seed = 1, ...options }: { person?: number; count?: number; seed?: number } & DecodeOptions = {}) {
  const random = seeded(seed);
  const stream = startOf(codec, streams[person], random);
  const decode: DecodeOptions = { ...options, pins: new Map(Object.entries(wanted)) };
  codec.checkPins(decode.pins!, options.logTypes);
  if (stream.conflict(decode) !== undefined) return undefined;
  return Array.from({ length: count }, () => {
    for (let attempt = 0; attempt < 200; attempt++) {
      const decoder = stream.decode(decode);
      while (decoder.next) {
        const { lo, hi, mask } = decoder.next.candidates;
        const open = Array.from({ length: hi - lo }, (_, i) => lo + i).filter((token) => !mask || mask[token - lo] === 1);
        decoder.push(open[Math.floor(random() * open.length)]);
      }
      if (decoder.broken === undefined) return decoder.result();
    }
    throw new Error(`No event came out for ${JSON.stringify(wanted)}.`);
  });
}

const refusal = (wanted: Wanted): LyrebirdError => {
  try {
    codec.checkPins(new Map(Object.entries(wanted)));
  } catch (error) {
    return error as LyrebirdError;
  }
  throw new Error('Nothing was refused.');
};

const passes = (value: unknown, condition: Condition): boolean => {
  if (Array.isArray(condition)) return condition.some((one) => passes(value, one as Condition));
  if (condition === null || typeof condition !== 'object') return String(value) === String(condition);
  const { gte = -Infinity, gt = -Infinity, lte = Infinity, lt = Infinity } = condition as Record<string, number>;
  return typeof value === 'number' && value >= gte && value > gt && value <= lte && value < lt;
};

const cities = Object.keys(PLACES);
const each: Record<string, fc.Arbitrary<Condition>> = {
  'source.geo.city_name': fc.oneof(fc.constantFrom(...cities), fc.subarray(cities, { minLength: 1 })),
  'source.geo.country': fc.oneof(fc.constantFrom(...Object.values(PLACES)), fc.subarray(Object.values(PLACES), { minLength: 1 })),
  'event.outcome': fc.constantFrom('success', 'failure'),
  'error.code': fc.constantFrom(50126, '50126'),
  took: fc.oneof(
    fc.integer({ min: 20, max: 2900 }),
    fc.tuple(fc.integer({ min: 0, max: 2500 }), fc.integer({ min: 60, max: 900 })).map(([gte, more]) => ({ gte, lt: gte + more })),
    fc.integer({ min: 100, max: 2500 }).map((gt) => ({ gt }))
  ),
  'source.ip': fc.oneof(fc.constantFrom('203.0.113.7', '198.51.100.20'), fc.constant(['203.0.113.7', '10.0.1.7'])),
  'user.name': fc.constantFrom('persona', 'personb'),
  readOnly: fc.boolean(),
};
/** One to three of them. */
const conditions = fc.subarray(Object.keys(each), { minLength: 1, maxLength: 3 }).chain((paths) => fc.record(Object.fromEntries(paths.map((path) => [path, each[path]]))));

test('whatever is combined, every event has all of it, or it is refused with the reason', () => {
  let written = 0;
  let refused = 0;
  fc.assert(
    fc.property(conditions, fc.integer({ min: 0, max: 11 }), fc.integer({ min: 1, max: 1e6 }), (wanted, person, seed) => {
      let events;
      try {
        events = draw(wanted as Wanted, { person, seed });
      } catch (error) {
        expect(error).toMatchObject({ code: expect.stringMatching(/^LYREBIRD_UNKNOWN_/), hint: expect.any(String) });
      }
      if (events === undefined) {
        refused++;
        return;
      }
      written++;
      for (const { event, logType } of events) {
        for (const [path, condition] of Object.entries(wanted as Wanted)) {
          const value = at(event, ...path.split('.'));
          expect({ path, condition, value, passes: passes(value, condition) }).toMatchObject({ passes: true });
        }
        if (logType !== 'sign-in') continue;
        // What follows from what was asked for agrees with it.
        expect(at(event, 'source', 'geo', 'country')).toBe(PLACES[at(event, 'source', 'geo', 'city_name') as string]);
        expect(at(event, 'source', 'address')).toBe(at(event, 'source', 'ip'));
        expect(at(event, 'error')).toEqual(at(event, 'event', 'outcome') === 'failure' ? { code: 50126, reason: 'bad password' } : null);
      }
    }),
    { numRuns: 150, seed: 5 }
  );
  // Neither of the two is rare, so both have been tried.
  expect(written).toBeGreaterThan(25);
  expect(refused).toBeGreaterThan(20);
});

test('an address never seen is at one and the same place whenever it comes', () => {
  const places = [0, 3, 7].flatMap((person) => draw({ 'source.ip': '203.0.113.7' }, { person, count: 15, seed: person + 1 })!.map(({ event }) => at(event, 'source', 'geo', 'city_name')));
  expect(new Set(places).size).toBe(1);
});

test('only people to whom a name belongs can have it', () => {
  expect(draw({ 'user.upn': 'personb@example.com' }, { person: 1 })).toHaveLength(4);
  expect(draw({ 'user.upn': 'personb@example.com' }, { person: 0 })).toBeUndefined();
});

test.each([
  [{ took: { gt: 1e9 } }, 'LYREBIRD_UNKNOWN_VALUE', /Its values go from \d/],
  [{ 'source.ip': 'somewhere' }, 'LYREBIRD_UNKNOWN_VALUE', /Nearest values: 10\./],
  [{ 'event.outcome': ['perhaps', 'maybe'] }, 'LYREBIRD_UNKNOWN_VALUE', /Nearest values: .*success|failure/],
  [{ 'event.id': 'not-an-id' }, 'LYREBIRD_UNKNOWN_VALUE', /cannot be chosen|Nearest/],
  [{ 'event.outcom': 'failure' }, 'LYREBIRD_UNKNOWN_FIELD', /event\.outcome/],
])('%j is refused with what could be asked for instead', (wanted, code, hint) => {
  expect(refusal(wanted as Wanted)).toMatchObject({ code, hint: expect.stringMatching(hint) });
});

test('events keep to the hours and days that are allowed, and time goes on', () => {
  const hours = new Uint8Array(7 * 96);
  for (const weekday of [1, 2, 3]) hours.fill(1, weekday * 96 + 36, weekday * 96 + 60);
  const events = draw({}, { hours, count: 60 })!;
  events.forEach(({ time }, i) => {
    const date = new Date(time);
    expect([1, 2, 3]).toContain(date.getUTCDay());
    expect(date.getUTCHours() * 60 + date.getUTCMinutes()).toBeGreaterThanOrEqual(9 * 60);
    expect(date.getUTCHours()).toBeLessThan(15);
    if (i > 0) expect(time).toBeGreaterThanOrEqual(events[i - 1].time);
  });
});

test('an event takes the time that it is given, and the stream goes on from there', () => {
  const random = seeded(8);
  const stream = startOf(codec, streams[2], random);
  const given = streams[2][0].time + 5 * 86_400_000;
  expect(drawEvent(stream, random, { at: given, logTypes: new Set(['sign-in']) }).time).toBe(given);
  expect(drawEvent(stream, random).time).toBeGreaterThanOrEqual(given);
});

test('a stream under another name keeps the habits and shows the name', () => {
  const random = seeded(3);
  const stream = codec.startStream({ entity: 'persona', as: 'zoe.new', time: streams[0][0].time, random });
  for (let i = 0; i < 30; i++) {
    const { event, logType } = drawEvent(stream, random);
    if (logType === 'sign-in') expect([at(event, 'user', 'upn'), String(at(event, 'source', 'ip')).split('.')[1]]).toEqual(['zoe.new@example.com', '0']);
  }
});
