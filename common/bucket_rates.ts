import { z } from 'zod';

/** Width of the sketch's bins, nats. */
const BIN = 0.1;
/** Odder is not told apart in the sketch. */
const MAX_LEVEL = 40;
/** What the model knows weighs as much as so many buckets seen. */
const KNOWN_AS = 200;
/** The rarest share of what was seen is not trusted: attacks are there. Beyond it the model's own scale goes on, moved by as much as the rest has moved. */
const UNTRUSTED = 1 / 10;
/** What was seen changes a rate by this factor at most: whatever an attacker does, 99.9 stays above 99.5. */
const MAX_CHANGE = Math.log(5);
/** Rates that differ by less than this, nats, are the same to people. */
const SAME = 0.1;
/** Levels at which two are compared: scores from 78 on. */
const COMPARED = Array.from({ length: 22 }, (_, i) => 1.5 + i / 2);

export const bucketRatesSchema = z.object({
  /** Time of the newest bucket, ms; 0 before any. */
  at: z.number(),
  /** Weights by bin, of buckets as of that time. */
  bins: z.array(z.tuple([z.number().int(), z.number()])),
});
export type BucketRatesJson = z.infer<typeof bucketRatesSchema>;

/**
 * How often buckets come that are as odd: a sketch of what a job has seen, on the scale of what its model knew (level: nats). What is older than the window has
 * faded to 1/e. Bounded, mergeable in any order of time, and never trusted where an attack could write it.
 */
export class BucketRates {
  private readonly weights: Float64Array;
  private at: number;
  private knee?: { level: number; surprise: number };
  private cumulated?: { beyond: Float64Array; total: number };

  /** @param windowMs `renormalization_window_days` */
  constructor(
    private readonly windowMs: number,
    json: BucketRatesJson = { at: 0, bins: [] }
  ) {
    this.at = json.at;
    this.weights = new Float64Array(MAX_LEVEL / BIN + 1);
    for (const [bin, weight] of json.bins) this.weights[bin] = weight;
  }

  /** Start of the newest bucket, ms; 0 before any. */
  get newest(): number {
    return this.at;
  }

  /** @param start of the buckets, ms */
  add(start: number, level: number, buckets = 1): void {
    if (start > this.at) {
      const left = this.at === 0 ? 0 : Math.exp((this.at - start) / this.windowMs);
      for (let bin = 0; bin < this.weights.length; bin++) this.weights[bin] *= left;
      this.at = start;
    }
    this.weights[binOf(level)] += buckets * Math.exp((start - this.at) / this.windowMs);
    this.knee = undefined;
    this.cumulated = undefined;
  }

  /** -ln of the share of buckets at least as odd, nats: grows with the level. */
  surprise(level: number): number {
    this.knee ??= this.findKnee();
    const { level: from, surprise } = this.knee;
    const seen = level <= from ? -Math.log(this.share(level)) : surprise + level - from;
    return Math.max(0, level - MAX_CHANGE, Math.min(level + MAX_CHANGE, seen));
  }

  /** Whether scores are other than they were when it was like that. */
  differsFrom(reference: readonly number[]): boolean {
    return this.reference().some((value, i) => Math.abs(value - (reference[i] ?? COMPARED[i])) >= SAME);
  }
  /** What a later state is compared with. */
  reference(): number[] {
    return COMPARED.map((level) => Number(this.surprise(level).toFixed(3)));
  }

  toJSON(): BucketRatesJson {
    const bins: Array<[number, number]> = [];
    // What has faded to nothing is forgotten.
    this.weights.forEach((weight, bin) => weight > 1e-6 && bins.push([bin, weight]));
    return { at: this.at, bins };
  }

  /** Share of buckets that are at least as odd, of those that the model knew and those that were seen. */
  private share(level: number): number {
    const { beyond, total } = this.cumulate();
    const bin = binOf(level);
    const within = Math.min(1, Math.max(0, level / BIN - bin));
    const seen = beyond[bin + 1] + this.weights[bin] * (1 - within);
    return (KNOWN_AS * Math.exp(-level) + seen) / (KNOWN_AS + total);
  }

  private cumulate(): { beyond: Float64Array; total: number } {
    if (this.cumulated === undefined) {
      const beyond = new Float64Array(this.weights.length + 1);
      for (let bin = this.weights.length - 1; bin >= 0; bin--) beyond[bin] = beyond[bin + 1] + this.weights[bin];
      this.cumulated = { beyond, total: beyond[0] };
    }
    return this.cumulated;
  }

  /** The level that the untrusted share lies beyond. */
  private findKnee(): { level: number; surprise: number } {
    let [low, high] = [0, MAX_LEVEL];
    for (let i = 0; i < 40; i++) {
      const middle = (low + high) / 2;
      if (this.share(middle) >= UNTRUSTED) low = middle;
      else high = middle;
    }
    return { level: low, surprise: -Math.log(this.share(low)) };
  }
}

const binOf = (level: number): number => Math.min(Math.floor(Math.max(0, level) / BIN), MAX_LEVEL / BIN);
