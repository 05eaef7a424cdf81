import { LyrebirdError } from '../../common';
import { ABSENT, EMPTY_ARRAY, EMPTY_OBJECT, showLeaf, type Leaf } from './leaf';
import type { EventGrammar } from './event_grammar';
import type { Field } from './field';
import { ENTITY } from './spec';
import { affix } from './predict';

export type PinValue = string | number | boolean | null;
export type Pins = ReadonlyMap<string, PinValue>;

/** What pins mean for one log type: values of the pinned fields, and the classes that fields which determine them may take. */
export interface Allowed {
  pins: Map<number, Leaf>;
  classes: Map<number, Uint8Array>;
}

const NEAREST = 5;

/** The leaf that a pin asks for, or undefined when the field cannot have it. People may write numbers and booleans as text. */
export function pinnedLeaf(field: Field, pin: PinValue): Leaf | undefined {
  const text = String(pin);
  const exact = field.vocabulary.find((leaf) => leaf === pin);
  if (exact !== undefined) return exact;
  const alike = field.vocabulary.find((leaf) => leaf !== EMPTY_ARRAY && leaf !== EMPTY_OBJECT && showLeaf(leaf) === text);
  if (alike !== undefined) return alike;
  // The entity's name may be part of a value; which entity is only known when an event is written.
  if ((field.spec.placeholder || field.spec.references.length > 0) && typeof pin === 'string') return pin;
  if (!field.rich || field.spec.richCount === 0) return undefined;
  switch (field.rich.name) {
    case 'number': {
      const value = Number(pin);
      return pin !== null && text.trim() !== '' && Number.isFinite(value) && field.rich.accepts(value, NOWHERE) ? value : undefined;
    }
    case 'ip':
      return field.rich.accepts(text, NOWHERE) ? text : undefined;
    case 'text':
    case 'id':
      return typeof pin === 'string' ? pin : undefined;
    case 'time':
      return undefined;
  }
}

const NOWHERE = { time: 0, recent: () => [], random: () => 0 };

/** Undefined when the log type cannot have the pinned values. */
export function resolvePins(grammar: EventGrammar, pins: Pins, entity: number): Allowed | undefined {
  const allowed: Allowed = { pins: new Map(), classes: new Map() };
  for (const [path, pin] of pins) {
    const b = grammar.fields.findIndex((field) => field.path === path);
    const leaf = b < 0 ? undefined : pinnedLeaf(grammar.fields[b], pin);
    if (leaf === undefined || leaf === ABSENT) return undefined;
    allowed.pins.set(b, leaf);
  }
  // Backwards, so that what a determinant may be is known before its own determinants are looked at.
  for (let b = grammar.fields.length - 1; b >= 0; b--) {
    const pin = allowed.pins.get(b);
    const own = allowed.classes.get(b);
    if (pin === undefined && own === undefined) continue;
    const field = grammar.fields[b];
    const accepts = (leaf: Leaf | undefined, c: number): boolean => (pin !== undefined ? (leaf ?? leafOfClass(field, c)) === pin : leaf !== undefined || own![c] === 1);
    for (const rule of field.spec.chain) {
      if (rule.rule === 'constant' || rule.rule === 'memory' || rule.a < 0) continue;
      const a = grammar.fields[rule.a];
      const table =
        rule.rule === 'table' ? toMap(rule.table) : rule.rule === 'pair' ? toMap(rule.tables[rule.entities.indexOf(entity)] ?? []) : undefined;
      const mask = new Uint8Array(a.known + 1).fill(1);
      for (let c = 0; c <= a.known; c++) {
        if (table) {
          const predicted = table.get(rule.rule === 'table' && rule.coarse ? a.coarse(c) : c);
          if (predicted !== undefined && !accepts(undefined, predicted)) mask[c] = 0;
        } else if (c > 0) {
          const source = a.vocabulary[c - 1];
          const leaf = rule.rule === 'affix' ? (typeof source === 'string' ? affix(source, rule.cut, rule.add) : undefined) : source;
          if (leaf !== undefined && pin !== undefined && leaf !== pin) mask[c] = 0;
        } else if (pin !== undefined) {
          mask[c] = 0;
        }
      }
      const before = allowed.classes.get(rule.a);
      const both = before ? mask.map((bit, c) => bit & before[c]) : mask;
      if (both.includes(0) && both.includes(1)) allowed.classes.set(rule.a, both);
    }
  }
  return allowed;
}

/** Throws when no log type can have the pinned values. */
export function checkPins(grammars: readonly EventGrammar[], pins: Pins): void {
  for (const [path, pin] of pins) {
    const holders = grammars.flatMap((grammar) => grammar.fields.filter((field) => field.path === path));
    if (holders.length === 0) {
      const paths = [...new Set(grammars.flatMap((grammar) => grammar.fields.map((field) => field.path)))];
      throw new LyrebirdError('LYREBIRD_UNKNOWN_FIELD', `The model knows no field "${path}".`, `Nearest fields: ${nearest(path, paths).join(', ')}.`);
    }
    if (holders.every((field) => pinnedLeaf(field, pin) === undefined)) {
      const values = [...new Set(holders.flatMap((field) => field.vocabulary.map((_, i) => field.describeClass(i + 1))))];
      throw new LyrebirdError(
        'LYREBIRD_UNKNOWN_VALUE',
        `The model has never seen ${JSON.stringify(pin)} in field "${path}".`,
        values.length === 0 ? `The field's values cannot be chosen.` : `Nearest values: ${nearest(String(pin), values).join(', ')}.`
      );
    }
  }
  if (!grammars.some((grammar) => resolvePins(grammar, pins, ENTITY) !== undefined)) {
    throw new LyrebirdError(
      'LYREBIRD_UNKNOWN_VALUE',
      `No log type has all of ${[...pins.keys()].map((path) => `"${path}"`).join(', ')} with these values.`,
      'Ask for fewer fields at once, or for other log types.'
    );
  }
}

const toMap = (flat: readonly number[]): Map<number, number> => {
  const map = new Map<number, number>();
  for (let i = 0; i < flat.length; i += 2) map.set(flat[i], flat[i + 1]);
  return map;
};

function leafOfClass(field: Field, c: number): Leaf {
  return c === 0 ? ABSENT : c <= field.known ? field.vocabulary[c - 1] : ABSENT;
}

/** Closest by edit distance, ignoring case. */
function nearest(text: string, candidates: readonly string[]): string[] {
  const wanted = text.toLowerCase().slice(0, 100);
  return candidates
    .map((candidate) => ({ candidate, distance: distance(wanted, candidate.toLowerCase().slice(0, 100)) }))
    .sort((a, b) => a.distance - b.distance || (a.candidate < b.candidate ? -1 : 1))
    .slice(0, NEAREST)
    .map(({ candidate }) => candidate);
}

/** Levenshtein distance; a candidate that contains the text is as near as its length differs by little. */
function distance(a: string, b: string): number {
  if (b.includes(a)) return Math.min(1, b.length - a.length);
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1));
    row = next;
  }
  return row[b.length];
}

