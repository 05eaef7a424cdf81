import { ABSENT, sameLeaf, type Leaf } from '../leaf';
import { affix } from '../predict';
import type { PredictorSpec } from '../spec';

/** Copies and templates are only told from chance by at least this many different values. */
const LEAST_VALUES = 4;
const PROBES = 24;
/** Share of rows with the source in which a copy may be absent: beyond it, absence is the rule. */
const MAX_GONE = 0.5;
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
 * all rows where both are present, `rows` being in time order. Unlike tables such rules know new values too.
 */
export function findCopy(target: StringColumn, sources: ReadonlyArray<{ a: number; column: StringColumn }>, rows: Int32Array): Copy | undefined {
  if (target.distinct < LEAST_VALUES) return undefined;
  const probes = pickProbes(target, rows);
  if (probes.length < LEAST_VALUES) return undefined;
  for (const { a, column } of sources) {
    if (column.distinct < LEAST_VALUES) continue;
    if (agrees(probes, column, target, (source) => source)) {
      const held = holds(rows, column, target, (source) => source);
      if (held) return { spec: { rule: 'copy', a }, ...held };
    }
  }
  for (const { a, column } of sources) {
    const probe = column.distinct < LEAST_VALUES ? undefined : probes.find((row) => column.leaf(row) !== ABSENT);
    if (probe === undefined) continue;
    const source = column.leaf(probe);
    const first = target.leaf(probe);
    if (typeof source !== 'string' || typeof first !== 'string' || Math.max(source.length, first.length) > MAX_TEXT) continue;
    const template = templateOf(source, first);
    if (!template) continue;
    const apply = (leaf: Leaf): Leaf | undefined => (typeof leaf === 'string' ? affix(leaf, template.cut, template.add) : undefined);
    if (!agrees(probes, column, target, apply)) continue;
    const held = holds(rows, column, target, apply);
    if (held) return { spec: { rule: 'affix', a, ...template }, ...held };
  }
  return undefined;
}

/** Whether the rule holds on all probes that have the source, enough of them. */
function agrees(probes: readonly number[], source: StringColumn, target: StringColumn, apply: (leaf: Leaf) => Leaf | undefined): boolean {
  let told = 0;
  for (const row of probes) {
    const leaf = source.leaf(row);
    if (leaf === ABSENT) continue;
    const made = apply(leaf);
    if (made === undefined || !sameLeaf(made, target.leaf(row))) return false;
    told++;
  }
  return told >= LEAST_VALUES;
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

/** A rule that holds wherever the target is there. */
export interface Copy {
  spec: PredictorSpec;
  /** Rows that the rule leaves open. */
  open: Int32Array;
  /** Rows that have the source, ascending, and whether each lacks the target; left out when none does. */
  presence?: { rows: Int32Array; gone: Uint8Array };
}

/** Undefined when the rule does not hold. */
function holds(rows: Int32Array, source: StringColumn, target: StringColumn, apply: (leaf: Leaf) => Leaf | undefined): Omit<Copy, 'spec'> | undefined {
  const most = rows.length >= 1000 ? MAX_DEVIATION * rows.length : 0;
  let wrong = 0;
  let lacking = 0;
  const open: number[] = [];
  const told: number[] = [];
  const gone = new Uint8Array(rows.length);
  for (const row of rows) {
    const leaf = source.leaf(row);
    const made = leaf === ABSENT ? undefined : apply(leaf);
    if (made === undefined) {
      open.push(row);
      continue;
    }
    const is = target.leaf(row);
    if (is === ABSENT) {
      gone[told.length] = 1;
      lacking++;
    } else if (!sameLeaf(made, is) && ++wrong > most) {
      return undefined;
    }
    told.push(row);
  }
  // The source may be there only rarely: deviations count against the rows that it tells.
  if (wrong > (told.length >= 1000 ? MAX_DEVIATION * told.length : 0) || lacking > MAX_GONE * told.length) return undefined;
  return { open: Int32Array.from(open), ...(lacking > 0 && { presence: { rows: Int32Array.from(told), gone: gone.slice(0, told.length) } }) };
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
