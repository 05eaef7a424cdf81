import fc from 'fast-check';
import type { LogEvent } from '../../../common';
import { codecFromJSON, fitCodec, type Candidates, type Codec, type CodecStream, type PreparedEvent } from '../../../models/codec';
import { findHabits } from '../../../models/codec/fit/habits';
import { settleHabits } from '../../../models/codec/habits';
import { at, seeded, startOf } from './samples';

const WIKI = 'wiki';
const PAGES = 40;
const START = Date.UTC(2026, 0, 5, 8);

/** People who read pages: each has ten of their own, and now and then opens one of somebody else's. */
function readers(people: number, perPerson: number, novelty: number): PreparedEvent[][] {
  const random = seeded(3);
  return Array.from({ length: people }, (_, person) => {
    const own = Array.from({ length: 10 }, (_, i) => (person * 7 + i * 3) % PAGES);
    let time = START;
    return Array.from({ length: perPerson }, () => {
      time += 60_000 + Math.floor(random() * 7_200_000);
      const page = random() < novelty ? Math.floor(random() * PAGES) : own[Math.floor(random() * own.length)];
      return { entity: `reader${person}`, time, logType: WIKI, event: { '@timestamp': new Date(time).toISOString(), user: `reader${person}`, page: `page ${page}` } };
    });
  });
}

const streams = readers(8, 200, 0.08);
const codec = fitCodec(streams, { timeField: '@timestamp', entityFields: ['user'], entityNormalise: true });
const pagesOf = streams.map((stream) => new Set(stream.map(({ event }) => event.page)));

interface Spec {
  types: Array<{ fields: Array<{ path: string[]; habits?: { novelty: number; odds?: number } }> }>;
}
const habitsOf = (json: unknown) => (json as Spec).types[0].fields.find(({ path }) => path[0] === 'page')!.habits;

/** Every candidate as likely as any other, but for the entity's habits. */
function choose({ lo, hi, mask, habit }: Candidates, random: () => number): number {
  const weights = Array.from({ length: hi - lo }, (_, i) => (mask && mask[i] === 0 ? 0 : habit && habit.familiar[i] !== 1 ? habit.odds : 1));
  let left = random() * weights.reduce((sum, weight) => sum + weight, 0);
  return lo + weights.findIndex((weight) => weight > 0 && (left -= weight) < 0);
}

function draw(stream: CodecStream, random: () => number): LogEvent {
  const decoder = stream.decode();
  while (decoder.next) decoder.push(choose(decoder.next.candidates, random));
  return decoder.result().event!;
}

/** Share of the events that bring their reader a page for the first time. */
function strange(of: Codec): number {
  let fresh = 0;
  let drawn = 0;
  streams.forEach((stream, person) => {
    const random = seeded(person + 1);
    const decoding = startOf(of, stream, random);
    const seen = new Set(pagesOf[person]);
    for (let i = 0; i < 60; i++) {
      const page = at(draw(decoding, random), 'page') as string;
      drawn++;
      if (!seen.has(page)) fresh++;
      seen.add(page);
    }
  });
  return fresh / drawn;
}

describe('habits', () => {
  it('learns what each entity has had, and how often it brings something else', () => {
    const habits = habitsOf(codec.toJSON())!;
    expect(habits.novelty).toBeGreaterThan(0.005);
    expect(habits.novelty).toBeLessThan(0.08);
    expect(habits.odds).toBeUndefined();
  });

  it('finds none where all draw from one urn, nor in what an attack did', () => {
    const random = seeded(5);
    const rows = 4000;
    const classes = Int32Array.from({ length: rows }, () => 1 + Math.floor(random() * 2000));
    const entity = Int32Array.from({ length: rows }, (_, row) => 1 + (row % 5));
    const none = new Int32Array(rows);
    expect(findHabits({ classes, size: 2003 } as Parameters<typeof findHabits>[0], 2000, entity, none)).toBeUndefined();

    const own = Int32Array.from(entity, (id) => id);
    const attack = none.slice();
    own[100] = 9;
    attack[100] = 1;
    const found = findHabits({ classes: own, size: 12 } as Parameters<typeof findHabits>[0], 9, entity, attack)!;
    expect(found).toEqual({ novelty: 0, entities: [1, 2, 3, 4, 5], classes: [[1], [2], [3], [4], [5]] });
  });

  it('settles the odds so that what is new comes as often as it did', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0.02, max: 0.98, noNaN: true }), { minLength: 30, maxLength: 200 }), fc.double({ min: 0.02, max: 0.3, noNaN: true }), (fresh, novelty) => {
        const { odds } = settleHabits({ novelty, entities: [], classes: [] }, fresh, fresh.length);
        const share = fresh.reduce((sum, p) => sum + (odds! * p) / (odds! * p + 1 - p), 0) / fresh.length;
        // Never more than ten times the model's own odds.
        if (odds! < 9.9) expect(share).toBeCloseTo(novelty, 3);
        else expect(share).toBeLessThan(novelty + 1e-3);
      })
    );
  });

  it('makes nothing of a handful of draws', () => {
    expect(settleHabits({ novelty: 0.1, entities: [], classes: [] }, [0.5, 0.5], 2).odds).toBeUndefined();
  });

  it('brings what is new to an entity as seldom as the events did, and takes it for familiar from then on', () => {
    const before = strange(codec);
    const { events, fresh } = { events: new Map([[WIKI, 200]]), fresh: new Map(Array.from({ length: codec.side.field }, (_, field) => [field, codec.fieldPath(field) === 'page' ? new Array<number>(200).fill(before) : []] as const)) };
    const settled = codecFromJSON(codec.rehearsed!({ events, fresh }));
    const { novelty, odds } = habitsOf(settled.toJSON())!;
    expect(odds).toBeLessThan(1);
    expect(before).toBeGreaterThan(3 * novelty);
    expect(strange(settled)).toBeLessThan(2 * novelty);
  });

  it('gives an entity no log type that it never had, as long as entities never get new ones', () => {
    // Every other reader also signs in.
    const mixed = readers(8, 200, 0.08).map((stream, person) => stream.map((event, i): PreparedEvent => (person % 2 === 0 && i % 3 === 0 ? { ...event, logType: 'sign-in' } : event)));
    const plain = fitCodec(mixed, { timeField: '@timestamp', entityFields: ['user'], entityNormalise: true });
    const type = Array.from({ length: plain.side.field }, (_, field) => field).find((field) => plain.fieldPath(field) === '@type')!;
    const settled = codecFromJSON(plain.rehearsed!({ events: new Map([[WIKI, 150], ['sign-in', 50]]), fresh: new Map([[type, new Array<number>(200).fill(0.5)]]) }));
    const signIns = (of: Codec, person: number): number => {
      const random = seeded(person);
      const stream = startOf(of, mixed[person], random);
      return Array.from({ length: 60 }, () => {
        const decoder = stream.decode();
        while (decoder.next) decoder.push(choose(decoder.next.candidates, random));
        return decoder.result().logType;
      }).filter((logType) => logType === 'sign-in').length;
    };
    expect(signIns(plain, 1)).toBeGreaterThan(10);
    expect(signIns(settled, 1)).toBe(0);
    expect(signIns(settled, 0)).toBeGreaterThan(10);
  });
});
