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

  /** A value of the bin, within the given bounds where it reaches into them. */
  draw(bin: number, random: () => number, within?: { lo: number; hi: number }): number {
    const kept = this.spec.values[bin];
    if (kept !== 0) {
      const fit = within ? kept.filter((value) => value >= within.lo && value <= within.hi) : kept;
      const values = fit.length > 0 ? fit : kept;
      return values[Math.floor(random() * values.length)];
    }
    const lo = within ? Math.max(this.spec.lo[bin], Math.min(within.lo, this.spec.hi[bin])) : this.spec.lo[bin];
    const hi = within ? Math.min(this.spec.hi[bin], Math.max(within.hi, lo)) : this.spec.hi[bin];
    const value = lo + random() * (hi - lo);
    if (this.spec.decimals > 15) return value;
    return Math.min(hi, Math.max(lo, Number(value.toFixed(this.spec.decimals))));
  }

  /** 1 for each bin that holds values within the bounds. */
  mask(within: { lo: number; hi: number }): Uint8Array {
    return Uint8Array.from({ length: this.size }, (_, bin) => {
      const kept = this.spec.values[bin];
      if (kept !== 0) return kept.some((value) => value >= within.lo && value <= within.hi) ? 1 : 0;
      return this.spec.hi[bin] >= within.lo && this.spec.lo[bin] <= within.hi ? 1 : 0;
    });
  }

  range(bin: number): [number, number] {
    return [this.spec.lo[bin], this.spec.hi[bin]];
  }
}
