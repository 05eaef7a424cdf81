import type { PredictorSpec } from '../spec';
import { ENTITY, TECHNIQUE } from '../spec';

/** A field as rule search sees it: the class of each row (rows in time order) and what the classes look like from afar. */
export interface RuleColumn {
  classes: Int32Array;
  /** Number of classes, the ones beyond the vocabulary included. */
  size: number;
  /** Coarse view of each class. */
  coarse: Uint8Array;
  /** Class of values that are neither known nor rich: never predicted, never a key. */
  alien: number;
}

export interface Determinant {
  a: number;
  coarse: boolean;
  keys: Int32Array;
  size: number;
  /** Key that stands for "unknown" and predicts nothing; -1 for none. */
  none: number;
}

/** Rules are learned on this share of the time and must hold in the rest. */
export const EARLY = 0.6;
/** Deviations that a rule must be able to have made by chance to count as proved. */
const LEAST_CHANCE = 5;
const MAX_VIOLATIONS = 0.001;
const SUPPORTS = [2, 5, 20];
const MAX_UNSEEN_PAIRS = 0.02;
/** Share of rows that a rule must tell. */
const LEAST_PREDICTED = 0.01;
const MAX_ROUNDS = 3;
const DEFAULT_SHARE = 0.995;
/** Rows from which on it is worth to say where the few that deviate lie. */
const LEAST_SPARSE = 8;
/** Share of rows that such a rule may leave open, and rows that one more key of it must settle. */
const MAX_SPARSE_OPEN = 0.5;
const KEY_COST = 0.25;
/** Determinants tried together with the entity, those that tell most first. */
const MAX_PAIR_BASES = 60;
/** Entity times determinant classes, for pair rules. */
const MAX_PAIR_KEYS = 2_000_000;

export interface Rule {
  determinant: Determinant;
  support: number;
  /** Late rows predicted. */
  gain: number;
}

/** Scratch space for one evaluation, grown as needed. */
let value = new Int32Array(1024);
let count = new Int32Array(1024);
let bad = new Int32Array(1024);

/**
 * How well a determinant tells the target: on the early rows every key that always had one class predicts it; the late rows must agree.
 * `active` are the rows to look at, ascending. Undefined when it does not hold or brings too little.
 */
export function evaluate(determinant: Determinant, target: RuleColumn, active: Int32Array, frequency: Float64Array): Rule | undefined {
  const { keys, size, none } = determinant;
  if (value.length < size) {
    value = new Int32Array(size * 2);
    count = new Int32Array(size * 2);
    bad = new Int32Array(size * 2);
  }
  value.fill(-1, 0, size);
  count.fill(0, 0, size);
  bad.fill(0, 0, size);
  const { classes, alien } = target;
  const split = Math.floor(active.length * EARLY);
  let broken = 0;
  for (let i = 0; i < split; i++) {
    const row = active[i];
    const key = keys[row];
    const c = classes[row];
    if (value[key] < 0) value[key] = c;
    else if (value[key] !== c) {
      bad[key]++;
      broken++;
    }
    count[key]++;
    // Hopeless early on: nearly every key has several classes.
    if (i === 512 && broken > 0.9 * i && size < 64) return undefined;
  }
  // What the keys with one class can tell at most.
  if (broken > 0) {
    let useless = 0;
    for (let key = 0; key < size; key++) if (bad[key] > 0) useless += count[key];
    if (split - useless < LEAST_PREDICTED * split) return undefined;
  }
  const predicted = [0, 0, 0];
  const violations = [0, 0, 0];
  const chance = [0, 0, 0];
  for (let i = split; i < active.length; i++) {
    const row = active[i];
    const key = keys[row];
    if (key === none || count[key] < SUPPORTS[0] || bad[key] > 0 || value[key] === alien) continue;
    const level = count[key] >= SUPPORTS[2] ? 2 : count[key] >= SUPPORTS[1] ? 1 : 0;
    predicted[level]++;
    if (classes[row] !== value[key]) violations[level]++;
    chance[level] += 1 - frequency[value[key]];
  }
  let best: Rule | undefined;
  let sumPredicted = 0;
  let sumViolations = 0;
  let sumChance = 0;
  for (let level = 2; level >= 0; level--) {
    sumPredicted += predicted[level];
    sumViolations += violations[level];
    sumChance += chance[level];
    if (sumChance < LEAST_CHANCE || sumViolations > MAX_VIOLATIONS * sumPredicted) continue;
    const gain = sumPredicted - sumViolations;
    if (!best || gain >= best.gain) best = { determinant, support: SUPPORTS[level], gain };
  }
  return best;
}

/** The final table, from all rows: keys seen often enough whose class is as good as certain. Flat list key, class. */
export function makeTable(keys: Int32Array, none: number, target: RuleColumn, rows: Int32Array, support: number): number[] {
  const seen = new Map<number, Map<number, number>>();
  for (const row of rows) {
    const key = keys[row];
    if (key === none) continue;
    let classes = seen.get(key);
    if (!classes) seen.set(key, (classes = new Map()));
    classes.set(target.classes[row], (classes.get(target.classes[row]) ?? 0) + 1);
  }
  const table: number[] = [];
  for (const key of [...seen.keys()].sort((a, b) => a - b)) {
    let total = 0;
    let top = -1;
    let topCount = 0;
    for (const [c, times] of seen.get(key)!) {
      total += times;
      if (times > topCount) [top, topCount] = [c, times];
    }
    if (total >= support && topCount >= (1 - 2 * MAX_VIOLATIONS) * total && top !== target.alien) table.push(key, top);
  }
  return table;
}

export interface ChainInput {
  target: RuleColumn;
  /** Determinants that stand before the target, best known first. */
  determinants: readonly Determinant[];
  entity: Determinant;
  /** Rows not settled by earlier rules; ascending. */
  active: Int32Array;
  /** Every `stride`-th row is enough to search on. */
  stride: number;
}

/** Finds the rules of one field: tables by one determinant, then by entity and determinant, then a near-constant default. */
export function findChain(input: ChainInput): PredictorSpec[] {
  const { target, determinants, entity, stride } = input;
  const chain: PredictorSpec[] = [];
  let active = input.active;
  const total = active.length;
  if (total === 0) return chain;
  const top = dominating(target, active);
  if (top.share === 1 && top.class !== target.alien) return [{ rule: 'constant', class: top.class }];
  // Rules for what hardly ever differs could not be told from chance.
  const provable = 2 * (1 - top.share) * (1 - EARLY) * total >= LEAST_CHANCE;
  for (let round = 0; provable && round < MAX_ROUNDS && active.length >= Math.max(20, 0.005 * total); round++) {
    const sample = thin(active, stride);
    const frequency = frequencies(target, sample);
    let best: Rule | undefined;
    for (const determinant of determinants) {
      const rule = evaluate(determinant, target, sample, frequency);
      // A rule of few keys that tells as much generalises better.
      if (rule && (!best || rule.gain > best.gain * 1.005 || (rule.gain >= best.gain * 0.995 && rule.determinant.size < best.determinant.size))) best = rule;
    }
    if (!best || best.gain < LEAST_PREDICTED * sample.length) break;
    const { determinant, support } = best;
    const table = makeTable(determinant.keys, determinant.none, target, active, support);
    if (table.length === 0) break;
    chain.push({ rule: 'table', a: determinant.a, coarse: determinant.coarse, table });
    active = unsettled(active, determinant.keys, new Set(table.filter((_, i) => i % 2 === 0)));
  }
  if (provable && active.length >= Math.max(50, 0.05 * total)) {
    const pair = findPair(target, determinants, entity, active, stride);
    if (pair) {
      chain.push(pair.spec);
      active = unsettled(active, pair.keys, pair.known);
    }
  }
  if (!provable && top.class !== target.alien && top.share < DEFAULT_SHARE && total >= LEAST_SPARSE) {
    const sparse = findSparse(target, determinants, active, top.class);
    if (sparse) return [sparse];
  }
  const rest = active.length > 0 ? dominating(target, active) : undefined;
  if (rest && rest.class !== target.alien && rest.share >= DEFAULT_SHARE && (active.length >= 50 || rest.share === 1)) {
    chain.push({ rule: 'constant', class: rest.class });
  }
  return chain;
}

/**
 * For what deviates too seldom to prove a rule: where the few deviations lie. Keys that never came with one predict what is usual; the others,
 * and keys not seen, leave it open. The determinant that leaves least open by few keys wins.
 */
function findSparse(target: RuleColumn, determinants: readonly Determinant[], rows: Int32Array, usual: number): PredictorSpec | undefined {
  const deviating = rows.filter((row) => target.classes[row] !== usual);
  let best: { determinant: Determinant; open: Set<number>; seen: Set<number>; cost: number } | undefined;
  for (const determinant of determinants) {
    const { keys, none } = determinant;
    const open = new Set<number>([none]);
    for (const row of deviating) open.add(keys[row]);
    const seen = new Set<number>();
    let left = 0;
    for (const row of rows) {
      seen.add(keys[row]);
      if (open.has(keys[row])) left++;
    }
    const cost = left + KEY_COST * seen.size;
    if (left <= MAX_SPARSE_OPEN * rows.length && (!best || cost < best.cost)) best = { determinant, open, seen, cost };
  }
  if (!best) return undefined;
  const { determinant, open, seen } = best;
  const table = [...seen].filter((key) => !open.has(key)).sort((a, b) => a - b).flatMap((key) => [key, usual]);
  return { rule: 'table', a: determinant.a, coarse: determinant.coarse, table };
}

function findPair(
  target: RuleColumn,
  determinants: readonly Determinant[],
  entity: Determinant,
  active: Int32Array,
  stride: number
): { spec: PredictorSpec; keys: Int32Array; known: Set<number> } | undefined {
  const sample = thin(active, stride);
  const frequency = frequencies(target, sample);
  let best: (Rule & { base: Determinant }) | undefined;
  let tried = 0;
  for (const base of determinants) {
    if (tried >= MAX_PAIR_BASES) break;
    if (base.a < 0 || base.coarse || base.size * entity.size > MAX_PAIR_KEYS || base.size > 2000) continue;
    tried++;
    const keys = pairKeys(base, entity, sample);
    const determinant: Determinant = { a: base.a, coarse: false, keys, size: base.size * entity.size, none: -1 };
    if (unseenLate(keys, sample) > MAX_UNSEEN_PAIRS) continue;
    const rule = evaluate(determinant, target, sample, frequency);
    if (rule && (!best || rule.gain > best.gain * 1.005)) best = { ...rule, base };
  }
  if (!best || best.gain < 0.05 * sample.length) return undefined;
  const { base, support } = best;
  const determinant = { ...best.determinant, keys: pairKeys(base, entity, active) };
  const flat = makeTable(determinant.keys, -1, target, active, support);
  const tables = new Map<number, number[]>();
  const known = new Set<number>();
  for (let i = 0; i < flat.length; i += 2) {
    const who = Math.floor(flat[i] / base.size);
    const key = flat[i] % base.size;
    if (who === 0 || key === base.none) continue;
    known.add(flat[i]);
    const table = tables.get(who);
    if (table) table.push(key, flat[i + 1]);
    else tables.set(who, [key, flat[i + 1]]);
  }
  if (known.size === 0) return undefined;
  return { spec: { rule: 'pair', a: base.a, entities: [...tables.keys()], tables: [...tables.values()] }, keys: determinant.keys, known };
}

/** Keys of the given rows only; the others stay 0. */
function pairKeys(base: Determinant, entity: Determinant, rows: Int32Array): Int32Array {
  const keys = new Int32Array(base.keys.length);
  for (const row of rows) keys[row] = entity.keys[row] * base.size + base.keys[row];
  return keys;
}

/** Share of late rows whose key the early rows have not seen. */
function unseenLate(keys: Int32Array, rows: Int32Array): number {
  const split = Math.floor(rows.length * EARLY);
  const seen = new Set<number>();
  for (let i = 0; i < split; i++) seen.add(keys[rows[i]]);
  let unseen = 0;
  for (let i = split; i < rows.length; i++) if (!seen.has(keys[rows[i]])) unseen++;
  return rows.length > split ? unseen / (rows.length - split) : 1;
}

export function dominating(target: RuleColumn, rows: Int32Array): { class: number; share: number } {
  const counts = new Int32Array(target.size);
  for (const row of rows) counts[target.classes[row]]++;
  let top = 0;
  for (let c = 1; c < counts.length; c++) if (counts[c] > counts[top]) top = c;
  return { class: top, share: counts[top] / rows.length };
}

function frequencies(target: RuleColumn, rows: Int32Array): Float64Array {
  const frequency = new Float64Array(target.size);
  for (const row of rows) frequency[target.classes[row]] += 1 / rows.length;
  return frequency;
}

export function thin(rows: Int32Array, stride: number): Int32Array {
  return stride <= 1 || rows.length < 1000 ? rows : rows.filter((_, i) => i % stride === 0);
}

function unsettled(rows: Int32Array, keys: Int32Array, known: ReadonlySet<number>): Int32Array {
  return rows.filter((row) => !known.has(keys[row]));
}

export const specialDeterminants = (entity: Int32Array, entities: number, technique: Int32Array, techniques: number): [Determinant, Determinant] => [
  { a: ENTITY, coarse: false, keys: entity, size: entities, none: 0 },
  { a: TECHNIQUE, coarse: false, keys: technique, size: techniques, none: -1 },
];
