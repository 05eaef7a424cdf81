import fc from 'fast-check';
import { xoroshiro128plus } from 'pure-rand';
import { Baseline } from '../../../models/score/baseline';
import { addDrift, ageOf, driftSchema, DriftWatch, noDrift, type Drift } from '../../../models/score/drift';

const DAY = 86_400_000;
const START = Date.UTC(2026, 0, 5);
const generator = xoroshiro128plus(11);
const exponential = () => -Math.log(1 - (generator.unsafeNext() >>> 0) / 2 ** 32);

interface Change {
  /** Of whom events are others now. */
  entity?: (i: number) => boolean;
  scale: number;
}

/** An event of one of 30 entities in turn, two fields of which the second may have changed. */
function event(i: number, change: Change = { scale: 1 }) {
  const scale = change.entity === undefined || change.entity(i % 30) ? change.scale : 1;
  const surprisals = [exponential(), exponential() * scale];
  const fields = surprisals.map((surprisal, f) => ({ path: ['action', 'browser'][f], actual: 'x', reason: 'unlikely' as const, surprisal, token: 0, counted: true }));
  return { entity: `user-${i % 30}`, logType: 'log', time: START + i * 60_000, news: 0, measure: { fields, total: surprisals[0] + surprisals[1], nats: 0 } };
}
const events = (count: number, change?: Change) => Array.from({ length: count }, (_, i) => event(i, change));
const baseline = Baseline.fit(events(4_000));
/** One in a hundred of what was held out scores higher. */
const HIGH = 6.6;

function watched(all: ReturnType<typeof events>, after = 0): Drift {
  const watch = new DriftWatch(baseline, after);
  for (const one of all) watch.add(one, one.measure.total > HIGH ? 99.5 : 50);
  return watch.take() ?? noDrift();
}
const age = (all: ReturnType<typeof events>) => ageOf(watched(all), baseline)!;

describe('a model', () => {
  it('does not age while events are as they were', () => {
    const found = age(events(5_000));
    expect(found).toMatchObject({ aged: false, fields: [], events: 5_000, entities: { judged: 30 } });
    expect(found.high_share).toBeLessThan(0.02);
    expect(Math.abs(found.rise)).toBeLessThan(0.1);
  });

  it('has aged when a field surprises everywhere, and says which', () => {
    const found = age(events(5_000, { scale: 4 }));
    expect(found.aged).toBe(true);
    expect(found.fields.map(({ path }) => path)).toEqual(['browser']);
    expect(found.fields[0].surprisal).toBeGreaterThan(1.5 * found.fields[0].expected);
  });

  it('has not aged because one entity is attacked', () => {
    const found = age(events(5_000, { scale: 20, entity: (i) => i === 7 }));
    expect(found).toMatchObject({ aged: false, entities: { raised: 1 } });
  });

  it('is not judged by a few events, nor by those that it learned from', () => {
    expect(age(events(200, { scale: 10 })).aged).toBe(false);
    expect(watched(events(5_000, { scale: 4 }), START + 365 * DAY)).toEqual(noDrift());
    expect(ageOf(noDrift(), baseline)).toBeUndefined();
  });

  it('is judged by the newest week, and what is older than two is forgotten', () => {
    const [old, now] = [events(5_000, { scale: 4 }), events(30_000).map((one) => ({ ...one, time: one.time + 10 * DAY }))];
    const drift = addDrift(watched(old), watched(now));
    expect(ageOf(drift, baseline)).toMatchObject({ aged: false });
    expect(Object.keys(drift.days)).toHaveLength(14);
  });

  it('is as old however its events were cut into requests, and after it was stored', () => {
    const all = events(2_000, { scale: 3 });
    const whole = ageOf(watched(all), baseline)!;
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 2_000 }), { maxLength: 6 }), (cuts) => {
        const at = [0, ...cuts.sort((a, b) => a - b), 2_000];
        const parts = at.slice(1).map((to, i) => watched(all.slice(at[i], to)));
        const kept = parts.reduce((sum, part) => driftSchema.parse(JSON.parse(JSON.stringify(addDrift(sum, part)))), noDrift());
        const { surprisal, rise, ...counts } = ageOf(kept, baseline)!;
        expect(counts).toMatchObject({ events: whole.events, high_share: whole.high_share, entities: whole.entities, aged: whole.aged });
        expect(surprisal).toBeCloseTo(whole.surprisal, 9);
        expect(rise).toBeCloseTo(whole.rise, 9);
      }),
      { numRuns: 30 }
    );
  });

  it('tells so many entities of a day apart, and counts the events of all', () => {
    const crowd = Array.from({ length: 1_200 }, (_, i) => ({ ...event(i), time: START, entity: `one-${i}` }));
    const [day] = Object.values([crowd.slice(0, 700), crowd.slice(700)].map((part) => watched(part)).reduce(addDrift, noDrift()).days);
    expect([day.events, Object.keys(day.entities).length]).toEqual([1_200, 500]);
  });

  it('keeps no name', () => {
    expect(JSON.stringify(watched(events(100)))).not.toContain('user-');
  });
});
