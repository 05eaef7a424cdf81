const DAY = 86_400_000;
const WEEK = 7 * DAY;
/** Periods the floor is measured with, at most. */
const MAX_FLOORS = 3;

export interface Period {
  /** ms */
  from: number;
  /** ms, excluded. */
  to: number;
}

/**
 * Periods of training data like the held-out one: as long, whole weeks before it (so the same weekdays), the nearest first. Where
 * training is too short for that, whole days before it (so the same hours); where it is shorter still, the time just before the
 * held-out events, as long as there is.
 */
export function floorPeriods(train: Period, heldout: Period): Period[] {
  const length = heldout.to - heldout.from;
  for (const unit of [WEEK, DAY]) {
    const shift = unit * Math.max(1, Math.ceil(length / unit));
    const periods: Period[] = [];
    for (let k = 1; k <= MAX_FLOORS; k++) {
      const period = { from: heldout.from - k * shift, to: heldout.to - k * shift };
      // An hour's grace: the first event rarely comes at the first moment.
      if (period.from < train.from - DAY / 24) break;
      if (period.to <= train.to + 1) periods.push(period);
    }
    if (periods.length > 0) return periods;
  }
  // At least half of training stays apart.
  const from = Math.max(heldout.from - length, train.from + (train.to - train.from) / 2);
  return [{ from, to: heldout.from }];
}
