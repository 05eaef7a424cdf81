import { quantileSorted } from 'simple-statistics';
import { ABSENT_VALUE, NULL_VALUE, RARE_VALUE } from '../../common';
import type { FieldReport, Histogram } from '../../common';
import type { Rows } from './corpus';
import { countValues, kolmogorovSmirnov, meanOf, normalisedWasserstein, totalVariation } from './distances';
import { gaps, shapeOf, sortedNumbers } from './schema';
import type { Field } from './schema';
import { ABSENT, NULL } from './table';

/** What is compared: rows of one table. */
export interface Sets {
  train: Rows;
  /** Periods of training events like the held-out one. */
  floors: readonly Rows[];
  /** How much later than each of those the held-out period is, ms. */
  shifts: readonly number[];
  heldout: Rows;
  synthetic: Rows;
}

/** A value in fewer than one of a thousand real events is rare. */
const RARE = 1e-3;
const LISTED = 12;
const BINS = 24;

export function fieldReport(field: Field, sets: Sets): FieldReport {
  const [train, heldout, synthetic] = [gaps(field.column, sets.train), gaps(field.column, sets.heldout), gaps(field.column, sets.synthetic)];
  const report: FieldReport = {
    path: field.path,
    kind: field.kind,
    distinct: field.distinct,
    absent: { train: train.absent, heldout: heldout.absent, synthetic: synthetic.absent },
    null: { train: train.null, heldout: heldout.null, synthetic: synthetic.null },
    distance: null,
    floor: null,
  };
  const compare = (measure: (rows: Rows) => number | null) => ({ value: measure(sets.synthetic), floor: meanOf(sets.floors.map(measure)) });
  if (field.numbers !== undefined) {
    const numbers = field.numbers;
    const reference = sortedNumbers(numbers, sets.heldout);
    const distance = compare((rows) => normalisedWasserstein(sortedNumbers(numbers, rows), reference));
    const ks = compare((rows) => kolmogorovSmirnov(sortedNumbers(numbers, rows), reference));
    return {
      ...report,
      distance: distance.value,
      floor: distance.floor,
      ks: ks.value,
      ks_floor: ks.floor,
      histogram: histogram([sortedNumbers(numbers, sets.train), reference, sortedNumbers(numbers, sets.synthetic)], field.kind === 'time' ? 's' : ''),
    };
  }
  if (field.kind === 'id' || field.kind === 'text') {
    const known = new Set(shapes(field, sets.train));
    return { ...report, distance: unknownShapes(field, sets.synthetic, known), floor: unknownShapes(field, sets.heldout, known) };
  }
  const counted = (rows: Rows) => countValues(codes(field, rows));
  const reference = counted(sets.heldout);
  const inTrain = counted(sets.train);
  const { value, floor } = compare((rows) => totalVariation(counted(rows), reference));
  const ofSynthetic = counted(sets.synthetic);
  const none = new Map<number, number>();
  return {
    ...report,
    distance: value,
    floor,
    rare: {
      // A part of training is held against the rest of it.
      train: meanOf(sets.floors.map((rows) => rareShare(counted(rows), inTrain, counted(rows)))) ?? 0,
      heldout: rareShare(reference, inTrain, none),
      synthetic: rareShare(ofSynthetic, inTrain, none),
    },
    values: field.kind === 'constant' ? undefined : listed(field, [inTrain, reference, ofSynthetic]),
  };
}

function codes(field: Field, rows: Rows): Int32Array {
  return rows.map((row) => field.column.at(row));
}

function* shapes(field: Field, rows: Rows): Generator<string> {
  for (const row of rows) {
    const code = field.column.at(row);
    if (code > NULL) yield shapeOf(field.column.values[code], field.kind);
  }
}

function unknownShapes(field: Field, rows: Rows, known: ReadonlySet<string>): number | null {
  let [n, unknown] = [0, 0];
  for (const shape of shapes(field, rows)) {
    n++;
    if (!known.has(shape)) unknown++;
  }
  return n === 0 ? null : unknown / n;
}

/**
 * Share of the events with a value that training has, too, and that fewer than one in a thousand of both together have: what is frequent on either
 * side is not rare. `without`: counts that are taken from training first.
 */
function rareShare(counts: ReadonlyMap<number, number>, inTrain: ReadonlyMap<number, number>, without: ReadonlyMap<number, number>): number {
  const events = total(counts);
  const limit = RARE * (events + total(inTrain) - total(without));
  let rare = 0;
  for (const [code, count] of counts) {
    const before = (inTrain.get(code) ?? 0) - (without.get(code) ?? 0);
    if (code > NULL && before > 0 && before + count < limit) rare += count;
  }
  return events === 0 ? 0 : rare / events;
}

const total = (counts: ReadonlyMap<number, number>) => [...counts.values()].reduce((a, b) => a + b, 0);

function listed(field: Field, [train, heldout, synthetic]: ReadonlyArray<Map<number, number>>) {
  const totals = [train, heldout, synthetic].map((counts) => total(counts) || 1);
  const shares = (code: number) => ({
    train: (train.get(code) ?? 0) / totals[0],
    heldout: (heldout.get(code) ?? 0) / totals[1],
    synthetic: (synthetic.get(code) ?? 0) / totals[2],
  });
  const all = [...new Set([...train.keys(), ...heldout.keys(), ...synthetic.keys()])]
    .map((code) => ({ code, ...shares(code) }))
    .sort((a, b) => Math.max(b.heldout, b.synthetic) - Math.max(a.heldout, a.synthetic) || a.code - b.code);
  const shown = all.filter(({ code }, i) => i < LISTED || code <= NULL);
  const rest = all.filter((value) => !shown.includes(value));
  const values = shown.map(({ code, ...rates }) => ({ value: show(field, code), ...rates }));
  if (rest.length > 0) {
    const add = (key: 'train' | 'heldout' | 'synthetic') => rest.reduce((total, value) => total + value[key], 0);
    values.push({ value: RARE_VALUE, train: add('train'), heldout: add('heldout'), synthetic: add('synthetic') });
  }
  return values;
}

/** Long values are cut: the report is to be looked at. */
function show(field: Field, code: number): string {
  if (code === ABSENT) return ABSENT_VALUE;
  if (code === NULL) return NULL_VALUE;
  const text = String(field.column.values[code]);
  return text.length > 120 ? `${text.slice(0, 119)}…` : text;
}

/** Shares of [train, heldout, synthetic] by value; exponential bins where values spread over decades. Samples in ascending order. */
export function histogram(samples: readonly [Float64Array, Float64Array, Float64Array], unit: string, log?: boolean): Histogram {
  const [train, heldout, synthetic] = samples;
  const filled = samples.filter((sorted) => sorted.length > 0);
  if (filled.length === 0) return { edges: [], train: [], heldout: [], synthetic: [], unit, log: false };
  // The outermost thousandth goes to the outermost bins: one outlier must not flatten the picture.
  const [low, high] = [Math.min(...filled.map((sorted) => at(sorted, 0.001))), Math.max(...filled.map((sorted) => at(sorted, 0.999)))];
  const exponential = log ?? (low >= 0 && high / Math.max(1, low) > 500);
  const whole = filled.every((sorted) => sorted.every(Number.isInteger));
  const edges = exponential ? logEdges(low, high, whole) : linearEdges(low, high, whole);
  const shares = (sorted: Float64Array) => {
    const counts = new Array<number>(edges.length - 1).fill(0);
    for (const value of sorted) {
      let bin = 0;
      while (bin < counts.length - 1 && value >= edges[bin + 1]) bin++;
      counts[bin]++;
    }
    return counts.map((count) => count / Math.max(1, sorted.length));
  };
  return { edges, train: shares(train), heldout: shares(heldout), synthetic: shares(synthetic), unit, log: exponential };
}

const at = (sorted: Float64Array, p: number) => quantileSorted(sorted as unknown as number[], p);

function linearEdges(low: number, high: number, whole: boolean): number[] {
  if (high <= low) return [low, low + 1];
  const width = whole ? Math.max(1, Math.ceil((high - low + 1) / BINS)) : (high - low) / BINS;
  const bins = whole ? Math.ceil((high - low + 1) / width) : BINS;
  return Array.from({ length: bins + 1 }, (_, i) => low + i * width);
}

/** The first bin starts at 0 and ends at 1 (or the lowest value above it); of whole numbers, each small one has a bin of its own. */
function logEdges(low: number, high: number, whole: boolean): number[] {
  const from = Math.max(1, low);
  const to = Math.max(high, from + 1);
  const edges = Array.from({ length: BINS }, (_, i) => from * (to / from) ** (i / (BINS - 1)));
  const round = whole ? [...new Set(edges.map(Math.ceil))] : edges;
  if (whole) round[round.length - 1]++;
  return low < from ? [0, ...round] : round;
}
