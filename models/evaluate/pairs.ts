import type { PairReport } from '../../common';
import { countValues, cramersV, meanOf, totalVariation } from './distances';
import type { Sets } from './field_report';
import type { Rows } from './corpus';
import type { Field } from './schema';

/** Values told apart in a pair, the most frequent of training; the others count as one. */
const TOP = 40;
/** Fields paired with each other: those with the most to say. */
const MAX_FIELDS = 20;

/** A field, or what follows from it (the hour of the day), with small codes. */
export interface PairColumn {
  name: string;
  code(row: number): number;
}

/** The fields worth pairing: at least two values, the rarest of them no accident; the most evenly spread first. */
export function pairColumns(fields: readonly Field[], train: Rows): PairColumn[] {
  return fields
    .filter(({ kind }) => kind === 'categorical')
    .map((field) => {
      const counts = countValues(train.map((row) => field.column.at(row)));
      const entropy = [...counts.values()].reduce((sum, count) => sum - (count / train.length) * Math.log(count / train.length), 0);
      return { field, counts, entropy };
    })
    .filter(({ counts, entropy }) => counts.size > 1 && entropy > 0.05)
    .sort((a, b) => b.entropy - a.entropy)
    .slice(0, MAX_FIELDS)
    .map(({ field, counts }) => top(field.path, (row) => field.column.at(row), counts));
}

/** The most frequent values keep a code from 1; the rest share 0. */
export function top(name: string, codeOf: (row: number) => number, counts: ReadonlyMap<number, number>): PairColumn {
  const order = [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0]).slice(0, TOP);
  const small = new Map(order.map(([code], i) => [code, i + 1]));
  return { name, code: (row) => small.get(codeOf(row)) ?? 0 };
}

const COLUMNS = TOP + 1;

export function pairReports(columns: readonly PairColumn[], sets: Sets): PairReport[] {
  const all = [sets.train, sets.heldout, sets.synthetic, ...sets.floors];
  // Codes once per column and set: there are many pairs.
  const coded = columns.map((column) => all.map((rows) => Uint8Array.from(rows, column.code)));
  const reports: PairReport[] = [];
  for (let a = 0; a < columns.length; a++) {
    for (let b = a + 1; b < columns.length; b++) {
      const cells = all.map((_, set) => jointCounts(coded[a][set], coded[b][set]));
      const v = cells.map((counts) => cramersV(counts, COLUMNS));
      const difference = (set: number) => (v[set] === null || v[1] === null ? null : Math.abs(v[set] - v[1]));
      const floors = sets.floors.map((_, i) => i + 3);
      reports.push({
        a: columns[a].name,
        b: columns[b].name,
        cramers_v: { train: v[0], heldout: v[1], synthetic: v[2] },
        difference: difference(2),
        floor: meanOf(floors.map(difference)),
        joint_distance: totalVariation(cells[2], cells[1]),
        joint_floor: meanOf(floors.map((set) => totalVariation(cells[set], cells[1]))),
      });
    }
  }
  return reports;
}

function jointCounts(a: Uint8Array, b: Uint8Array): Map<number, number> {
  const dense = new Int32Array(COLUMNS * COLUMNS);
  for (let i = 0; i < a.length; i++) dense[a[i] * COLUMNS + b[i]]++;
  const counts = new Map<number, number>();
  dense.forEach((count, key) => {
    if (count > 0) counts.set(key, count);
  });
  return counts;
}
