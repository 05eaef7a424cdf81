import type { Leaf } from '../leaf';
import type { Reader, RichKind, ValueContext, Walk, Writer } from '../grammar';
import { Bins, type BinsSpec } from './bins';

export interface NumberSpec {
  kind: 'number';
  bins: BinsSpec;
}

/** Numbers: the token says the bin, the residual the value. */
export class NumberKind implements RichKind {
  readonly name = 'number';
  readonly size: number;
  private readonly bins: Bins;

  constructor(spec: NumberSpec) {
    this.bins = new Bins(spec.bins);
    this.size = this.bins.size;
  }

  accepts(value: Leaf): boolean {
    return typeof value === 'number' && value >= this.bins.min && value <= this.bins.max;
  }

  first(value: Leaf): number {
    return this.bins.find(value as number);
  }

  writeRest(value: Leaf, _first: number, _field: number, writer: Writer): void {
    writer.residual.push(value);
  }

   
  *readRest(first: number, _field: number, reader: Reader, { within }: ValueContext): Walk<Leaf> {
    return reader.exact ? (reader.take() as number) : this.bins.draw(first, reader.random, within);
  }

  mask({ within }: ValueContext): Uint8Array | undefined {
    return within && this.bins.mask(within);
  }

  describe(first: number): string {
    const [lo, hi] = this.bins.range(first);
    return lo === hi ? String(lo) : `${lo} to ${hi}`;
  }
}
