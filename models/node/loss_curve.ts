import type { LossPoint } from '../../common';

/** Points of a job's curve that are kept: the full state travels with every update. */
export const MAX_POINTS = 400;

/**
 * Halves a curve that has grown beyond MAX_POINTS: neighbours become one point at the later one's step, with the mean of
 * their training losses (weighted by the steps that each stands for) and the later held-out loss that was measured.
 */
export function thinCurve(curve: readonly LossPoint[], max = MAX_POINTS): LossPoint[] {
  let points = [...curve];
  while (points.length > max) {
    const thinned: LossPoint[] = [];
    for (let i = 0; i < points.length; i += 2) {
      const [first, second] = [points[i], points[i + 1]];
      if (second === undefined) {
        thinned.push(first);
        continue;
      }
      const before = i > 0 ? points[i - 1].step : 0;
      const [a, b] = [first.step - before, second.step - first.step];
      const heldout = second.heldout ?? first.heldout;
      thinned.push({
        step: second.step,
        seconds: second.seconds,
        train: a + b > 0 ? (first.train * a + second.train * b) / (a + b) : second.train,
        ...(heldout === undefined ? {} : { heldout }),
      });
    }
    points = thinned;
  }
  return points;
}
