/**
 * Shape of the tail beyond what was seen: above 0, so that what lies far outside is still told apart, but no probability comes
 * out that no sample could bear.
 */
const SHAPE = 0.2;

export interface TailJson {
  values: number[];
  logs: number[];
  excess: number;
}

/**
 * How rarely a value at least this large is seen: the upper tail of an empirical distribution.
 *
 * Below the largest value seen it is the empirical survival function with the plotting position k / (n + 0.5),
 * linear in the value between kept points; beyond it, a generalised Pareto tail of fixed shape, scaled by the mean excess over the
 * 0.95 quantile (peaks over threshold; Coles, An Introduction to Statistical Modeling of Extreme Values, §4). Never 0: -ln of it
 * grows with the logarithm of the value.
 * Monotone: a larger value never has a larger tail.
 */
export class Tail {
  private constructor(
    /** Ascending. */
    private readonly values: readonly number[],
    /** -ln P(X >= values[i]), ascending. */
    private readonly logs: readonly number[],
    /** Mean excess beyond the threshold; 0 when all values are equal. */
    private readonly excess: number
  ) {}

  static fit(sample: readonly number[], points = 400): Tail {
    const sorted = [...sample].sort((a, b) => a - b);
    const n = sorted.length;
    if (n === 0) return new Tail([], [], 0);
    const threshold = sorted[Math.min(n - 1, Math.floor(n * 0.95))];
    const above = sorted.filter((value) => value > threshold);
    const spread = above.length > 0 ? above.reduce((sum, value) => sum + value - threshold, 0) / above.length : 0;
    const values: number[] = [];
    const logs: number[] = [];
    let last = -1;
    for (const index of keptIndices(n, points)) {
      // Ties share the tail of the first of them: P(X >= v) counts them all.
      if (last !== -1 && sorted[index] === sorted[last]) continue;
      last = index;
      values.push(sorted[index]);
      logs.push(-Math.log((n - firstOf(sorted, index)) / (n + 0.5)));
    }
    return new Tail(values, logs, spread);
  }

  /** -ln P(X >= value), in nats; 0 for anything at or below the smallest value seen. */
  surprise(value: number): number {
    const n = this.values.length;
    if (n === 0 || value <= this.values[0]) return 0;
    const largest = this.values[n - 1];
    if (value >= largest) {
      if (value === largest) return this.logs[n - 1];
      // All equal: anything larger is as rare as the sample can tell, plus its distance on the value's own scale.
      const scale = this.excess > 0 ? this.excess : Math.max(Math.abs(largest) * 0.1, 1);
      return this.logs[n - 1] + Math.log1p((SHAPE * (value - largest)) / scale) / SHAPE;
    }
    let low = 0;
    let high = n - 1;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this.values[middle] <= value) low = middle;
      else high = middle;
    }
    const share = (value - this.values[low]) / (this.values[high] - this.values[low]);
    return this.logs[low] + share * (this.logs[high] - this.logs[low]);
  }

  toJSON(): TailJson {
    return { values: this.values.map(round), logs: this.logs.map(round), excess: round(this.excess) };
  }

  static fromJSON(json: TailJson): Tail {
    return new Tail(json.values, json.logs, json.excess);
  }
}

/** Evenly over the body, every one of the largest: the tail is what scores are made of. */
function keptIndices(n: number, points: number): number[] {
  if (n <= points) return Array.from({ length: n }, (_, i) => i);
  const tail = points >> 1;
  const body = points - tail;
  const indices: number[] = [];
  for (let i = 0; i < body; i++) indices.push(Math.floor((i * (n - tail)) / body));
  for (let i = n - tail; i < n; i++) indices.push(i);
  return indices;
}

function firstOf(sorted: readonly number[], index: number): number {
  let first = index;
  while (first > 0 && sorted[first - 1] === sorted[index]) first--;
  return first;
}

function round(value: number): number {
  return Number(value.toPrecision(7));
}
