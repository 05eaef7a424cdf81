/**
 * Quantile bins. Values that are frequent enough get a bin of their own; a bin with few distinct values keeps them, so that
 * drawing never makes up a value between them.
 */
export interface BinsSpec {
  /** Smallest and largest value seen in each bin, ascending. */
  lo: number[];
  hi: number[];
  /** Values to draw from, for bins with few distinct ones. */
  values: Array<number[] | 0>;
  /** Decimals that drawn values are rounded to; negative for none. */
  decimals: number;
}

const KEPT_VALUES = 8;

/** `values` need not be sorted; at most `count` bins, fewer when the values are few. */
export function fitBins(values: readonly number[], count: number): BinsSpec {
  const sorted = Float64Array.from(values).sort();
  const spec: BinsSpec = { lo: [], hi: [], values: [], decimals: 0 };
  for (let i = 0; i < Math.min(sorted.length, 2000); i++) {
    spec.decimals = Math.max(spec.decimals, decimalsOf(sorted[Math.floor((i * sorted.length) / Math.min(sorted.length, 2000))]));
  }
  const share = Math.max(1, sorted.length / count);
  let open: number[] = [];
  let openCount = 0;
  let openHi = 0;
  const close = (): void => {
    if (openCount === 0) return;
    spec.lo.push(open[0]);
    spec.hi.push(openHi);
    spec.values.push(open.length <= KEPT_VALUES ? open : 0);
    open = [];
    openCount = 0;
  };
  for (let i = 0; i < sorted.length; ) {
    const value = sorted[i];
    let end = i;
    while (end < sorted.length && sorted[end] === value) end++;
    if (end - i >= share) close();
    if (open.length <= KEPT_VALUES) open.push(value);
    openHi = value;
    openCount += end - i;
    if (openCount >= share) close();
    i = end;
  }
  close();
  return spec;
}

function decimalsOf(value: number): number {
  const text = String(value);
  const exponent = text.indexOf('e-');
  if (exponent >= 0) return Math.min(20, Number(text.slice(exponent + 2)) + Math.max(0, exponent - 2));
  const dot = text.indexOf('.');
  return dot < 0 ? 0 : text.length - dot - 1;
}

export class Bins {
  readonly size: number;
  constructor(private readonly spec: BinsSpec) {
    this.size = spec.lo.length;
  }

  get min(): number {
    return this.spec.lo[0];
  }

  get max(): number {
    return this.spec.hi[this.size - 1];
  }

  /** The bin whose range holds the value, or the nearest below; values outside go to the ends. */
  find(value: number): number {
    let lo = 0;
    let hi = this.size - 1;
    while (lo < hi) {
      const mid = (lo + hi + 1) >> 1;
      if (this.spec.lo[mid] <= value) lo = mid;
      else hi = mid - 1;
    }
    return lo;
  }

  draw(bin: number, random: () => number): number {
    const values = this.spec.values[bin];
    if (values !== 0) return values[Math.floor(random() * values.length)];
    const lo = this.spec.lo[bin];
    const hi = this.spec.hi[bin];
    const value = lo + random() * (hi - lo);
    if (this.spec.decimals > 15) return value;
    return Math.min(hi, Math.max(lo, Number(value.toFixed(this.spec.decimals))));
  }

  range(bin: number): [number, number] {
    return [this.spec.lo[bin], this.spec.hi[bin]];
  }
}
