import { quantileSorted } from 'simple-statistics';
import type { LogTypeReport } from '../../common';
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
const DAY = 86_400_000;

/** What an event's stream says of it, per row of the table: the gap before it (s; NaN for the first) and what came before. */
export interface StreamContext {
  gap: Float64Array;
  /** Code of the action before; -1 for the first. */
  previous: Int32Array;
}

/**
 * Can a classifier tell synthetic from held-out real events of one log type? Features: every field with something to say,
 * hour, weekday, the gap to the entity's last event and its action. Cross-validated by entity and day: the events of one
 * session are alike, and would give each other away across folds.
 */
export function discriminate(fields: readonly Field[], table: Table, context: StreamContext, sets: Sets, seed: number): LogTypeReport['discriminator'] {
  const random = seeded(seed);
  const real = sample(sets.heldout, MAX_ROWS, random);
  const synthetic = sample(sets.synthetic, MAX_ROWS, random);
  if (real.length < MIN_ROWS || synthetic.length < MIN_ROWS) return undefined;
  const { auc, curve, importance } = classify(fields, table, context, real, synthetic, seed, true);
  const floors = sets.floors.filter((rows) => rows.length >= MIN_ROWS).slice(0, FLOORS);
  const floor = meanOf(floors.map((rows) => classify(fields, table, context, real, sample(rows, MAX_ROWS, random), seed, false).auc));
  return { auc, floor, roc: curve, importance };
}

function classify(fields: readonly Field[], table: Table, context: StreamContext, real: Rows, other: Rows, seed: number, explain: boolean) {
  const random = seeded(seed);
  const rows = Int32Array.from([...real, ...other]);
  const labels = new Uint8Array(rows.length).fill(1, real.length);
  const features = featuresOf(fields, table, context, rows);
  const folds = foldsOf(table, rows, random);
  const scores = new Float64Array(rows.length);
  const shuffled = features.map(() => new Float64Array(explain ? rows.length : 0));
  for (let fold = 0; fold < FOLDS; fold++) {
    const indices = Int32Array.from(rows.keys());
    const held = indices.filter((i) => folds[i] === fold);
    const trees = BoostedTrees.fit(features, labels, indices.filter((i) => folds[i] !== fold));
    for (const i of held) scores[i] = trees.score(features, i);
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
      for (const i of held) shuffled[f][i] = trees.score(changed, i);
    });
  }
  const split = (values: Float64Array) => roc(values.subarray(real.length), values.subarray(0, real.length));
  const { auc, curve } = split(scores);
  const importance = !explain
    ? []
    : features
        .map(({ name }, f) => ({ feature: name, importance: auc! - split(shuffled[f]).auc! }))
        .sort((a, b) => b.importance - a.importance)
        .slice(0, LISTED);
  return { auc, curve, importance };
}

/** Whole entity-days, so that no session is on both sides. */
function foldsOf(table: Table, rows: Rows, random: () => number): Uint8Array {
  const fold = new Map<string, number>();
  return Uint8Array.from(rows, (row) => {
    const key = `${table.entity[row]}/${Math.floor(table.time[row] / DAY)}`;
    let found = fold.get(key);
    if (found === undefined) fold.set(key, (found = Math.floor(random() * FOLDS)));
    return found;
  });
}

function featuresOf(fields: readonly Field[], table: Table, { gap, previous }: StreamContext, rows: Rows): Feature[] {
  const features: Feature[] = [];
  for (const { path, kind, column, numbers } of fields) {
    if (kind === 'categorical') features.push(categories(path, rows.map((row) => column.at(row))));
    else if (numbers !== undefined) features.push(quantiles(path, numbers, rows));
  }
  features.push(
    categories('entity', rows.map((row) => table.entity[row])),
    { name: 'hour of the day', bins: Uint8Array.from(rows, (row) => hourOf(table.time[row])), size: 24, categorical: false },
    { name: 'weekday', bins: Uint8Array.from(rows, (row) => weekdayOf(table.time[row])), size: 7, categorical: true },
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
