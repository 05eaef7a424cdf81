import { z } from 'zod';

export const bloomFilterSchema = z.object({
  /** Base64. */
  bits: z.string(),
  /** Bits set per item. */
  hashes: z.number().int().min(1).max(64),
  items: z.number().int().min(0),
  false_positive_rate: z.number(),
});

/**
 * A Bloom filter (Bloom 1970) of digests that are uniform already: positions are sums of two of their words (Kirsch and Mitzenmacher,
 * "Less Hashing, Same Performance", 2006). The packages for this hash texts by means of their own, or cannot be loaded from CommonJS.
 */
export class BloomFilter {
  private constructor(
    private readonly bits: Buffer,
    private readonly hashes: number,
    private items: number
  ) {}

  /** As small as `items` allow at this rate of false positives: -log2(rate) hashes, and 1.44 times as many bits an item. */
  static sized(items: number, falsePositives: number): BloomFilter {
    const hashes = Math.max(1, Math.round(-Math.log2(falsePositives)));
    const bits = Math.ceil((Math.max(1, items) * -Math.log(falsePositives)) / Math.LN2 ** 2);
    return new BloomFilter(Buffer.alloc(Math.ceil(bits / 8)), hashes, 0);
  }

  static fromJSON({ bits, hashes, items }: z.infer<typeof bloomFilterSchema>): BloomFilter {
    return new BloomFilter(Buffer.from(bits, 'base64'), hashes, items);
  }

  toJSON(): z.infer<typeof bloomFilterSchema> {
    return { bits: this.bits.toString('base64'), hashes: this.hashes, items: this.items, false_positive_rate: this.falsePositiveRate };
  }

  /** Expected from how full it is. */
  get falsePositiveRate(): number {
    const size = this.bits.length * 8;
    return (1 - Math.exp((-this.hashes * this.items) / size)) ** this.hashes;
  }

  /** @param digest at least 12 uniform bytes */
  add(digest: Buffer): void {
    for (const position of this.positions(digest)) this.bits[position >> 3] |= 1 << (position & 7);
    this.items++;
  }

  has(digest: Buffer): boolean {
    return this.positions(digest).every((position) => (this.bits[position >> 3] & (1 << (position & 7))) !== 0);
  }

  private positions(digest: Buffer): number[] {
    const size = this.bits.length * 8;
    const first = digest.readUIntBE(0, 6);
    // Odd, so that it is never zero.
    const second = digest.readUIntBE(6, 4) * 2 + 1;
    return Array.from({ length: this.hashes }, (_, i) => (first + i * second) % size);
  }
}
