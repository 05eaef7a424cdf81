import { createHash } from 'node:crypto';
import { unsafeUniformIntDistribution, xoroshiro128plus, type RandomGenerator } from 'pure-rand';

/** 32-bit FNV-1a with a final avalanche (murmur3's): turns a readable key into a number. */
export const hash32 = (...parts: (string | number)[]): number => hashText(parts.join('\u0001'), 0x811c9dc5);

function hashText(text: string, basis: number): number {
  let h = basis;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** Hex digest of a readable key: long-lived identifiers (user ids, object ids) that must not depend on draw order. */
export function stableHex(length: number, ...parts: (string | number)[]): string {
  return createHash('sha256').update(parts.join('\u0001')).digest('hex').slice(0, length);
}

/** A version 4 UUID made from 32 hexadecimal digits. */
export function uuidFromHex(hex: string): string {
  const variant = '89ab'[parseInt(hex[16], 16) & 3];
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

export const stableUuid = (...parts: (string | number)[]): string => uuidFromHex(stableHex(32, ...parts));

const HEX = '0123456789abcdef';
const BASE62 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** Seeded draws. Every part of the organisation derives its own generator from a key, so parts do not disturb each other. */
export class Random {
  private readonly generator: RandomGenerator;

  constructor(...key: (string | number)[]) {
    // A 32-bit seed would repeat within a hundred thousand events; the key fills the whole 128-bit state.
    const text = key.join('\u0001');
    this.generator = xoroshiro128plus.fromState([hashText(text, 0x811c9dc5), hashText(text, 0x9e3779b9), hashText(text, 0x7f4a7c15), hashText(text, 0x94d049bb) | 1]);
    for (let i = 0; i < 4; i++) this.generator.unsafeNext();
  }

  /** Uniform in [0, 1). */
  float(): number {
    return (this.generator.unsafeNext() >>> 0) / 4294967296;
  }
  /** Uniform integer in [low, high], both included. */
  int(low: number, high: number): number {
    return high <= low ? low : unsafeUniformIntDistribution(low, high, this.generator);
  }
  /** A 53-bit seed for a generator that is used later. */
  seed(): number {
    return (this.generator.unsafeNext() >>> 0) * 2097152 + (this.generator.unsafeNext() >>> 11);
  }
  chance(probability: number): boolean {
    return this.float() < probability;
  }
  pick<T>(items: readonly T[]): T {
    return items[this.int(0, items.length - 1)];
  }
  /** Index drawn in proportion to non-negative weights. */
  weighted(weights: readonly number[]): number {
    let total = 0;
    for (const weight of weights) total += weight;
    let at = this.float() * total;
    for (let i = 0; i < weights.length; i++) {
      at -= weights[i];
      if (at < 0) return i;
    }
    return weights.length - 1;
  }
  /** Standard normal, Box-Muller. */
  normal(mean = 0, deviation = 1): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.float()));
    return mean + deviation * radius * Math.cos(2 * Math.PI * this.float());
  }
  logNormal(median: number, sigma: number): number {
    return median * Math.exp(this.normal(0, sigma));
  }
  exponential(mean: number): number {
    return -mean * Math.log(1 - this.float());
  }
  /** Poisson by inversion; means here are small. */
  poisson(mean: number): number {
    const limit = Math.exp(-Math.min(mean, 500));
    let k = 0;
    for (let p = this.float(); p > limit && k < 2000; k++) p *= this.float();
    return k;
  }
  shuffle<T>(items: readonly T[]): T[] {
    const out = [...items];
    for (let i = out.length - 1; i > 0; i--) {
      const j = this.int(0, i);
      [out[i], out[j]] = [out[j], out[i]];
    }
    return out;
  }
  private digits(alphabet: string, length: number): string {
    let out = '';
    for (let i = 0; i < length; i++) out += alphabet[this.int(0, alphabet.length - 1)];
    return out;
  }
  hex(length: number): string {
    return this.digits(HEX, length);
  }
  base62(length: number): string {
    return this.digits(BASE62, length);
  }
  base32(length: number): string {
    return this.digits(BASE32, length);
  }
  uuid(): string {
    return uuidFromHex(this.hex(32));
  }
}

/** Zipf-like weights 1/(rank+1)^exponent: a few values carry most of the use. */
export const zipf = (count: number, exponent: number): number[] => Array.from({ length: count }, (_, i) => (i + 1) ** -exponent);
