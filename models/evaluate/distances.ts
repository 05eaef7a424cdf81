import { mean, standardDeviation } from 'simple-statistics';

/**
 * Distances between two samples. All are symmetric but for the scale of Wasserstein's, all are 0 for equal samples, and
 * none needs more than the samples themselves. An empty sample has no distance: null.
 */

/** Half the sum of |p - q| over all values (total variation): 0 equal, 1 nothing in common. Keys are any map keys. */
export function totalVariation<K>(a: ReadonlyMap<K, number>, b: ReadonlyMap<K, number>): number | null {
  const [totalA, totalB] = [total(a), total(b)];
  if (totalA === 0 || totalB === 0) return null;
  let sum = 0;
  for (const [key, count] of a) sum += Math.abs(count / totalA - (b.get(key) ?? 0) / totalB);
  for (const [key, count] of b) if (!a.has(key)) sum += count / totalB;
  // Rounding may add up to a little more than everything.
  return Math.min(1, sum / 2);
}

const total = (counts: ReadonlyMap<unknown, number>): number => {
  let sum = 0;
  for (const count of counts.values()) sum += count;
  return sum;
};

export function countValues<K>(values: Iterable<K>): Map<K, number> {
  const counts = new Map<K, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}

/** Largest difference of the two empirical distribution functions (Kolmogorov-Smirnov); samples in ascending order. */
export function kolmogorovSmirnov(a: Float64Array, b: Float64Array): number | null {
  if (a.length === 0 || b.length === 0) return null;
  let [i, j, largest] = [0, 0, 0];
  while (i < a.length && j < b.length) {
    const at = Math.min(a[i], b[j]);
    while (i < a.length && a[i] <= at) i++;
    while (j < b.length && b[j] <= at) j++;
    largest = Math.max(largest, Math.abs(i / a.length - j / b.length));
  }
  return largest;
}

/** Area between the two empirical distribution functions (Wasserstein-1), in the samples' unit; samples in ascending order. */
export function wasserstein(a: Float64Array, b: Float64Array): number | null {
  if (a.length === 0 || b.length === 0) return null;
  let [i, j, sum] = [0, 0, 0];
  let at = Math.min(a[0], b[0]);
  while (i < a.length || j < b.length) {
    const next = Math.min(i < a.length ? a[i] : Infinity, j < b.length ? b[j] : Infinity);
    sum += Math.abs(i / a.length - j / b.length) * (next - at);
    at = next;
    while (i < a.length && a[i] <= at) i++;
    while (j < b.length && b[j] <= at) j++;
  }
  return sum;
}

/** Wasserstein distance in standard deviations of `reference`; in the samples' unit when that is constant. */
export function normalisedWasserstein(sample: Float64Array, reference: Float64Array): number | null {
  const distance = wasserstein(sample, reference);
  if (distance === null) return null;
  const deviation = standardDeviation(Array.from(reference));
  return distance / (deviation > 0 ? deviation : 1);
}

/**
 * Cramér's V of a contingency table with Bergsma's correction for small samples (2013): 0 independent, 1 determined.
 * `cells` counts pairs, keyed `a * columns + b`. Null when either side has only one value.
 */
export function cramersV(cells: ReadonlyMap<number, number>, columns: number): number | null {
  const rows = new Map<number, number>();
  const cols = new Map<number, number>();
  let n = 0;
  for (const [key, count] of cells) {
    const [a, b] = [Math.floor(key / columns), key % columns];
    rows.set(a, (rows.get(a) ?? 0) + count);
    cols.set(b, (cols.get(b) ?? 0) + count);
    n += count;
  }
  const [r, k] = [rows.size, cols.size];
  if (r < 2 || k < 2 || n < 2) return null;
  // Chi squared without the empty cells: sum of observed² / expected, less n.
  let ratio = 0;
  for (const [key, count] of cells) ratio += (count * count) / ((rows.get(Math.floor(key / columns))! * cols.get(key % columns)!) / n);
  const phi = Math.max(0, (ratio - n) / n - ((r - 1) * (k - 1)) / (n - 1));
  const correctedRows = r - (r - 1) ** 2 / (n - 1);
  const correctedColumns = k - (k - 1) ** 2 / (n - 1);
  const least = Math.min(correctedRows, correctedColumns) - 1;
  return least <= 0 ? null : Math.min(1, Math.sqrt(phi / least));
}

export interface Roc {
  auc: number | null;
  /** Share of negatives taken for positive, share of positives found; at most `points` of them. */
  curve: Array<[number, number]>;
}

/** Receiver operating characteristic of scores that should be higher for positives; ties count half. */
export function roc(positives: ArrayLike<number>, negatives: ArrayLike<number>, points = 50): Roc {
  const [p, n] = [positives.length, negatives.length];
  if (p === 0 || n === 0) return { auc: null, curve: [] };
  const scored = [
    ...Array.from(positives, (score) => ({ score, positive: true })),
    ...Array.from(negatives, (score) => ({ score, positive: false })),
  ].sort((a, b) => b.score - a.score);
  let [found, wrong, area] = [0, 0, 0];
  const curve: Array<[number, number]> = [[0, 0]];
  for (let i = 0; i < scored.length; ) {
    const [foundBefore, wrongBefore, score] = [found, wrong, scored[i].score];
    for (; i < scored.length && scored[i].score === score; i++) {
      if (scored[i].positive) found++;
      else wrong++;
    }
    area += ((wrong - wrongBefore) * (found + foundBefore)) / 2;
    const last = curve[curve.length - 1];
    if (wrong / n - last[0] + found / p - last[1] >= 2 / points || i === scored.length) curve.push([wrong / n, found / p]);
  }
  return { auc: area / (p * n), curve };
}

/** Mean of what there is; null of nothing. */
export function meanOf(values: ReadonlyArray<number | null | undefined>): number | null {
  const known = values.filter((value): value is number => typeof value === 'number');
  return known.length === 0 ? null : mean(known);
}
