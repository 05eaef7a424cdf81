import type { Json } from '../../common';

/** A subtree that is not taken apart (long arrays, deep nesting): one leaf with its JSON text. */
export class Blob {
  constructor(readonly json: string) {}
}

/** No leaf at a path that other events have. */
export const ABSENT = Symbol('absent');
export const EMPTY_OBJECT = Symbol('{}');
export const EMPTY_ARRAY = Symbol('[]');

/** What stands at the end of a path. Strings and numbers stay apart: `1` is not `"1"`. */
export type Leaf = string | number | boolean | null | Blob | typeof ABSENT | typeof EMPTY_OBJECT | typeof EMPTY_ARRAY;

/** A Map key that is equal for equal leaves. Strings get no prefix of their own, so that the common case allocates nothing. */
export function leafKey(leaf: Leaf): unknown {
  return leaf instanceof Blob ? `\u0000json:${leaf.json}` : leaf;
}

export function sameLeaf(a: Leaf, b: Leaf): boolean {
  return a === b || (a instanceof Blob && b instanceof Blob && a.json === b.json);
}

/** The JSON value of a leaf; undefined when absent. */
export function leafValue(leaf: Leaf): Json | undefined {
  if (leaf === ABSENT) return undefined;
  if (leaf === EMPTY_OBJECT) return {};
  if (leaf === EMPTY_ARRAY) return [];
  if (leaf instanceof Blob) return JSON.parse(leaf.json) as Json;
  return leaf as string | number | boolean | null;
}

/** The leaf of a JSON value; containers with content become blobs. */
export function leafOf(value: Json): Leaf {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value + 0 : null;
  if (Array.isArray(value)) return value.length === 0 ? EMPTY_ARRAY : new Blob(JSON.stringify(value));
  return Object.keys(value).length === 0 ? EMPTY_OBJECT : new Blob(JSON.stringify(value));
}

/** As it stands in a stored codec: scalars as they are, {} and [] likewise, blobs as `{"json": text}`. */
export type StoredLeaf = string | number | boolean | null | { json?: string } | [];

export function storeLeaf(leaf: Leaf): StoredLeaf {
  if (leaf === EMPTY_OBJECT) return {};
  if (leaf === EMPTY_ARRAY) return [];
  if (leaf instanceof Blob) return { json: leaf.json };
  if (leaf === ABSENT) throw new RangeError('Absence has no stored form: it is class 0 of every field.');
  return leaf as string | number | boolean | null;
}

export function loadLeaf(stored: StoredLeaf): Leaf {
  if (stored === null || typeof stored !== 'object') return stored;
  if (Array.isArray(stored)) return EMPTY_ARRAY;
  return typeof stored.json === 'string' ? new Blob(stored.json) : EMPTY_OBJECT;
}

/** As a person would read it. */
export function showLeaf(leaf: Leaf): string {
  if (leaf === ABSENT) return '(absent)';
  if (leaf === EMPTY_OBJECT) return '{}';
  if (leaf === EMPTY_ARRAY) return '[]';
  if (leaf instanceof Blob) return leaf.json;
  return String(leaf);
}
