import { createCipheriv } from 'node:crypto';
import { FF1 } from '@noble/ciphers/ff1';

/** A keyed permutation of the numbers `0 <= n < size`. */
export interface Permutation {
  readonly size: bigint;
  forward(n: bigint): bigint;
  backward(n: bigint): bigint;
}

/**
 * Smallest domain that FF1 may be used for (NIST SP 800-38G Rev. 1: radix^minlen >= 1,000,000); Feistel networks on smaller
 * ones can be broken. Below it the permutation is a shuffled table, which has no structure to attack.
 */
const FF1_MINIMUM = 1_000_000n;
/** Table entries kept in memory, all tables together (8 bytes each). A table that was dropped is made again in milliseconds. */
const MAX_ENTRIES = 4_000_000;
const MAX_RADIX = 64;

/** Permutations by domain; `name` keeps domains of one size apart. */
export class Permutations {
  private readonly tables = new Map<string, Table>();
  private readonly ciphers = new Map<string, Permutation>();
  private entries = 0;

  constructor(private readonly key: Buffer) {}

  of(name: string, size: bigint): Permutation {
    return size < FF1_MINIMUM ? this.table(name, Number(size)) : this.cipher(name, size);
  }

  private table(name: string, size: number): Permutation {
    let table = this.tables.get(name);
    if (table !== undefined) return table;
    for (const [old, { size: dropped }] of this.tables) {
      if (this.entries + size <= MAX_ENTRIES) break;
      this.tables.delete(old);
      this.entries -= Number(dropped);
    }
    table = new Table(this.key, name, size);
    this.tables.set(name, table);
    this.entries += size;
    return table;
  }

  private cipher(name: string, size: bigint): Permutation {
    let cipher = this.ciphers.get(name);
    if (cipher !== undefined) return cipher;
    // Shapes are many where free texts were chosen; what a cipher knows is quickly found again.
    if (this.ciphers.size >= 10_000) this.ciphers.clear();
    cipher = ff1(this.key, name, size);
    this.ciphers.set(name, cipher);
    return cipher;
  }
}

/** A Fisher-Yates shuffle driven by AES-256-CTR. */
class Table implements Permutation {
  readonly size: bigint;
  private readonly to: Uint32Array;
  private readonly from: Uint32Array;

  constructor(key: Buffer, name: string, size: number) {
    this.size = BigInt(size);
    this.to = Uint32Array.from({ length: size }, (_, i) => i);
    this.from = new Uint32Array(size);
    const stream = createCipheriv('aes-256-cbc', key, Buffer.alloc(16)).update(padded(name));
    const random = createCipheriv('aes-256-ctr', key, stream.subarray(-16)).update(Buffer.alloc(8 * size));
    for (let i = size - 1; i > 0; i--) {
      // 53 random bits for at most 20: the bias is below 2^-33.
      const j = Math.floor(((random.readUInt32LE(8 * i) * 0x20_0000 + (random.readUInt32LE(8 * i + 4) >>> 11)) / 2 ** 53) * (i + 1));
      [this.to[i], this.to[j]] = [this.to[j], this.to[i]];
    }
    this.to.forEach((image, i) => (this.from[image] = i));
  }

  forward(n: bigint): bigint {
    return BigInt(this.to[Number(n)]);
  }

  backward(n: bigint): bigint {
    return BigInt(this.from[Number(n)]);
  }
}

/** The name in whole blocks, its length first: the last block of its CBC encryption is a MAC (CBC-MAC of prefix-free texts). */
function padded(name: string): Buffer {
  const text = Buffer.from(name);
  const blocks = Buffer.alloc(16 * (1 + Math.ceil(text.length / 16)));
  blocks.writeUInt32BE(text.length, 0);
  text.copy(blocks, 16);
  return blocks;
}

/** FF1 (NIST SP 800-38G) on the least space of radix^length that holds the domain; values outside it are walked past. */
function ff1(key: Buffer, name: string, size: bigint): Permutation {
  const { radix, length } = numerals(size);
  const cipher = FF1(radix, key, Buffer.from(name));
  const walk = (n: bigint, step: (digits: number[]) => number[]) => {
    let value = n;
    do value = fromDigits(step(toDigits(value, radix, length)), radix);
    while (value >= size);
    return value;
  };
  return { size, forward: (n) => walk(n, cipher.encrypt), backward: (n) => walk(n, cipher.decrypt) };
}

function numerals(size: bigint): { radix: number; length: number } {
  let best = { radix: 10, length: 0, space: 0n };
  for (let radix = 10; radix <= MAX_RADIX; radix++) {
    let length = 0;
    let space = 1n;
    while (space < size) {
      space *= BigInt(radix);
      length++;
    }
    if (best.length === 0 || space < best.space) best = { radix, length, space };
    if (space === size) break;
  }
  return best;
}

function toDigits(n: bigint, radix: number, length: number): number[] {
  const digits = new Array<number>(length);
  const base = BigInt(radix);
  for (let i = length - 1; i >= 0; i--) {
    digits[i] = Number(n % base);
    n /= base;
  }
  return digits;
}

function fromDigits(digits: readonly number[], radix: number): bigint {
  const base = BigInt(radix);
  return digits.reduce((n, digit) => n * base + BigInt(digit), 0n);
}
