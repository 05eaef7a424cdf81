import { createCipheriv, type Cipher } from 'node:crypto';

/** Addresses whose first `length` bits are those of `bytes`. */
export interface Prefix {
  bytes: readonly number[];
  length: number;
}

/**
 * Prefix-preserving pseudonyms of IP addresses after Crypto-PAn: two addresses that share their first k bits have pseudonyms that
 * share exactly their first k bits (J. Xu, J. Fan, M. Ammar, S. Moon: "Prefix-Preserving IP Address Anonymization", ICNP 2002).
 * Bit i is flipped by the first bit of AES-128 of the address's first i bits, filled up with a secret pad.
 *
 * `kept` prefixes stay: nothing is flipped on the way to them, so that addresses stay inside or outside of them and the mapping is
 * prefix-preserving still. In `untouched` ranges the rest of the address stays, too.
 */
export class CryptoPan {
  private readonly cipher: Cipher;
  private readonly pad: Buffer;

  /** @param key 32 bytes: the AES key and the pad, as in the authors' reference implementation */
  constructor(
    key: Uint8Array,
    private readonly ranges: { readonly kept: readonly Prefix[]; readonly untouched: readonly Prefix[] } = { kept: [], untouched: [] }
  ) {
    this.cipher = createCipheriv('aes-128-ecb', key.subarray(0, 16), null).setAutoPadding(false);
    this.pad = this.cipher.update(key.subarray(16, 32));
  }

  /** The pseudonym of an address of 4 or 16 bytes. */
  forward(address: Uint8Array): Uint8Array {
    const bits = address.length * 8;
    const first = this.firstFree(address);
    const out = Uint8Array.from(address);
    if (first >= bits) return out;
    // All blocks depend on the address only: one call enciphers them together.
    const blocks = Buffer.alloc((bits - first) * 16);
    for (let i = first; i < bits; i++) this.fillBlock(blocks.subarray((i - first) * 16), address, i);
    const stream = this.cipher.update(blocks);
    for (let i = first; i < bits; i++) if (stream[(i - first) * 16] & 0x80) out[i >> 3] ^= 0x80 >> (i & 7);
    return out;
  }

  /** The address behind a pseudonym: bit by bit, since each block needs the bits before. */
  backward(pseudonym: Uint8Array): Uint8Array {
    const bits = pseudonym.length * 8;
    const out = Uint8Array.from(pseudonym);
    const block = Buffer.alloc(16);
    for (let i = this.firstFree(pseudonym); i < bits; i++) {
      this.fillBlock(block, out, i);
      if (this.cipher.update(block)[0] & 0x80) out[i >> 3] ^= 0x80 >> (i & 7);
    }
    return out;
  }

  /**
   * The first bit that may be flipped. Bits on the way to a kept prefix may not: up to the one where the address leaves it, so an
   * address and its pseudonym leave it at the same bit.
   */
  private firstFree(address: Uint8Array): number {
    const ofSameKind = (prefix: Prefix) => prefix.bytes.length === address.length;
    const { kept, untouched } = this.ranges;
    let first = 0;
    for (const prefix of kept.filter(ofSameKind)) first = Math.max(first, Math.min(commonBits(address, prefix) + 1, prefix.length));
    for (const prefix of untouched.filter(ofSameKind)) {
      const common = commonBits(address, prefix);
      if (common === prefix.length) return address.length * 8;
      first = Math.max(first, common + 1);
    }
    return first;
  }

  /** The first `length` bits of the address, then those of the pad. */
  private fillBlock(block: Buffer, address: Uint8Array, length: number): void {
    this.pad.copy(block);
    const whole = length >> 3;
    for (let i = 0; i < whole; i++) block[i] = address[i];
    const rest = length & 7;
    if (rest === 0) return;
    const mask = (0xff00 >> rest) & 0xff;
    block[whole] = (address[whole] & mask) | (this.pad[whole] & ~mask);
  }
}

/** Leading bits of the address that are the prefix's, at most all of the prefix. */
function commonBits(address: Uint8Array, { bytes, length }: Prefix): number {
  for (let i = 0; i * 8 < length; i++) {
    const difference = address[i] ^ bytes[i];
    if (difference !== 0) return Math.min(length, i * 8 + Math.clz32(difference) - 24);
  }
  return length;
}
