/** Letters that may take each other's place: those of one script and one case, or the digits. */
export interface Alphabet {
  name: string;
  /** Lower-case characters, or characters without case, as UTF-16 code units. */
  characters: readonly string[];
  index: ReadonlyMap<string, number>;
}

/** First and last code points. Of scripts with case, the lower-case letters. */
const SCRIPTS: Array<[name: string, first: number, last: number]> = [
  ['latin', 0x61, 0x7a],
  ['digit', 0x30, 0x39],
  ['latin-marked', 0xdf, 0x17f],
  ['greek', 0x3b1, 0x3c9],
  ['cyrillic', 0x430, 0x45f],
  ['armenian', 0x561, 0x586],
  ['hebrew', 0x5d0, 0x5ea],
  ['arabic', 0x621, 0x63a],
  ['devanagari', 0x905, 0x939],
  ['thai', 0xe01, 0xe2e],
  ['hiragana', 0x3041, 0x3096],
  ['katakana', 0x30a1, 0x30fa],
  ['han', 0x4e00, 0x9fff],
  ['hangul', 0xac00, 0xd7a3],
];

const ALPHABETS = SCRIPTS.map(([name, first, last]) => makeAlphabet(name, first, last));
export const DIGITS = ALPHABETS[1];
export const NON_ZERO = makeAlphabet('non-zero', 0x31, 0x39);
const BY_CHARACTER = new Map(ALPHABETS.flatMap((alphabet) => alphabet.characters.map((character) => [character, alphabet] as const)));

function makeAlphabet(name: string, first: number, last: number): Alphabet {
  const all = Array.from({ length: last - first + 1 }, (_, i) => String.fromCharCode(first + i));
  // A letter whose capital does not lead back to it (ß, ς, ı) could not be restored; it stays as it is.
  const characters = all.filter((c) => /\p{L}|\p{Nd}/u.test(c) && c.toLowerCase() === c && (c.toUpperCase() === c || (c.toUpperCase().length === 1 && c.toUpperCase().toLowerCase() === c)));
  return { name, characters, index: new Map(characters.map((c, i) => [c, i])) };
}

export interface Letter {
  alphabet: Alphabet;
  index: number;
  upper: boolean;
}

/** Undefined for what is no letter or digit of the known scripts: it stays as it is. */
export function letterOf(character: string): Letter | undefined {
  const alphabet = BY_CHARACTER.get(character);
  if (alphabet !== undefined) return { alphabet, index: alphabet.index.get(character)!, upper: false };
  const lower = character.toLowerCase();
  if (lower === character || lower.toUpperCase() !== character) return undefined;
  const of = BY_CHARACTER.get(lower);
  return of && { alphabet: of, index: of.index.get(lower)!, upper: true };
}
