import { Corpus } from '../../../models/evaluate/corpus';
import { fieldReport } from '../../../models/evaluate/field_report';
import { floorPeriods } from '../../../models/evaluate/periods';
import { fieldFor } from '../../../models/evaluate/roles';
import { fieldsOf, shapeOf } from '../../../models/evaluate/schema';
import { sessions, eventsPerEntityDay, weekdayOf } from '../../../models/evaluate/streams';
import { Survey } from '../../../models/evaluate/survey';
import { figure } from '../../../models/evaluate/figures';
import { closestRecord } from '../../../models/evaluate/nearest';
import type { LogEvent } from '../../../common';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const START = Date.UTC(2026, 0, 5);

describe('periods for the floor', () => {
  const train = { from: START, to: START + 24 * DAY };

  it('are as long, on the same weekdays, the nearest first', () => {
    const heldout = { from: START + 24 * DAY, to: START + 27 * DAY };
    expect(floorPeriods(train, heldout)).toEqual([1, 2, 3].map((k) => ({ from: heldout.from - k * 7 * DAY, to: heldout.to - k * 7 * DAY })));
    expect(floorPeriods(train, { from: START + 24 * DAY, to: START + 34 * DAY })).toEqual([{ from: START + 10 * DAY, to: START + 20 * DAY }]);
  });

  it('are at the same hours where training is shorter than a week', () => {
    const heldout = { from: START + 3 * DAY, to: START + 3 * DAY + 8 * HOUR };
    expect(floorPeriods({ from: START + DAY, to: heldout.from }, heldout)).toEqual([1, 2].map((k) => ({ from: heldout.from - k * DAY, to: heldout.to - k * DAY })));
  });

  it('leave half of a still shorter training apart', () => {
    const heldout = { from: START + 2 * HOUR, to: START + 4 * HOUR };
    expect(floorPeriods({ from: START, to: START + 2 * HOUR }, heldout)).toEqual([{ from: START + HOUR, to: START + 2 * HOUR }]);
  });
});

describe('what is looked at', () => {
  function survey(entities: number, events: number): Survey {
    const found = new Survey();
    for (let e = 0; e < entities; e++) {
      for (let i = 0; i < events; i++) {
        found.add('train', `user-${e}`, START + i * HOUR);
        found.add('heldout', `user-${e}`, START + (events + i) * HOUR);
      }
    }
    return found;
  }

  it('is everything that fits', () => {
    const chosen = survey(20, 48).choose(10_000, 1);
    expect(chosen.entities.size).toBe(20);
    expect(chosen.heldout).toEqual({ from: START + 48 * HOUR, to: START + 95 * HOUR + 1 });
    expect(chosen.train).toEqual({ from: START, to: START + 47 * HOUR + 1 });
  });

  it('is whole entities, drawn by the seed, where there is more', () => {
    const chosen = survey(100, 50).choose(1_000, 1);
    expect(chosen.entities.size).toBe(20);
    expect(survey(100, 50).choose(1_000, 1).entities).toEqual(chosen.entities);
    expect(survey(100, 50).choose(1_000, 2).entities).not.toEqual(chosen.entities);
  });

  it('is a shorter time where one entity has too much, and less of a long training', () => {
    const found = new Survey();
    for (let i = 0; i < 20_000; i++) found.add('train', 'busy', START + i * 1_000);
    for (let i = 0; i < 1_000; i++) found.add('heldout', 'busy', START + 20 * HOUR + i * 36_000);
    const chosen = found.choose(100, 1);
    expect(chosen.heldout).toEqual({ from: START + 20 * HOUR, to: START + 21 * HOUR });
    expect(chosen.train.to - chosen.train.from).toBeCloseTo((20_000_000 * 800) / 20_000, -4);
  });
});

describe('fields', () => {
  /** 200 training and 100 held-out events, an hour apart. */
  function corpus(event: (i: number) => LogEvent): Corpus {
    const made = new Corpus();
    for (let i = 0; i < 300; i++) made.add(i < 200 ? 'train' : 'heldout', { entity: 'jdoe', time: START + i * HOUR, logType: 'test', event: event(i) });
    for (let i = 200; i < 300; i++) made.add('synthetic', { entity: 'jdoe', time: START + i * HOUR, logType: 'test', event: event(i - 100) });
    return made;
  }
  const made = corpus((i) => ({
    '@timestamp': new Date(START + i * HOUR).toISOString(),
    constant: 'x',
    list: ['a', i % 2 === 0 ? 'b' : 'c'],
    list_of: [{ name: i % 3 === 0 ? 'p' : 'q' }],
    level: i % 4,
    text_level: String(i % 4),
    bytes: i * 1.5,
    id: `req-${String(i * 7919).padStart(8, '0')}-${i % 10}f`,
    message: `user ${i} did something ${i * 31}`,
    ingested: new Date(START + i * HOUR + 5_000 + i * 10).toISOString(),
    ...(i % 5 === 0 && { sometimes: null }),
    empty: {},
    source: { geo: { city_name: i % 2 === 0 ? 'Berlin' : 'Lima' } },
  }));
  const sets = { train: made.ofType(made.rows('train'), 0), floors: [], shifts: [], heldout: made.ofType(made.rows('heldout'), 0), synthetic: made.ofType(made.rows('synthetic'), 0) };
  const fields = fieldsOf(made.tables[0], sets.train, sets.heldout, '@timestamp');
  const kinds = Object.fromEntries(fields.map(({ path, kind }) => [path, kind]));

  it('are compared by what real values are', () => {
    expect(kinds).toEqual({
      constant: 'constant',
      list: 'categorical',
      'list_of[0].name': 'categorical',
      level: 'categorical',
      text_level: 'categorical',
      bytes: 'number',
      id: 'id',
      message: 'text',
      ingested: 'time',
      sometimes: 'categorical',
      empty: 'constant',
      'source.geo.city_name': 'categorical',
    });
  });

  it('are found for the part that they play', () => {
    expect(fieldFor('place', fields, sets.train)?.path).toBe('source.geo.city_name');
    expect(fieldFor('address', fields, sets.train)).toBeUndefined();
  });

  it('are measured: numbers from the value, times from the time of the event, ids by their format', () => {
    const report = (path: string) => fieldReport(fields.find((field) => field.path === path)!, sets);
    // Every synthetic event has the number of the event 100 before: 150 less, of a uniform spread over 150.
    expect(report('bytes').distance).toBeCloseTo(150 / Math.sqrt(((100 ** 2 - 1) / 12) * 1.5 ** 2), 6);
    expect(report('bytes').ks).toBe(1);
    // Written a hundred hours before the time of the event, and a second sooner than real ones of then.
    expect(report('ingested').distance! * Math.sqrt(((100 ** 2 - 1) / 12) * 0.01 ** 2)).toBeCloseTo(100 * 3600 + 1, 3);
    expect(report('id').distance).toBe(0);
    expect(report('message').distance).toBe(0);
    expect(report('level').distance).toBe(0);
    const sometimes = report('sometimes');
    expect(sometimes.null.heldout).toBeCloseTo(0.2, 9);
    expect(sometimes.absent.heldout).toBeCloseTo(0.8, 9);
    expect(sometimes.values!.map(({ value }) => value)).toEqual(['(absent)', '(null)']);
  });

  it('have formats of runs of letters and digits', () => {
    expect(shapeOf('a1b2-XYZ/77', 'id')).toBe('a94-A3/92');
    expect(shapeOf('user 17 did 3', 'text')).toBe('a 9 a 9');
  });
});

describe('streams', () => {
  const made = new Corpus();
  // Two sessions of 3 and 1 for one, one of 2 for the other.
  for (const [entity, minutes] of [['a', 0], ['b', 1], ['a', 10], ['a', 39], ['b', 30], ['a', 70]] as const) {
    made.add('heldout', { entity, time: START + minutes * 60_000, logType: 't', event: {} });
  }
  it('are cut into sessions by half an hour without an event', () => {
    expect(sessions(made, made.rows('heldout')).map((session) => session.length).sort()).toEqual([1, 2, 3]);
  });
  it('are counted by entity and day, days without an event among them', () => {
    const counts = eventsPerEntityDay(made, made.rows('heldout'), new Set([0, 1, 2]), START, START + 2 * DAY);
    expect([...counts]).toEqual([0, 0, 0, 0, 2, 4]);
  });
  it('begin the week on Monday', () => {
    expect(weekdayOf(START)).toBe(0);
    expect(weekdayOf(START - 1)).toBe(6);
  });
});

describe('figures', () => {
  it('are judged by their goal, worked out from the floor', () => {
    expect(figure('user_place', 0.23, [0.19, 0.21])).toMatchObject({ floor: 0.2, floor_range: [0.19, 0.21], goal: { high: expect.closeTo(0.23, 9) }, verdict: 'met' });
    expect(figure('user_place', 0.24, [0.2]).verdict).toBe('missed');
    // What one real week reaches is no fault.
    expect(figure('session_length', 0.036, [0.014, 0.037])).toMatchObject({ goal: { high: 0.037 }, verdict: 'met' });
    expect(figure('user_place', 0.24, []).verdict).toBe('none');
    expect(figure('right_entity', 0.994, [1]).verdict).toBe('missed');
    expect(figure('closest_record_share', 0.53, [0.5]).verdict).toBe('missed');
    expect(figure('closest_record_share', 0.519, [0.5]).verdict).toBe('met');
    expect(figure('discriminator_auc', 0.55, [0.45]).verdict).toBe('met');
    expect(figure('valid_json', null, [], { reason: 'None was written.' })).toMatchObject({ verdict: 'none', note: 'None was written.' });
  });

  it('are not judged by a handful', () => {
    expect(figure('right_entity', 1, [1], { over: { count: 39, of: 'held-out events' } })).toMatchObject({ verdict: 'none', note: 'Too few to tell: 39 held-out events; 200 are needed.' });
    expect(figure('right_entity', 1, [1], { over: { count: 200, of: 'held-out events' } }).verdict).toBe('met');
  });

  it('say what real events reach where those miss the goal, too', () => {
    expect(figure('discriminator_auc', 0.7, [0.61])).toMatchObject({ verdict: 'missed', note: 'Real events of another period reach 0.610.' });
    expect(figure('closest_record_share', 0.63, [0.62])).toMatchObject({ verdict: 'met', goal: { low: 0.48, high: expect.closeTo(0.64, 9) } });
    expect(figure('closest_record_share', 0.65, [0.62]).verdict).toBe('missed');
  });
});

describe('closest record', () => {
  it('counts nearer, farther and equal', () => {
    expect(closestRecord(Float64Array.of(0, 0.1, 0.2, 0.3), Float64Array.of(0.1, 0.1, 0.1, 0.5))).toEqual({ train: 0.5, heldout: 0.25, ties: 0.25 });
  });
});
