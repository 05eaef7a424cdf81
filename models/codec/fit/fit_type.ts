import { ABSENT, EMPTY_ARRAY, EMPTY_OBJECT, leafKey, loadLeaf, type Leaf } from '../leaf';
import { encodePath } from '../flatten';
import { parseTime } from '../kinds/time_format';
import type { FieldSpec, PredictorSpec, TypeSpec } from '../spec';
import { decideField, type Period } from './decide';
import { findExclusive } from './exclusive';
import { findAttacks, findCompany, findOwners } from './company';
import { findHabits } from './habits';
import { findMemory, type MemoryColumn } from './memory';
import { dominating, EARLY, evaluate, findChain, makeTable, specialDeterminants, thin, type Determinant, type Rule, type RuleColumn } from './rules';
import { findReferences } from './references';
import { findTimeOrder } from './time_order';
import { valueColumns, type ScannedPath, type ScannedRow, type ScannedType } from './scan';
import { findCopy, type Copy, type StringColumn } from './strings';

/** Cells (rows times paths) held at once; more rows are thinned. */
const MAX_CELLS = 60_000_000;
/** Steps of the rule search per log type, roughly: rows times pairs of fields. */
const SEARCH_BUDGET = 1_500_000_000;
/** A pair is looked at in two views and up to three rounds. */
const STEPS_PER_PAIR = 6;
const SEARCH_ROWS = 12_000;
const LEAST_SEARCH_ROWS = 1000;
/** A field belongs to entities when at most this share of late events brings a new pair of entity and value. */
const MAX_LATE_NOVELTY = 0.02;
const LEAST_LATE_EVENTS = 50;

/** Fields that one is copied from, the first that is there. */
const MAX_COPIES = 3;
const LEAST_COPIED = 4;

interface Candidate {
  spec: FieldSpec;
  scanned: ScannedPath;
  column: RuleColumn;
  values: Int32Array;
  strings: StringColumn;
  entropy: number;
  length: number;
}

/** Learns one log type: kinds of the fields, their order, the rules between them. */
export function fitType(type: ScannedType, entities: number, techniques: number, period: Period, timePath: string, shared: ReadonlySet<string>): TypeSpec {
  const references = findReferences(type);
  const stride = Math.max(1, Math.ceil((type.rows.length * type.paths.length) / MAX_CELLS));
  const rows = type.rows.filter((_, i) => i % stride === 0);
  const columns = valueColumns(type, rows);
  const all = Int32Array.from({ length: rows.length }, (_, row) => row);
  const candidates = type.paths.map((scanned, p): Candidate => {
    const isTime = encodePath(scanned.path) === timePath || scanned.path.join('.') === timePath;
    const spec = decideField(scanned, p, rows, columns[p], period, isTime);
    // Thinned rows say nothing exact about absence: the scan does.
    spec.absent = type.rows.length - scanned.present;
    return { spec, scanned, values: columns[p], ...classify(spec, scanned, columns[p], all) };
  });
  // What determines has at least the entropy of what it determines: in this order rules only look back.
  candidates.sort((x, y) => y.entropy - x.entropy || Number(isSession(y.spec)) - Number(isSession(x.spec)) || x.length - y.length || x.spec.order - y.spec.order);
  settleReferences(candidates, references);

  const entity = Int32Array.from(rows, (row) => row.entity);
  const technique = Int32Array.from(rows, (row) => row.technique);
  const specials = specialDeterminants(entity, entities, technique, techniques);
  findRules(candidates, specials, all);
  findTimeOrder(candidates);
  const known = candidates.map(({ column, spec }) => ({ column, known: spec.vocabulary.length }));
  candidates.forEach(({ spec, column }, b) => {
    if (entities > 1) spec.support = findSupport(column, entity, technique);
    if (!spec.support) spec.attacks = findAttacks(column, spec.vocabulary.length, technique);
    if (!spec.support) spec.owners = findOwners(column, spec.vocabulary.length, entity, technique, (c) => shared.has(spec.vocabulary[c - 1] as string));
    const first = spec.chain[0]?.rule;
    const settled = first === 'copy' || first === 'constant';
    if (!spec.support && !settled && isCategorical(spec)) spec.habits = findHabits(column, spec.vocabulary.length, entity, technique);
    if (!settled) spec.company = findCompany(b, known, technique);
  });
  const attacked = [...new Set(technique)].filter((id) => id > 0).sort((x, y) => x - y);
  return {
    name: type.name,
    ...(attacked.length > 0 && { techniques: attacked }),
    shape: type.shape,
    events: type.rows.length,
    resolution: timeStep(type.rows),
    fields: candidates.map(({ spec }) => spec),
    exceptions: [],
    exclusive: findExclusive(
      candidates.map(({ spec }) => spec.path),
      candidates.map(({ values }) => values)
    ),
  };
}

/** Moves fields behind those that their strings refer to, and names these by their place. */
function settleReferences(candidates: Candidate[], references: readonly number[][]): void {
  const byPath = new Map(candidates.map((candidate) => [candidate.spec.order, candidate]));
  const placed = new Map<number, number>();
  const place = (candidate: Candidate): void => {
    const { order } = candidate.spec;
    if (placed.has(order)) return;
    for (const a of references[order]) place(byPath.get(a)!);
    placed.set(order, placed.size);
    candidate.spec.references = references[order].map((a) => placed.get(a)!);
  };
  candidates.slice().forEach(place);
  candidates.sort((x, y) => placed.get(x.spec.order)! - placed.get(y.spec.order)!);
}

function classify(spec: FieldSpec, scanned: ScannedPath, values: Int32Array, all: Int32Array): Pick<Candidate, 'column' | 'strings' | 'entropy' | 'length'> {
  const known = new Map<unknown, number>();
  spec.vocabulary.forEach((stored, i) => known.set(leafKey(loadLeaf(stored)), i + 1));
  const size = spec.vocabulary.length + 3;
  const richClass = size - 2;
  const isRich = richTest(spec);
  const classOfValue = scanned.table.values.map((leaf) => known.get(leafKey(leaf)) ?? (isRich(leaf) ? richClass : size - 1));
  const classes = values.map((value) => (value < 0 ? 0 : classOfValue[value]));
  const coarse = new Uint8Array(size).fill(2);
  coarse[0] = 0;
  spec.vocabulary.forEach((stored, i) => {
    const leaf = loadLeaf(stored);
    if (leaf === null || leaf === EMPTY_ARRAY || leaf === EMPTY_OBJECT) coarse[i + 1] = 1;
  });
  const column: RuleColumn = { classes, size, coarse, alien: size - 1 };
  const sizes = new Float64Array(size);
  for (const row of all) sizes[classes[row]]++;
  let entropy = 0;
  for (const n of sizes) if (n > 0) entropy -= (n / all.length) * Math.log(n / all.length);
  let length = 0;
  for (const leaf of scanned.table.values.slice(0, 100)) length += typeof leaf === 'string' ? leaf.length : 1;
  return {
    column,
    strings: { leaf: (row) => (values[row] < 0 ? ABSENT : scanned.table.values[values[row]]), distinct: scanned.table.values.length },
    // Equal up to rounding must compare equal, whatever the order of summation was.
    entropy: Math.round(entropy * 1e6) / 1e6,
    length: length / Math.max(1, Math.min(100, scanned.table.values.length)),
  };
}

function richTest({ rich }: FieldSpec): (leaf: Leaf) => boolean {
  if (!rich) return () => false;
  if (rich.kind === 'number') return (leaf) => typeof leaf === 'number';
  if (rich.kind === 'time') return (leaf) => parseTime(leaf) !== undefined;
  return (leaf) => typeof leaf === 'string';
}

/** Ids that come back within a stream go first among equals: others hang on them. */
const isSession = ({ rich }: FieldSpec): boolean => rich?.kind === 'id' && rich.repeats;

function findRules(candidates: readonly Candidate[], specials: readonly Determinant[], all: Int32Array): void {
  const determinants: Determinant[] = specials.filter(({ keys }) => keys.some((key) => key !== keys[0]));
  const entity = specials[0];
  const partitions = new Set<string>(determinants.map(({ keys }) => partition(keys)));
  const pairs = (candidates.length * candidates.length) / 2;
  const searched = Math.max(LEAST_SEARCH_ROWS, Math.min(SEARCH_ROWS, SEARCH_BUDGET / Math.max(1, pairs * STEPS_PER_PAIR)));
  const stride = Math.max(1, Math.ceil(all.length / searched));
  const sources: Array<{ a: number; column: StringColumn }> = [];
  const remembered: MemoryColumn[] = [];
  candidates.forEach(({ spec, column, strings, values }, b) => {
    const chain: PredictorSpec[] = [];
    let active = all;
    const top = dominating(column, all);
    // Always of the rich kind is not always the same.
    if (top.share < 1 || top.class === spec.vocabulary.length + 1) {
      // Where the first source is absent, another may be there.
      const copies = spec.placeholder || spec.references.length > 0 ? 0 : MAX_COPIES;
      for (let i = 0; i < copies && active.length >= LEAST_COPIED; i++) {
        const copy = findCopy(strings, sources, active);
        if (!copy || copy.open.length === active.length) break;
        if (copy.presence) chain.push(...absences(copy.presence, determinants, column.classes.length, stride));
        chain.push(copy.spec);
        active = copy.open;
      }
      if (chain.length === 0 && spec.rich && spec.references.length === 0) {
        const memory = findMemory(values, remembered, entity.keys);
        if (memory) {
          chain.push(memory.spec);
          active = memory.settled;
        }
      }
    }
    chain.push(...findChain({ target: column, determinants, entity, active, stride }));
    spec.chain = chain;

    if (spec.rich?.kind === 'id' && spec.rich.repeats) remembered.push({ a: b, values });
    if (!spec.placeholder && spec.references.length === 0) sources.push({ a: b, column: strings });
    const views: Determinant[] = [
      { a: b, coarse: false, keys: column.classes, size: column.size, none: column.alien },
      { a: b, coarse: true, keys: column.classes.map((c) => column.coarse[c]), size: 3, none: -1 },
    ];
    for (const view of views) {
      if (view.size > 0.5 * all.length + 3 || !view.keys.some((key) => key !== view.keys[0])) continue;
      const mark = partition(view.keys);
      if (partitions.has(mark)) continue;
      partitions.add(mark);
      determinants.push(view);
    }
  });
}

/** What tells that a copy is absent though its source is there: the rest is told by the exceptions. */
function absences({ rows, gone }: NonNullable<Copy['presence']>, determinants: readonly Determinant[], size: number, stride: number): PredictorSpec[] {
  const classes = new Int32Array(size);
  rows.forEach((row, i) => (classes[row] = 1 - gone[i]));
  const target: RuleColumn = { classes, size: 3, coarse: Uint8Array.of(0, 2, 2), alien: 2 };
  const sample = thin(rows, stride);
  const frequency = Float64Array.of(0, 0, 0);
  for (const row of sample) frequency[classes[row]] += 1 / sample.length;
  let best: Rule | undefined;
  for (const determinant of determinants) {
    const rule = evaluate(determinant, target, sample, frequency);
    if (rule && (!best || rule.gain > best.gain || (rule.gain === best.gain && rule.determinant.size < best.determinant.size))) best = rule;
  }
  if (!best) return [];
  const { a, coarse, keys, none } = best.determinant;
  const all = makeTable(keys, none, target, rows, best.support);
  const table = all.filter((_, i) => all[i - (i % 2) + 1] === 0);
  return table.length > 0 ? [{ rule: 'table', a, coarse, table }] : [];
}

/** Equal for columns that group the rows alike, whatever the groups are called (two 32-bit hashes). */
function partition(keys: Int32Array): string {
  const names = new Map<number, number>();
  let h1 = 0x811c9dc5;
  let h2 = 0x9747b28c;
  for (const key of keys) {
    let name = names.get(key);
    if (name === undefined) names.set(key, (name = names.size));
    h1 = Math.imul(h1 ^ name, 0x01000193);
    h2 = Math.imul(h2 + name + 1, 0x5bd1e995) ^ (h2 >>> 13);
  }
  return `${h1}:${h2}`;
}

/** Whether its values are chosen among known ones, new ones aside. */
const isCategorical = ({ rich, vocabulary }: FieldSpec): boolean => vocabulary.length > 1 && (rich === undefined || rich.kind === 'text' || rich.kind === 'ip');

/** Classes by entity, if the field's values belong to entities: late events hardly ever bring a new pair. */
function findSupport({ classes, size }: RuleColumn, entity: Int32Array, technique: Int32Array): FieldSpec['support'] {
  const split = Math.floor(classes.length * EARLY);
  const pairs = new Set<number>();
  const early = new Set<number>();
  for (let row = 0; row < split; row++) {
    pairs.add(entity[row] * size + classes[row]);
    early.add(entity[row]);
  }
  let late = 0;
  let fresh = 0;
  for (let row = split; row < classes.length; row++) {
    if (!early.has(entity[row])) continue;
    late++;
    if (!pairs.has(entity[row] * size + classes[row])) fresh++;
  }
  if (late < LEAST_LATE_EVENTS || fresh > MAX_LATE_NOVELTY * late) return undefined;
  const support = new Map<number, Set<number>>();
  classes.forEach((c, row) => {
    // What an attack did with an account is not its owner's habit.
    if (technique[row] > 0) return;
    let seen = support.get(entity[row]);
    if (!seen) support.set(entity[row], (seen = new Set()));
    seen.add(c);
  });
  const entities = [...support.keys()].filter((id) => id > 0).sort((x, y) => x - y);
  const attacks = new Map<number, { classes: Set<number>; own: number; events: number }>();
  classes.forEach((c, row) => {
    if (technique[row] === 0) return;
    const entry = attacks.get(technique[row]) ?? { classes: new Set<number>(), own: 0, events: 0 };
    entry.classes.add(c);
    entry.events++;
    if (support.get(entity[row])?.has(c)) entry.own++;
    attacks.set(technique[row], entry);
  });
  const techniques = [...attacks].sort(([x], [y]) => x - y).map(([id, entry]) => ({ technique: id, classes: [...entry.classes].sort((x, y) => x - y), own: entry.own / entry.events }));
  return { entities, classes: entities.map((id) => [...support.get(id)!].sort((x, y) => x - y)), ...(techniques.length > 0 && { techniques }) };
}

/** Coarsest step that all times are multiples of: formats with milliseconds often only hold seconds. */
function timeStep(rows: readonly ScannedRow[]): number {
  return [3_600_000, 60_000, 1000].find((step) => rows.every(({ time }) => time % step === 0)) ?? 1;
}
