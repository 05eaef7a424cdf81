import { isIPv4 } from 'node:net';
import type { Leaf } from '../leaf';
import type { Reader, RichKind, Walk, Writer } from '../grammar';

export interface IpSpec {
  kind: 'ip';
}

/** IPv4 addresses beyond the vocabulary: four octets, network first. `lo` is the first of the 256 octet tokens. */
export class IpKind implements RichKind {
  readonly name = 'ip';
  readonly size = 1;

  constructor(private readonly lo: number) {}

  accepts(value: Leaf): boolean {
    return typeof value === 'string' && isIPv4(value);
  }

  first(): number {
    return 0;
  }

  writeRest(value: Leaf, _first: number, field: number, writer: Writer): void {
    for (const octet of (value as string).split('.')) writer.put(field, this.lo + Number(octet));
  }

  *readRest(_first: number, field: number, reader: Reader): Walk<Leaf> {
    const octets: number[] = [];
    for (let i = 0; i < 4; i++) octets.push((yield* reader.choose(field, this.lo, this.lo + 256)) - this.lo);
    return octets.join('.');
  }

  describe(): string {
    return '(new address)';
  }
}
