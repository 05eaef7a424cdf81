/** Numbers of more digits are ids, times and amounts, not versions. */
const NUMBER = /(?<![\p{L}\d])\d{1,4}(?![\p{L}\d])/gu;
/** The same, where a version stands in a text: `Chrome/159.0`, `iPhone OS 20_1`, `Safari 20.1`; not `app-search-750`. */
const VERSION = /(?<=[/ ._])\d{1,4}(?![\p{L}\d])/gu;
const LETTER = /\p{L}/u;
/** Versions that may have been skipped. */
const STEPS = 3;
/** Numbers of a text that are looked at. */
const MAX_NUMBERS = 8;

/**
 * The texts, without letters, that this one may be the next version of: one of its numbers lower by one to three. A browser that went from 158.0
 * to 159.0 is no other browser.
 */
export function* predecessors(text: string): Generator<string> {
  if (LETTER.test(text)) return;
  for (const { 0: number, index } of [...text.matchAll(NUMBER)].slice(0, MAX_NUMBERS)) {
    for (let step = 1; step <= Math.min(STEPS, Number(number)); step++) yield text.slice(0, index) + String(Number(number) - step) + text.slice(index + number.length);
  }
}

/** A text with words and versions, without the versions; undefined for any other. */
export function versionless(text: string): string | undefined {
  if (!LETTER.test(text)) return undefined;
  const bare = text.replace(VERSION, '#');
  return bare === text ? undefined : bare;
}
