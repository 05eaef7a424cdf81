import { letterOf, NON_ZERO, type Alphabet, type Letter } from './alphabet';
import type { Permutations } from './permutation';

/** Letters and digits enciphered together; a longer text is enciphered in pieces, so that time grows with its length only. */
const MAX_LETTERS = 48;

interface Place {
  at: number;
  alphabet: Alphabet;
  index: number;
  upper: boolean;
}

/**
 * A permutation of the texts of one shape: letters become letters of their script and case, digits become digits, everything else stays.
 * All letters together are one number, enciphered as a whole, and separators are no part of it: `jane.doe`, `Jane Doe` and
 * `JaneDoe` become the same letters. A number keeps its leading zeros and gets no new ones.
 */
export function permuteText(text: string, permutations: Permutations, direction: 'forward' | 'backward'): string {
  const places = placesOf(text);
  if (places.length === 0) return text;
  const out = text.split('');
  for (let from = 0; from < places.length; from += MAX_LETTERS) {
    const piece = places.slice(from, from + MAX_LETTERS);
    const size = piece.reduce((product, { alphabet }) => product * BigInt(alphabet.characters.length), 1n);
    // The shape names the domain; in a long text also where the piece stands.
    const name = `${from}:${piece.map(({ alphabet }) => alphabet.name).join()}`;
    let number = piece.reduce((n, { alphabet, index }) => n * BigInt(alphabet.characters.length) + BigInt(index), 0n);
    number = permutations.of(name, size)[direction](number);
    for (let i = piece.length - 1; i >= 0; i--) {
      const { at, alphabet, upper } = piece[i];
      const base = BigInt(alphabet.characters.length);
      const character = alphabet.characters[Number(number % base)];
      number /= base;
      out[at] = upper ? character.toUpperCase() : character;
    }
  }
  return out.join('');
}

/** Number of letters and digits that `permuteText` changes. */
export function letterCount(text: string): number {
  let count = 0;
  for (let i = 0; i < text.length; i++) if (letterOf(text[i]) !== undefined) count++;
  return count;
}

function placesOf(text: string): Place[] {
  const places: Place[] = [];
  // Only of pure numbers: in other texts a zero is a character like any other.
  let leading = /^[0-9]+$/.test(text);
  for (let at = 0; at < text.length; at++) {
    const letter: Letter | undefined = letterOf(text[at]);
    if (letter === undefined) continue;
    if (leading) {
      if (letter.index === 0) continue;
      leading = false;
      places.push({ at, alphabet: NON_ZERO, index: letter.index - 1, upper: false });
    } else {
      places.push({ at, ...letter });
    }
  }
  return places;
}

/** Digits of a base-16 text enciphered together, in lower case; the texts have one length. Characters that are none stay. */
export function permuteHex(text: string, permutations: Permutations, direction: 'forward' | 'backward', fixed: ReadonlyMap<number, number> = new Map()): string {
  const digits = [...text.toLowerCase()].map((c) => '0123456789abcdef'.indexOf(c));
  // Of a digit with fixed bits only the others are free: `fixed` maps its position to a mask of those that may change.
  const free = digits.map((digit, at) => (digit === -1 ? 0 : (fixed.get(at) ?? 0xf)));
  const name = `hex:${free.join()}`;
  const bits = free.reduce((sum, mask) => sum + popCount(mask), 0);
  if (bits === 0) return text;
  let number = 0n;
  digits.forEach((digit, at) => {
    for (let bit = 3; bit >= 0; bit--) if (free[at] & (1 << bit)) number = number * 2n + BigInt((digit >> bit) & 1);
  });
  number = permutations.of(name, 1n << BigInt(bits))[direction](number);
  for (let at = digits.length - 1; at >= 0; at--) {
    for (let bit = 0; bit < 4; bit++) {
      if (!(free[at] & (1 << bit))) continue;
      digits[at] = (digits[at] & ~(1 << bit)) | (Number(number & 1n) << bit);
      number >>= 1n;
    }
  }
  return digits.map((digit, at) => (digit === -1 ? text[at] : '0123456789abcdef'[digit])).join('');
}

const popCount = (mask: number) => [1, 2, 4, 8].filter((bit) => mask & bit).length;
