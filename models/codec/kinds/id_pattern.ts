/**
 * Ids of one length: for every position the characters that may stand there, or one fixed character. Learned from values, generalised to
 * the usual alphabets, so that a fresh id has the format without being a copy.
 */
export interface IdPattern {
  /** One string of allowed characters per position. */
  positions: string[];
  count: number;
}

const DIGITS = '0123456789';
const LOWER = 'abcdefghijklmnopqrstuvwxyz';
const UPPER = LOWER.toUpperCase();
/** From narrow to wide: the first that holds all characters seen wins. */
const ALPHABETS = [
  DIGITS,
  `${DIGITS}abcdef`,
  `${DIGITS}ABCDEF`,
  LOWER,
  UPPER,
  `${UPPER}234567`,
  `${DIGITS}${UPPER}`,
  `${DIGITS}${LOWER}`,
  `${DIGITS}${LOWER}${UPPER}`,
  `${DIGITS}${LOWER}${UPPER}-_`,
  `${DIGITS}${LOWER}${UPPER}+/=`,
];
/** Few characters seen in many values are the format itself (the variant digit of a UUID). */
const FIXED_SET = 4;
const ENOUGH = 200;
const MAX_LENGTH = 128;

/** Undefined when the values of this length do not look drawn at random. */
export function learnPattern(values: readonly string[]): IdPattern | undefined {
  const length = values[0].length;
  if (length < 6 || length > MAX_LENGTH) return undefined;
  let randomPositions = 0;
  const positions: string[] = [];
  for (let at = 0; at < length; at++) {
    const seen = new Set<string>();
    for (const value of values) seen.add(value[at]);
    if (seen.size === 1 || (seen.size <= FIXED_SET && values.length >= ENOUGH)) {
      positions.push([...seen].sort().join(''));
      continue;
    }
    const alphabet = ALPHABETS.find((candidate) => [...seen].every((character) => candidate.includes(character)));
    if (alphabet === undefined) return undefined;
    randomPositions++;
    positions.push(alphabet);
  }
  return randomPositions >= 5 ? { positions, count: values.length } : undefined;
}

export function matchesPattern(pattern: IdPattern, value: string): boolean {
  if (value.length !== pattern.positions.length) return false;
  for (let at = 0; at < value.length; at++) if (!pattern.positions[at].includes(value[at])) return false;
  return true;
}

export function drawFromPattern(pattern: IdPattern, random: () => number): string {
  let text = '';
  for (const characters of pattern.positions) text += characters[characters.length === 1 ? 0 : Math.floor(random() * characters.length)];
  return text;
}
