import { xoroshiro128plus } from 'pure-rand';
import { Calibration, HistoryBuilder } from '../../../models/score';
import type { Surprising } from '../../../models/score/statistics';

const random = (() => {
  const generator = xoroshiro128plus(7);
  return () => (generator.unsafeNext() >>> 0) / 2 ** 32;
})();
const HOUR = 3_600_000;
const exponential = () => -Math.log(1 - random());

/** An event with an exponential surprisal, times `scale`, of one of 40 entities in turn; some of what they do is new. */
function event(i: number, scale = 1, change: Partial<Surprising> = {}): Surprising {
  const news = random() < 0.02 ? exponential() : 0;
  return { entity: `user${i % 40}`, logType: 'log', time: i * HOUR, news, measure: measure(exponential() * scale, exponential() * scale), ...change };
}
/** Of two fields, `a` and `b`. */
function measure(...surprisals: number[]): Surprising['measure'] {
  const fields = surprisals.map((surprisal, f) => ({ path: 'ab'[f], surprisal, counted: true }));
  return { fields, total: surprisals.reduce((sum, surprisal) => sum + surprisal, 0) };
}
const history = new HistoryBuilder(0).finish();
const scoreOf = (calibration: Calibration, one: Surprising) => 100 * (1 - Math.exp(-calibration.judge(one, undefined).surprise));

describe('Calibration', () => {
  const calibration = Calibration.fit(Array.from({ length: 5_000 }, (_, i) => event(i)), history);

  it.each([5_000, 1_000])('gives fresh normal events scores that are rates, from %d held-out events', (n) => {
    const fitted = Calibration.fit(Array.from({ length: n }, (_, i) => event(i)), history);
    const scores = Array.from({ length: 20_000 }, (_, i) => scoreOf(fitted, event(i)));
    for (const level of [50, 90, 95, 99]) {
      const share = scores.filter((score) => score >= level).length / scores.length;
      // Beyond 99, a thousand held-out events are ten.
      const slack = level === 99 && n === 1_000 ? 2.5 : 1.6;
      expect(share).toBeGreaterThan((1 - level / 100) / slack);
      expect(share).toBeLessThan((1 - level / 100) * slack);
    }
  });

  it('keeps scores rates when entities differ more from each other than the held-out events of one tell', () => {
    // Every entity has a level of its own, so 5,000 events are worth some forty.
    const level = Array.from({ length: 200 }, () => exponential() + 0.3);
    const of = (entity: number, i: number) => event(i, level[entity], { entity: `user${entity}`, news: 0 });
    const fitted = Calibration.fit(Array.from({ length: 8_000 }, (_, i) => of(i % 100, i)), history);
    const others = Array.from({ length: 8_000 }, (_, i) => scoreOf(fitted, of(100 + (i % 100), i)));
    const share = others.filter((score) => score >= 99).length / others.length;
    expect(share).toBeLessThan(0.03);
  });

  it('scores an event higher the more surprising it is, and the more is new in it', () => {
    expect(scoreOf(calibration, event(0, 1, { measure: measure(30, 1) }))).toBeGreaterThan(99.8);
    const plain = event(0, 1, { news: 0, measure: measure(0.5, 0.5) });
    expect(scoreOf(calibration, { ...plain, news: 12 })).toBeGreaterThan(97);
    expect(scoreOf(calibration, { ...plain, news: 12 })).toBeGreaterThan(scoreOf(calibration, { ...plain, news: 1 }));
  });

  it('adds up many small surprises of one entity within minutes, and forgets them after hours', () => {
    const modest = event(0, 1, { news: 0, measure: measure(3, 3) });
    const alone = calibration.judge(modest, undefined);
    let state: Parameters<Calibration['judge']>[1];
    let last = alone;
    for (let i = 0; i < 20; i++) {
      last = calibration.judge({ ...modest, time: i * 1_000 }, state);
      state = last.after;
    }
    expect(last.surprise).toBeGreaterThan(alone.surprise + 2);
    expect(last.parts.event).toBe(alone.parts.event);
    expect(last.parts.accumulated).toBeGreaterThan(alone.parts.accumulated);
    expect(calibration.judge({ ...modest, time: 24 * HOUR }, state).surprise).toBeCloseTo(alone.surprise, 5);
  });

  it('holds a field against its own past, however loud others are', () => {
    // b is always within a tenth of 20 nats, a is small: one more nat of a is much, of b nothing.
    const of = (i: number, a = exponential() / 10, b = 20 + random() / 10) => event(i, 1, { news: 0, measure: measure(a, b) });
    const fitted = Calibration.fit(Array.from({ length: 2_000 }, (_, i) => of(i)), history);
    const fields = (one: Surprising) => fitted.judge(one, undefined).parts.fields;
    expect(fields(of(0, 3, 20))).toBeGreaterThan(5);
    expect(fields(of(0, 0, 20.05))).toBeLessThan(2);
    const uncounted = of(0, 3, 20);
    expect(fields({ ...uncounted, measure: { ...uncounted.measure, fields: uncounted.measure.fields.map((field) => ({ ...field, counted: field.path === 'b' })) } })).toBeLessThan(2);
  });

  it('never calls an event impossible, however strange', () => {
    const { surprise } = calibration.judge(event(0, 1, { news: 1e6, measure: measure(1e9) }), { value: 1e9, time: 0 });
    expect(Math.exp(-surprise)).toBeGreaterThan(0);
  });

  it('holds a log type that was never seen against all others', () => {
    expect(scoreOf(calibration, event(0, 1, { logType: 'never seen', measure: measure(40) }))).toBeGreaterThan(99);
  });

  it('makes do with few events and one entity', () => {
    for (const n of [0, 1, 30, 600]) {
      const fitted = Calibration.fit(Array.from({ length: n }, (_, i) => event(i, 1, { entity: 'only' })), history);
      const score = scoreOf(fitted, event(0, 1, { entity: 'only', measure: measure(5) }));
      expect(score).toBeGreaterThanOrEqual(0);
      expect(score).toBeLessThanOrEqual(100);
    }
  });

  it('survives JSON, and refuses that of another version', () => {
    const json = JSON.parse(JSON.stringify(calibration));
    const one = event(3, 2);
    expect(scoreOf(Calibration.fromJSON(json), one)).toBeCloseTo(scoreOf(calibration, one), 3);
    expect(() => Calibration.fromJSON({ ...json, version: 1 })).toThrow(expect.objectContaining({ code: 'LYREBIRD_CORRUPT' }));
  });
});
