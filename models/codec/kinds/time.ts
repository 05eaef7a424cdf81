import type { Leaf } from '../leaf';
import type { Reader, RichKind, ValueContext, Walk, Writer } from '../grammar';
import { duration } from '../duration';
import { Bins, type BinsSpec } from './bins';
import { parseTime, printTime, resolution, type TimeFormat } from './time_format';

export interface TimeSpec {
  kind: 'time';
  /** Offset from the event's time, ms. */
  bins: BinsSpec;
  formats: Array<{ format: TimeFormat; count: number }>;
}

/** How far from the event, and on which side. */
const offset = (ms: number): string => (ms < 0 ? `${duration(-ms)} before` : `${duration(ms)} after`);

/** Bounds of a time as bounds of its offset from the event's. */
const offsets = ({ time, within }: ValueContext): { lo: number; hi: number } | undefined => within && { lo: within.lo - time, hi: within.hi - time };

/** Times: the token says the bin of the offset from the event's own time, the residual the value as written. */
export class TimeKind implements RichKind {
  readonly name = 'time';
  readonly size: number;
  private readonly bins: Bins;
  private readonly keys: Set<string>;
  private readonly total: number;

  constructor(private readonly spec: TimeSpec) {
    this.bins = new Bins(spec.bins);
    this.size = this.bins.size;
    this.keys = new Set(spec.formats.map(({ format }) => JSON.stringify(format)));
    this.total = spec.formats.reduce((sum, { count }) => sum + count, 0);
  }

  accepts(value: Leaf, context: ValueContext): boolean {
    const parsed = parseTime(value);
    if (!parsed || !this.keys.has(JSON.stringify(parsed.format))) return false;
    const offset = parsed.time - context.time;
    return offset >= this.bins.min && offset <= this.bins.max;
  }

  first(value: Leaf, context: ValueContext): number {
    return this.bins.find(parseTime(value)!.time - context.time);
  }

  writeRest(value: Leaf, _first: number, _field: number, writer: Writer): void {
    writer.residual.push(value);
  }

   
  *readRest(first: number, _field: number, reader: Reader, context: ValueContext): Walk<Leaf> {
    if (reader.exact) return reader.take() as Leaf;
    let pick = reader.random() * this.total;
    let chosen = this.spec.formats[0];
    for (const candidate of this.spec.formats) {
      chosen = candidate;
      pick -= candidate.count;
      if (pick < 0) break;
    }
    const [lo, hi] = this.bins.range(first);
    const bounds = offsets(context);
    const offset = this.bins.draw(first, reader.random, bounds);
    // Rounding to the format's step must not leave the bin, where the bin has room for a step.
    const step = resolution(chosen.format);
    let time = Math.floor((context.time + offset) / step) * step;
    if (time < context.time + (bounds ? Math.max(lo, bounds.lo) : lo) && time + step <= context.time + hi) time += step;
    return printTime(time, chosen.format, reader.random);
  }

  mask(context: ValueContext): Uint8Array | undefined {
    const bounds = offsets(context);
    return bounds && this.bins.mask(bounds);
  }

  /** Whether the field writes times the way this value does. */
  prints(value: Leaf): boolean {
    const parsed = parseTime(value);
    return parsed !== undefined && this.keys.has(JSON.stringify(parsed.format));
  }

  describe(first: number): string {
    const [lo, hi] = this.bins.range(first);
    if (lo === 0 && hi === 0) return 'at the time of the event';
    if (lo === hi) return `${offset(lo)} the event`;
    if (lo >= 0) return `${duration(lo)} to ${offset(hi)} the event`;
    return hi <= 0 ? `${duration(-hi)} to ${offset(lo)} the event` : `${offset(lo)} to ${offset(hi)} the event`;
  }
}
