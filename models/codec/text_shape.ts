import { toBytes } from './bytes';
import { BYTES, type Bpe } from './bpe';

/** What the texts of one field look like. Texts that are made up keep to it; texts that are encoded need not. */
export interface TextShape {
  /** Subwords at most: 99.9 % of the texts had no more. */
  most: number;
  /** UTF-16 units of the longest text. */
  longest: number;
  /** Whether '' is among them. */
  empty: boolean;
  /** Bytes (UTF-8) that occur, one bit each from byte 0 on, in hexadecimal. */
  bytes: string;
}

const MOST_QUANTILE = 0.999;

/** Learns the shape of at least one text; `length` counts its subwords. */
export function shapeOf(texts: readonly string[], length: (text: string) => number): TextShape {
  const bits = new Uint8Array(BYTES / 8);
  const lengths = new Int32Array(texts.length);
  let longest = 0;
  texts.forEach((text, i) => {
    for (const byte of toBytes(text)) bits[byte >> 3] |= 1 << (byte & 7);
    lengths[i] = length(text);
    longest = Math.max(longest, text.length);
  });
  lengths.sort();
  const most = lengths[Math.min(lengths.length - 1, Math.floor(lengths.length * MOST_QUANTILE))];
  return { most: Math.max(1, most), longest, empty: texts.includes(''), bytes: Buffer.from(bits).toString('hex') };
}

/** The subwords whose bytes all occur, one place each. */
export function allowedSubwords(shape: TextShape, bpe: Bpe): Uint8Array {
  const bits = Buffer.from(shape.bytes, 'hex');
  const mask = new Uint8Array(bpe.size);
  for (let id = 0; id < bpe.size; id++) mask[id] = bpe.bytesOf(id).every((byte) => (bits[byte >> 3] & (1 << (byte & 7))) !== 0) ? 1 : 0;
  return mask;
}

/** Text as it may stand in an event: no halves of characters, no longer than the longest. */
export function tidy(text: string, shape: TextShape): string {
  const whole = text.includes('\ufffd') ? text.replaceAll('\ufffd', '') : text;
  return whole.length > shape.longest ? whole.slice(0, shape.longest).replace(/[\ud800-\udbff]$/, '') : whole;
}
