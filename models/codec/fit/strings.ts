import { ABSENT, sameLeaf, type Leaf } from '../leaf';
import { affix } from '../predict';
import type { PredictorSpec } from '../spec';

/** Copies and templates are only told from chance by at least this many different values. */
const LEAST_VALUES = 4;
const PROBES = 24;
const MAX_DEVIATION = 0.001;
/** Shortest text that two fields must share for one to be made from the other. */
const SHARED_TEXT = 3;
const MAX_TEXT = 160;

export interface StringColumn {
  /** Leaf of a row; ABSENT where there is none. */
  leaf(row: number): Leaf;
  /** Different values. */
  distinct: number;
}

/**
 * A rule that makes the target from an earlier field: the same value, or the value with constant text cut off and added. It must hold on
 * all rows where the source is present, `rows` being in time order. Unlike tables such rules know new values too.
 */
export function findCopy(target: StringColumn, sources: ReadonlyArray<{ a: number; column: StringColumn }>, rows: Int32Array): { spec: PredictorSpec; settled: Int32Array } | undefined {
  if (target.distinct < LEAST_VALUES) return undefined;
  const probes = pickProbes(target, rows);
  if (probes.length < LEAST_VALUES) return undefined;
  for (const { a, column } of sources) {
    if (column.distinct < LEAST_VALUES) continue;
    if (probes.every((row) => sameLeaf(target.leaf(row), column.leaf(row)))) {
      const settled = holds(rows, column, target, (source) => source);
      if (settled) return { spec: { rule: 'copy', a }, settled };
    }
  }
  const first = target.leaf(probes[0]);
  if (typeof first !== 'string' || first.length > MAX_TEXT) return undefined;
  for (const { a, column } of sources) {
    const source = column.leaf(probes[0]);
    if (typeof source !== 'string' || source.length > MAX_TEXT || column.distinct < LEAST_VALUES) continue;
    const template = templateOf(source, first);
    if (!template) continue;
    const apply = (leaf: Leaf): Leaf | undefined => (typeof leaf === 'string' ? affix(leaf, template.cut, template.add) : undefined);
    if (!probes.every((row) => apply(column.leaf(row)) === target.leaf(row))) continue;
    const settled = holds(rows, column, target, apply);
    if (settled) return { spec: { rule: 'affix', a, ...template }, settled };
  }
  return undefined;
}

/** Rows with different values of the target. */
function pickProbes(target: StringColumn, rows: Int32Array): number[] {
  const seen = new Set<Leaf>();
  const probes: number[] = [];
  for (let i = 0; i < rows.length && probes.length < PROBES && i < 20_000; i++) {
    const leaf = target.leaf(rows[i]);
    if (leaf === ABSENT || leaf === null || seen.has(leaf)) continue;
    seen.add(leaf);
    probes.push(rows[i]);
  }
  return probes;
}

/** The rows that the rule leaves open; undefined when it does not hold. */
function holds(rows: Int32Array, source: StringColumn, target: StringColumn, apply: (leaf: Leaf) => Leaf | undefined): Int32Array | undefined {
  const most = Math.max(rows.length >= 1000 ? MAX_DEVIATION * rows.length : 0, 0);
  let wrong = 0;
  const open: number[] = [];
  for (const row of rows) {
    const leaf = source.leaf(row);
    const made = leaf === ABSENT ? undefined : apply(leaf);
    if (made === undefined) open.push(row);
    else if (!sameLeaf(made, target.leaf(row)) && ++wrong > most) return undefined;
  }
  return Int32Array.from(open);
}

/** Longest text that both share, and what stands around it. */
function templateOf(source: string, target: string): { cut: [string, string]; add: [string, string] } | undefined {
  let best = 0;
  let sourceEnd = 0;
  let targetEnd = 0;
  let row = new Uint16Array(target.length + 1);
  for (let i = 1; i <= source.length; i++) {
    const next = new Uint16Array(target.length + 1);
    for (let j = 1; j <= target.length; j++) {
      if (source[i - 1] !== target[j - 1]) continue;
      next[j] = row[j - 1] + 1;
      if (next[j] > best) {
        best = next[j];
        sourceEnd = i;
        targetEnd = j;
      }
    }
    row = next;
  }
  if (best < SHARED_TEXT) return undefined;
  return {
    cut: [source.slice(0, sourceEnd - best), source.slice(sourceEnd)],
    add: [target.slice(0, targetEnd - best), target.slice(targetEnd)],
  };
}
