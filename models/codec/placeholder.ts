import { isIP } from 'node:net';
import type { Leaf } from './leaf';

/** Private-use characters that stand for the entity's name, as it is and in capitals. */
const NAME = '\uE000';
const CAPITALS = '\uE001';
/** From here on, for the values of other fields of the event. */
const FIRST_FIELD = 0xe100;
export const MAX_REFERENCES = 32;
const RESERVED = /[\uE000\uE001\uE100-\uE11F]/;
const PLACEHOLDERS = new RegExp(RESERVED, 'g');
/** Shorter names and values would be found inside of unrelated words. */
export const MIN_HIDDEN = 3;

/** Placeholders as a person would read them: `<entity>`, or the field's name in such brackets. */
export const namePlaceholders = (text: string, references: readonly string[]): string =>
  text.replace(PLACEHOLDERS, (mark) => (mark === NAME || mark === CAPITALS ? '<entity>' : `<${references[mark.charCodeAt(0) - FIRST_FIELD] ?? 'other field'}>`));

/** What strings of an event may refer to: its entity's name, and its other fields in coding order. */
export interface Own {
  name: string;
  leaves: readonly Leaf[];
}

/** Whether a string holds values of other fields. */
export const holdsReferences = (text: string): boolean => /[\uE100-\uE11F]/.test(text);

/** Whether a string can be restored after hiding: it must not hold the placeholders themselves. */
export const canHide = (text: string): boolean => !RESERVED.test(text);

/** Numbers, times and addresses: another value in place of a part of one would break it. */
const ATOMIC = /^[\d.:,+TZ -]+$/;
const isAtomic = (text: string): boolean => ATOMIC.test(text) || isIP(text) !== 0;

/** Replaces the entity's own name in a string. */
export function hideName(text: string, name: string): string {
  if (name.length < MIN_HIDDEN) return text;
  const capitals = name.toUpperCase();
  const held = text.includes(name);
  if ((held || text.includes(capitals)) && text !== name && isAtomic(text)) return text;
  const out = held ? text.split(name).join(NAME) : text;
  return capitals !== name && out.includes(capitals) ? out.split(capitals).join(CAPITALS) : out;
}

export function showName(text: string, name: string): string {
  return text.includes(NAME) || text.includes(CAPITALS) ? text.split(NAME).join(name).split(CAPITALS).join(name.toUpperCase()) : text;
}

/** The text of a leaf that other strings may hold; undefined when it is too short to tell. */
export function referenceText(leaf: Leaf | undefined, least = MIN_HIDDEN): string | undefined {
  const text = typeof leaf === 'string' ? leaf : typeof leaf === 'number' ? String(leaf) : '';
  return text.length >= least && canHide(text) ? text : undefined;
}

/** Replaces the values of other fields in a string; `references[i]` is the text that the i-th placeholder stands for. */
export function hideReferences(text: string, references: ReadonlyArray<string | undefined>): string {
  let out = text;
  references.forEach((reference, i) => {
    if (reference !== undefined && out.includes(reference) && (out === reference || !isAtomic(text))) out = out.split(reference).join(String.fromCharCode(FIRST_FIELD + i));
  });
  return out;
}

/** The reverse. Placeholders of fields that are absent (only generation brings them about) vanish. */
export function showReferences(text: string, references: ReadonlyArray<string | undefined>): string {
  let out = text;
  // Last replaced, first restored: a value may hold a placeholder that was put in before it.
  for (let i = references.length - 1; i >= 0; i--) {
    const placeholder = String.fromCharCode(FIRST_FIELD + i);
    if (out.includes(placeholder)) out = out.split(placeholder).join(references[i] ?? '');
  }
  return out;
}
