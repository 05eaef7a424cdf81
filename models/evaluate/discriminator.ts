import { quantileSorted } from 'simple-statistics';
import type { LogTypeReport } from '../../common';
import { blocksOf } from './blocks';
import { BoostedTrees } from './boosting';
import type { Feature } from './boosting';
import type { Rows } from './corpus';
import { countValues, meanOf, roc } from './distances';
import type { Sets } from './field_report';
import { sample, seeded, shuffle } from './random';
import { sortedNumbers } from './schema';
import type { Field } from './schema';
import { hourOf, weekdayOf } from './streams';
import type { Table } from './table';

const FOLDS = 4;
/** Real and as many synthetic events at most. */
const MAX_ROWS = 5_000;
const MIN_ROWS = 50;
/** Training periods told from the held-out one, for the floor: a classifier is the dearest of the measures. */
const FLOORS = 2;
const LISTED = 15;
/** Blocks of events, at least: a fold must have some of both. */
const MIN_BLOCKS = 5 * FOLDS;
/** A feature whose AUC by itself is this much above a guess changes from one real period to another; with few blocks of events, twice what chance does. */
const ALONE = 0.03;
/** Events of each kind that a bin is thought to have beside its own. */
const PRIOR = 2;

/** What an event's stream says of it, per row of the table: the gap before it (s; NaN for the first) and what came before. */
export interface StreamContext {
  gap: Float64Array;
  /** Code of the action before; -1 for the first. */
  previous: Int32Array;
}

/**
 * Can a classifier tell synthetic from held-out real events of one log type? Features: every field with something to say,
 * hour, weekday, the gap to the entity's last event and its action. Cross-validated by blocks of an entity's events. Undefined
 * where there are too few events or blocks.
 *
 * Real events of one period can be told from those of another as well, by what changed in between; `steady` leaves those
 * features out. Which they are is found in real events alone.
 */
export function discriminate(fields: readonly Field[], table: Table, context: StreamContext, sets: Sets, seed: number): Discriminated | undefined {
  const random = seeded(seed);
  const real = sample(sets.heldout, MAX_ROWS, random);
  const synthetic = sample(sets.synthetic, MAX_ROWS, random);
  if (real.length < MIN_ROWS || synthetic.length < MIN_ROWS) return undefined;
  const task = (other: Rows, shift: number) => taskOf(fields, table, context, real, other, shift, seed);
  const ours = task(synthetic, 0);
  if (ours === undefined) return undefined;
  const found = classify(ours, seed, true);
  const floors = sets.floors
    .map((rows, i) => ({ rows, shift: sets.shifts[i] }))
    .filter(({ rows }) => rows.length >= MIN_ROWS)
    .slice(0, FLOORS)
    .flatMap(({ rows, shift }) => task(sample(rows, MAX_ROWS, random), shift) ?? []);
  const alone = new Map<string, number[]>();
  for (const floor of floors) for (const feature of floor.features) (alone.get(feature.name) ?? alone.set(feature.name, []).get(feature.name)!).push(aucAlone(feature, floor));
  const chance = Math.sqrt(1 / (6 * ours.blocks));
  const changing = new Set([...alone].filter(([, aucs]) => meanOf(aucs)! > 0.5 + Math.max(ALONE, 2 * chance)).map(([name]) => name));
  const without = (of: Task): Task => ({ ...of, features: of.features.filter(({ name }) => !changing.has(name)) });
  const auc = (of: Task) => classify(of, seed, false).auc;
  return {
    blocks: ours.blocks,
    report: {
      auc: found.auc,
      floor: meanOf(floors.map(auc)),
      steady: floors.length === 0 ? undefined : { auc: auc(without(ours)), floor: meanOf(floors.map((floor) => auc(without(floor)))), changing: [...changing].sort() },
      roc: found.curve,
      importance: found.importance,
    },
  };
}

export interface Discriminated {
  /** Blocks of events that the folds were made of. */
  blocks: number;
  report: NonNullable<LogTypeReport['discriminator']>;
}

/** Two samples to be told apart: label 0 for the first `negatives` rows, 1 for the others. */
interface Task {
  features: Feature[];
  labels: Uint8Array;
  negatives: number;
  folds: Uint8Array;
  blocks: number;
}

function taskOf(fields: readonly Field[], table: Table, context: StreamContext, real: Rows, other: Rows, shift: number, seed: number): Task | undefined {
  const rows = Int32Array.from([...real, ...other]);
  // Laid over each other, so that the same day of both is in one fold: apart, the one would teach the contrary of the other.
  const shifts = new Float64Array(rows.length).fill(shift, real.length);
  const blocks = blocksOf(table, rows, MIN_BLOCKS, shifts);
  if (blocks === undefined) return undefined;
  const order = shuffle(Int32Array.from({ length: blocks.count }, (_, i) => i), seeded(seed));
  return {
    features: featuresOf(fields, table, context, rows, shifts),
    labels: new Uint8Array(rows.length).fill(1, real.length),
    negatives: real.length,
    folds: Uint8Array.from(blocks.block, (block) => order[block] % FOLDS),
    blocks: blocks.count,
  };
}

function classify({ features, labels, negatives, folds }: Task, seed: number, explain: boolean) {
  const random = seeded(seed);
  const scores = new Float64Array(labels.length);
  const shuffled = features.map(() => new Float64Array(explain ? labels.length : 0));
  const indices = Int32Array.from(labels.keys());
  for (let fold = 0; fold < FOLDS; fold++) {
    const held = indices.filter((i) => folds[i] === fold);
    const trees = BoostedTrees.fit(features, labels, indices.filter((i) => folds[i] !== fold));
    // Less the odds of the other folds: those are the lower, the more of label 1 this fold has.
    const score = (of: readonly Feature[], i: number) => trees.score(of, i) - trees.base;
    for (const i of held) scores[i] = score(features, i);
    if (!explain) continue;
    const used = trees.used();
    features.forEach((feature, f) => {
      if (!used.has(f)) {
        for (const i of held) shuffled[f][i] = scores[i];
        return;
      }
      const mixed = shuffle(Int32Array.from(held), random);
      const bins = Uint8Array.from(feature.bins);
      held.forEach((i, at) => (bins[i] = feature.bins[mixed[at]]));
      const changed = features.map((other, at) => (at === f ? { ...feature, bins } : other));
      for (const i of held) shuffled[f][i] = score(changed, i);
    });
  }
  const split = (values: Float64Array) => roc(values.subarray(negatives), values.subarray(0, negatives));
  const { auc, curve } = split(scores);
  const importance = !explain
    ? []
    : features
        .map(({ name }, f) => ({ feature: name, importance: auc! - split(shuffled[f]).auc! }))
        .sort((a, b) => b.importance - a.importance)
        .slice(0, LISTED);
  return { auc, curve, importance };
}

/** How well the feature by itself tells the two apart: each row scored by the share of label 1 in its bin, in the other folds. */
function aucAlone({ bins, size }: Feature, { labels, negatives, folds }: Task): number {
  const of = Array.from({ length: FOLDS }, () => [new Float64Array(size), new Float64Array(size)]);
  const all = [new Float64Array(size), new Float64Array(size)];
  bins.forEach((bin, i) => {
    of[folds[i]][labels[i]][bin]++;
    all[labels[i]][bin]++;
  });
  const score = (i: number) => {
    const [zero, one] = [0, 1].map((label) => all[label][bins[i]] - of[folds[i]][label][bins[i]]);
    return (one + PRIOR) / (zero + one + 2 * PRIOR);
  };
  const scores = Float64Array.from(bins, (_, i) => score(i));
  return roc(scores.subarray(negatives), scores.subarray(0, negatives)).auc!;
}

function featuresOf(fields: readonly Field[], table: Table, { gap, previous }: StreamContext, rows: Rows, shifts: Float64Array): Feature[] {
  const time = (row: number, i: number) => table.time[row] + shifts[i];
  const features: Feature[] = [];
  for (const { path, kind, column, numbers } of fields) {
    if (kind === 'categorical') features.push(categories(path, rows.map((row) => column.at(row))));
    else if (numbers !== undefined) features.push(quantiles(path, numbers, rows));
  }
  features.push(
    categories('entity', rows.map((row) => table.entity[row])),
    { name: 'hour of the day', bins: Uint8Array.from(rows, (row, i) => hourOf(time(row, i))), size: 24, categorical: false },
    { name: 'weekday', bins: Uint8Array.from(rows, (row, i) => weekdayOf(time(row, i))), size: 7, categorical: true },
    quantiles('time since the last event', gap, rows),
    categories('action before', rows.map((row) => previous[row]))
  );
  return features.filter(({ bins }) => bins.some((bin) => bin !== bins[0]));
}

/** Bins by frequency in both samples together: neither is the yardstick. */
function categories(name: string, codes: Int32Array): Feature {
  const bin = new Map([...countValues(codes)].sort((a, b) => b[1] - a[1] || a[0] - b[0]).slice(0, 255).map(([code], i) => [code, i]));
  // Fewer bins, less to look through at every node.
  const size = Math.min(256, bin.size + 1);
  return { name, bins: Uint8Array.from(codes, (code) => bin.get(code) ?? 255), size, categorical: true };
}

/** Bin 0 is "none", the others hold equal shares. */
function quantiles(name: string, numbers: Float64Array, rows: Rows): Feature {
  const sorted = sortedNumbers(numbers, rows);
  const edges = sorted.length === 0 ? [] : [...new Set(Array.from({ length: 62 }, (_, i) => quantileSorted(sorted as unknown as number[], (i + 1) / 63)))];
  const bins = Uint8Array.from(rows, (row) => {
    const value = numbers[row];
    if (Number.isNaN(value)) return 0;
    let [low, high] = [0, edges.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (edges[middle] < value) low = middle + 1;
      else high = middle;
    }
    return low + 1;
  });
  return { name, bins, size: edges.length + 2, categorical: false };
}
