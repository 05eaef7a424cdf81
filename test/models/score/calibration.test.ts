import { xoroshiro128plus } from 'pure-rand';
import { Calibration } from '../../../models/score';
import type { MeasuredEvent } from '../../../models/score';

const random = (() => {
  const generator = xoroshiro128plus(7);
  return () => (generator.unsafeNext() >>> 0) / 2 ** 32;
})();
const HOUR = 3_600_000;

/** An event whose two fields have exponential surprisals, times `scale`. */
function measured(i: number, scale = 1, entity = `user${i % 7}`, time = i * HOUR): MeasuredEvent {
  const surprisals = [-Math.log(1 - random()) * scale, -Math.log(1 - random()) * scale];
  const fields = surprisals.map((surprisal, f) => ({ path: `f${f}`, actual: '', reason: 'unlikely' as const, surprisal, token: f, counted: true }));
  return { entity, logType: 'log', time, measure: { fields, total: surprisals[0] + surprisals[1], nats: surprisals[0] + surprisals[1] } };
}
const scoreOf = (calibration: Calibration, event: MeasuredEvent) => 100 * (1 - Math.exp(-calibration.surprise(event, undefined).surprise));

describe('Calibration', () => {
  const calibration = Calibration.fit(Array.from({ length: 5_000 }, (_, i) => measured(i)));

  it('gives fresh normal events scores that are rates', () => {
    const scores = Array.from({ length: 5_000 }, (_, i) => scoreOf(calibration, measured(i)));
    for (const level of [50, 90, 99]) {
      const share = scores.filter((score) => score >= level).length / scores.length;
      expect(share).toBeGreaterThan((1 - level / 100) * 0.6);
      expect(share).toBeLessThan((1 - level / 100) * 1.6);
    }
  });

  it('scores an event higher the more surprising it is', () => {
    expect(scoreOf(calibration, measured(0, 30))).toBeGreaterThan(99.9);
  });

  it('adds up many small surprises of one entity within minutes, and forgets them after hours', () => {
    const modest = (): MeasuredEvent => ({ ...measured(0), measure: { ...measured(0).measure, fields: measured(0).measure.fields.map((field) => ({ ...field, surprisal: 4 })), total: 8 } });
    const alone = calibration.surprise(modest(), undefined).surprise;
    let state: Parameters<Calibration['surprise']>[1];
    let last = 0;
    for (let i = 0; i < 20; i++) {
      const { surprise, after } = calibration.surprise({ ...modest(), time: i * 1_000 }, state);
      last = surprise;
      state = after;
    }
    expect(last).toBeGreaterThan(alone + 2);
    expect(calibration.surprise({ ...modest(), time: 24 * HOUR }, state).surprise).toBeCloseTo(alone, 5);
  });

  it('holds a log type and a field that were never seen against all others', () => {
    const strange = { ...measured(0, 20), logType: 'never seen' };
    expect(scoreOf(calibration, strange)).toBeGreaterThan(99);
  });

  it('survives JSON', () => {
    const back = Calibration.fromJSON(JSON.parse(JSON.stringify(calibration)));
    const event = measured(3, 2);
    expect(scoreOf(back, event)).toBeCloseTo(scoreOf(calibration, event), 3);
  });
});
