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
  /** Quantiles between `lo` and `hi` that part the other bins' values equally; 0 where values are kept. A tail's bin is wide, and most of it lies at its near end. */
  knots: Array<number[] | 0>;
  /** Decimals that drawn values are rounded to; negative for none. */
  decimals: number;
}

const KEPT_VALUES = 8;
/** Parts of a bin that hold as many values each. */
const PARTS = 8;

/** `values` need not be sorted; at most `count` bins, fewer when the values are few. */
export function fitBins(values: readonly number[], count: number): BinsSpec {
  const sorted = Float64Array.from(values).sort();
  const spec: BinsSpec = { lo: [], hi: [], values: [], knots: [], decimals: 0 };
  for (let i = 0; i < Math.min(sorted.length, 2000); i++) {
    spec.decimals = Math.max(spec.decimals, decimalsOf(sorted[Math.floor((i * sorted.length) / Math.min(sorted.length, 2000))]));
  }
  const share = Math.max(1, sorted.length / count);
  let open: number[] = [];
  let openCount = 0;
  let openHi = 0;
  const close = (end: number): void => {
    if (openCount === 0) return;
    const from = end - openCount;
    spec.lo.push(open[0]);
    spec.hi.push(openHi);
    const few = open.length <= KEPT_VALUES;
    spec.values.push(few ? open : 0);
    spec.knots.push(few ? 0 : Array.from({ length: PARTS - 1 }, (_, i) => sorted[from + Math.floor(((i + 1) * openCount) / PARTS)]));
    open = [];
    openCount = 0;
  };
  for (let i = 0; i < sorted.length; ) {
    const value = sorted[i];
    let end = i;
    while (end < sorted.length && sorted[end] === value) end++;
    if (end - i >= share) close(i);
    if (open.length <= KEPT_VALUES) open.push(value);
    openHi = value;
    openCount += end - i;
    if (openCount >= share) close(end);
    i = end;
  }
  close(sorted.length);
  return spec;
}

/** The bins of two sets of values of which one lies above the other. */
export function joinBins(a: BinsSpec, b: BinsSpec): BinsSpec {
  return { lo: [...a.lo, ...b.lo], hi: [...a.hi, ...b.hi], values: [...a.values, ...b.values], knots: [...a.knots, ...b.knots], decimals: Math.max(a.decimals, b.decimals) };
}

/** Where a value lies among ascending edges: the number of parts below it, and how far it is into its own. */
function rankOf(edges: readonly number[], value: number): number {
  let part = 0;
  while (part < edges.length - 2 && edges[part + 1] <= value) part++;
  const width = edges[part + 1] - edges[part];
  return width > 0 ? part + Math.min(1, Math.max(0, (value - edges[part]) / width)) : part;
}

/** Counterpart of `rankOf`. */
function valueAt(edges: readonly number[], rank: number): number {
  const part = Math.min(edges.length - 2, Math.floor(rank));
  return edges[part] + (rank - part) * (edges[part + 1] - edges[part]);
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
    const edges = [this.spec.lo[bin], ...(this.spec.knots[bin] || []), this.spec.hi[bin]];
    const [from, to] = [rankOf(edges, lo), rankOf(edges, hi)];
    const value = Math.min(hi, Math.max(lo, valueAt(edges, from + random() * (to - from))));
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
