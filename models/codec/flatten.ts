import type { Json, LogEvent } from '../../common';
import { ABSENT, Blob, EMPTY_ARRAY, EMPTY_OBJECT, leafValue, type Leaf } from './leaf';

/** Arrays of up to this many elements are taken apart by index. */
export const MAX_ARRAY = 8;
/** Containers deeper than this stay whole. */
export const MAX_DEPTH = 12;

/** Object keys and array indices from the root to a leaf. */
export type Path = ReadonlyArray<string | number>;

/** Unambiguous text of a path: `.key` and `[index]`, with `\`, `.` and `[` of keys escaped. */
export function encodePath(path: Path): string {
  return path.map((segment) => (typeof segment === 'number' ? `[${segment}]` : `.${segment.replace(/[\\.[]/g, '\\$&')}`)).join('');
}

/** Undefined when the text is not a path. */
export function decodePath(text: string): Path | undefined {
  const path: Array<string | number> = [];
  let at = 0;
  while (at < text.length) {
    if (text[at] === '[') {
      const end = text.indexOf(']', at);
      const index = text.slice(at + 1, end);
      if (end < 0 || !/^\d{1,9}$/.test(index)) return undefined;
      path.push(Number(index));
      at = end + 1;
    } else if (text[at] === '.') {
      let key = '';
      for (at++; at < text.length && text[at] !== '.' && text[at] !== '['; at++) {
        if (text[at] === '\\') at++;
        if (at < text.length) key += text[at];
      }
      path.push(key);
    } else {
      return undefined;
    }
  }
  return path;
}

/** As a person would write it: `list[0].name`. Keys that hold dots read like nested ones, as in Elasticsearch. */
export function showPath(path: Path): string {
  let text = '';
  for (const segment of path) text += typeof segment === 'number' ? `[${segment}]` : text === '' ? segment : `.${segment}`;
  return text;
}

/** The paths of one log type, as a tree that events are walked along: no path is spelled out per event. */
export interface PathNode {
  /** Index of the leaf that may stand here; -1 when only containers do. */
  leaf: number;
  keys: Map<string, PathNode>;
  items: PathNode[];
}

export const newNode = (): PathNode => ({ leaf: -1, keys: new Map(), items: [] });

export function buildTree(paths: readonly Path[]): PathNode {
  const root = newNode();
  paths.forEach((path, leaf) => {
    let node = root;
    for (const segment of path) {
      let next = typeof segment === 'number' ? node.items[segment] : node.keys.get(segment);
      if (!next) {
        next = newNode();
        if (typeof segment === 'number') node.items[segment] = next;
        else node.keys.set(segment, next);
      }
      node = next;
    }
    node.leaf = leaf;
  });
  return root;
}

/** A part of an event that the tree does not know. */
export interface Extra {
  path: Path;
  json: string;
}

const isContainer = (value: Json): value is Json[] | { [key: string]: Json } => typeof value === 'object' && value !== null;

/** Whether a container is taken apart, rather than being a leaf itself. */
export function isTakenApart(value: Json[] | { [key: string]: Json }, depth: number): boolean {
  if (depth >= MAX_DEPTH) return false;
  if (Array.isArray(value)) return value.length > 0 && value.length <= MAX_ARRAY;
  return Object.keys(value).length > 0;
}

export function scalarLeaf(value: Json): Leaf {
  if (typeof value === 'number') return Number.isFinite(value) ? value + 0 : null;
  if (!isContainer(value)) return value;
  if (Array.isArray(value)) return value.length === 0 ? EMPTY_ARRAY : new Blob(JSON.stringify(value));
  return Object.keys(value).length === 0 ? EMPTY_OBJECT : new Blob(JSON.stringify(value));
}

/** Fills `leaves` (one place per path of the tree, set to ABSENT by the caller); what the tree does not know goes to `extras`. */
export function flatten(root: PathNode, event: LogEvent, leaves: Leaf[], extras: Extra[]): void {
  const trail: Array<string | number> = [];
  const visit = (node: PathNode | undefined, value: Json, depth: number): void => {
    const container = isContainer(value);
    if (node !== undefined) {
      if (container && isTakenApart(value, depth)) {
        if (Array.isArray(value)) {
          if (node.items.length > 0) {
            for (let i = 0; i < value.length; i++) {
              trail.push(i);
              visit(node.items[i], value[i], depth + 1);
              trail.pop();
            }
            return;
          }
        } else if (node.keys.size > 0) {
          for (const key of Object.keys(value)) {
            trail.push(key);
            visit(node.keys.get(key), value[key], depth + 1);
            trail.pop();
          }
          return;
        }
      } else if (node.leaf >= 0) {
        leaves[node.leaf] = scalarLeaf(value);
        return;
      }
    }
    extras.push({ path: [...trail], json: JSON.stringify(value) });
  };
  // The root is always taken apart: an event is an object, if an empty one.
  for (const key of Object.keys(event)) {
    trail.push(key);
    visit(root.keys.get(key), event[key], 1);
    trail.pop();
  }
}

/** Grows the tree by an event's paths; `onLeaf` gets each leaf, `newLeaf` numbers a new path. */
export function growTree(
  root: PathNode,
  event: LogEvent,
  newLeaf: (path: Path) => number,
  onLeaf: (leaf: number, value: Leaf) => void
): void {
  const trail: Array<string | number> = [];
  const visit = (node: PathNode, value: Json, depth: number): void => {
    if (isContainer(value) && isTakenApart(value, depth)) {
      if (Array.isArray(value)) {
        for (let i = 0; i < value.length; i++) {
          trail.push(i);
          visit((node.items[i] ??= newNode()), value[i], depth + 1);
          trail.pop();
        }
      } else {
        for (const key of Object.keys(value)) {
          let next = node.keys.get(key);
          if (!next) node.keys.set(key, (next = newNode()));
          trail.push(key);
          visit(next, value[key], depth + 1);
          trail.pop();
        }
      }
      return;
    }
    if (node.leaf < 0) node.leaf = newLeaf([...trail]);
    onLeaf(node.leaf, scalarLeaf(value));
  };
  for (const key of Object.keys(event)) {
    let next = root.keys.get(key);
    if (!next) root.keys.set(key, (next = newNode()));
    trail.push(key);
    visit(next, event[key], 1);
    trail.pop();
  }
}

/** A key of its own even when it is `__proto__`. */
function setOwn(object: { [key: string]: Json }, key: string, value: Json): void {
  if (key === '__proto__') Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
  else object[key] = value;
}

const own = (object: { [key: string]: Json }, key: string): Json | undefined => (Object.prototype.hasOwnProperty.call(object, key) ? object[key] : undefined);

/**
 * Builds an event from leaves and their paths. Leaves that contradict one before them (a scalar where an object already
 * is), which only generation can bring about, are left out; arrays close up over missing elements.
 */
export class EventBuilder {
  private readonly event: LogEvent = {};
  private readonly arrays: Json[][] = [];
  /** Containers made here; anything else in their place is a leaf and is never entered. */
  private readonly made = new Set<Json>([this.event]);

  set(path: Path, leaf: Leaf): void {
    if (leaf === ABSENT) return;
    this.setValue(path, leafValue(leaf) as Json);
  }

  setValue(path: Path, value: Json): void {
    if (path.length === 0) return;
    let at: Json = this.event;
    for (let i = 0; i < path.length; i++) {
      const segment = path[i];
      const last = i === path.length - 1;
      if (typeof segment === 'number' ? !Array.isArray(at) : Array.isArray(at)) return;
      const existing: Json | undefined =
        typeof segment === 'number' ? (at as Json[])[segment] : own(at as { [key: string]: Json }, segment);
      if (last) {
        if (existing === undefined) this.put(at, segment, value);
        return;
      }
      if (existing !== undefined) {
        if (!this.made.has(existing)) return;
        at = existing;
      } else {
        const next: Json[] | { [key: string]: Json } = typeof path[i + 1] === 'number' ? [] : {};
        this.made.add(next);
        if (Array.isArray(next)) this.arrays.push(next);
        this.put(at, segment, next);
        at = next;
      }
    }
  }

  finish(): LogEvent {
    for (const array of this.arrays) {
      let to = 0;
      for (let i = 0; i < array.length; i++) if (array[i] !== undefined) array[to++] = array[i];
      array.length = to;
    }
    return this.event;
  }

  private put(at: Json, segment: string | number, value: Json): void {
    if (typeof segment === 'number') (at as Json[])[segment] = value;
    else setOwn(at as { [key: string]: Json }, segment, value);
  }
}
