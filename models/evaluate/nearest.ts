import type { Rows } from './corpus';
import type { Field } from './schema';

/** Values of an event that make it what it is: no ids, no times. Numbers stand as their rank among the training events, 0-1. */
export class Records {
  private readonly categorical: readonly Field[];
  private readonly ranks: ReadonlyArray<Float64Array>;
  /** Fields compared. */
  readonly width: number;

  constructor(fields: readonly Field[], train: Rows) {
    this.categorical = fields.filter(({ kind }) => kind === 'categorical');
    this.ranks = fields.filter(({ kind }) => kind === 'number').map(({ numbers }) => ranksOf(numbers!, train));
    this.width = this.categorical.length + this.ranks.length;
  }

  /** Equal for events that are the same in all categorical fields. */
  key(row: number): string {
    return this.categorical.map(({ column }) => column.at(row)).join();
  }

  pack(rows: Rows): { codes: Int32Array; ranks: Float64Array; rows: number } {
    const [c, r] = [this.categorical.length, this.ranks.length];
    const codes = new Int32Array(rows.length * c);
    const ranks = new Float64Array(rows.length * r);
    rows.forEach((row, i) => {
      for (let f = 0; f < c; f++) codes[i * c + f] = this.categorical[f].column.at(row);
      for (let f = 0; f < r; f++) ranks[i * r + f] = this.ranks[f][row];
    });
    return { codes, ranks, rows: rows.length };
  }
}

/** Rank of a number among the training events, 0-1; -1 where there is none, so that it differs from any by 1 or more. */
function ranksOf(numbers: Float64Array, train: Rows): Float64Array {
  const sorted = Float64Array.from(train, (row) => numbers[row]).filter((value) => !Number.isNaN(value)).sort();
  return numbers.map((value) => {
    if (Number.isNaN(value)) return -1;
    let [low, high] = [0, sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sorted[middle] < value) low = middle + 1;
      else high = middle;
    }
    return sorted.length === 0 ? 0 : low / sorted.length;
  });
}

/** Distance of each event to the nearest of `others`: the share of fields that differ, numbers by the difference of their ranks. */
export function nearestDistances(records: Records, rows: Rows, others: Rows): Float64Array {
  const [mine, theirs] = [records.pack(rows), records.pack(others)];
  const width = Math.max(1, records.width);
  const c = rows.length === 0 ? 0 : mine.codes.length / rows.length;
  const r = rows.length === 0 ? 0 : mine.ranks.length / rows.length;
  const result = new Float64Array(rows.length).fill(1);
  for (let i = 0; i < rows.length; i++) {
    let best = Infinity;
    for (let j = 0; j < others.length && best > 0; j++) {
      let distance = 0;
      for (let f = 0; f < c && distance < best; f++) if (mine.codes[i * c + f] !== theirs.codes[j * c + f]) distance++;
      for (let f = 0; f < r && distance < best; f++) distance += Math.min(1, Math.abs(mine.ranks[i * r + f] - theirs.ranks[j * r + f]));
      if (distance < best) best = distance;
    }
    if (best < Infinity) result[i] = best / width;
  }
  return result;
}

/** Of how many rows the nearest training event is nearer than the nearest held-out one; ties count half. */
export function closestRecord(toTrain: Float64Array, toHeldout: Float64Array): { train: number; heldout: number; ties: number } {
  let [train, heldout, ties] = [0, 0, 0];
  for (let i = 0; i < toTrain.length; i++) {
    if (toTrain[i] < toHeldout[i]) train++;
    else if (toTrain[i] > toHeldout[i]) heldout++;
    else ties++;
  }
  const n = Math.max(1, toTrain.length);
  return { train: train / n, heldout: heldout / n, ties: ties / n };
}
