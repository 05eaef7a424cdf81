import type { Leaf } from '../leaf';
import { canHide, hideReferences, MAX_REFERENCES, referenceText } from '../placeholder';
import { ValueTable, type ScannedRow, type ScannedType } from './scan';

/** Strings with fewer different values are categories; templates would gain nothing. */
const LEAST_VALUES = 20;
const SAMPLE_ROWS = 600;
/** Templates must bring the number of different strings down to this share. */
const GAIN = 0.6;
const LEAST_HITS = 3;
const MAX_LENGTH = 2000;

/**
 * Finds strings that are put together from other fields of the event (`{bucketName=logs, key=a.txt}` beside `bucketName` and
 * `key`) and replaces the parts by placeholders. Returns the paths that each path refers to; a path refers only to shorter ones, so there are no
 * circles.
 */
export function findReferences(type: ScannedType): number[][] {
  const lengths = type.paths.map(({ table }) => {
    const sample = table.values.slice(0, 200);
    return sample.reduce((sum: number, leaf) => sum + (typeof leaf === 'string' ? leaf.length : String(leaf === null ? '' : leaf.toString()).length), 0) / Math.max(1, sample.length);
  });
  const references = type.paths.map((): number[] => []);
  const holders = type.paths.flatMap(({ table, placeholder }, p) => {
    const texts = table.values.filter((leaf) => typeof leaf === 'string').length;
    return texts >= LEAST_VALUES && lengths[p] >= 8 && lengths[p] <= MAX_LENGTH && !placeholder ? [p] : [];
  });
  const sampled = sampleRows(type, holders);
  for (const p of holders) {
    const chosen = chooseReferences(type, p, sampled.get(p) ?? [], lengths);
    if (chosen.length > 0) references[p] = chosen;
  }
  rewrite(type, references);
  return references;
}

/** Rows that have each path, evenly over time. */
function sampleRows(type: ScannedType, holders: readonly number[]): Map<number, ScannedRow[]> {
  const wanted = new Map(holders.map((p) => [p, Math.max(1, Math.floor(type.paths[p].present / SAMPLE_ROWS))]));
  const seen = new Map<number, number>();
  const sampled = new Map<number, ScannedRow[]>(holders.map((p) => [p, []]));
  for (const row of type.rows) {
    for (let i = 0; i < row.cells.length; i += 2) {
      const stride = wanted.get(row.cells[i]);
      if (stride === undefined) continue;
      const n = seen.get(row.cells[i]) ?? 0;
      seen.set(row.cells[i], n + 1);
      if (n % stride === 0) sampled.get(row.cells[i])!.push(row);
    }
  }
  return sampled;
}

function chooseReferences(type: ScannedType, p: number, rows: readonly ScannedRow[], lengths: readonly number[]): number[] {
  const hits = new Map<number, number>();
  const together = new Map<number, number>();
  const view = new RowView(type.paths.map(({ table }) => table));
  for (const row of rows) {
    view.show(row);
    const text = view.leaf(p);
    if (typeof text !== 'string') continue;
    for (let i = 0; i < row.cells.length; i += 2) {
      const a = row.cells[i];
      if (a === p || lengths[a] >= lengths[p] || type.paths[a].placeholder || type.paths[a].table.values.length < 3) continue;
      const part = referenceText(type.paths[a].table.values[row.cells[i + 1]]);
      together.set(a, (together.get(a) ?? 0) + 1);
      if (part !== undefined && part !== text && text.includes(part)) hits.set(a, (hits.get(a) ?? 0) + 1);
    }
  }
  const chosen = [...hits]
    .filter(([a, n]) => n >= LEAST_HITS && n >= 0.3 * together.get(a)!)
    .sort(([a, n], [b, m]) => m - n || a - b)
    .slice(0, MAX_REFERENCES)
    .map(([a]) => a)
    // Long parts first, so that a part inside a part does not break it up.
    .sort((a, b) => lengths[b] - lengths[a] || a - b);
  if (chosen.length === 0) return [];
  const raw = new Set<Leaf>();
  const hidden = new Set<string>();
  for (const row of rows) {
    view.show(row);
    const text = view.leaf(p);
    if (typeof text !== 'string') continue;
    raw.add(text);
    hidden.add(view.hide(text, chosen));
  }
  return hidden.size <= GAIN * raw.size ? chosen : [];
}

function rewrite(type: ScannedType, references: readonly number[][]): void {
  if (references.every((list) => list.length === 0)) return;
  const before = type.paths.map(({ table }) => table);
  const view = new RowView(before);
  references.forEach((list, p) => {
    if (list.length > 0) type.paths[p].table = new ValueTable();
  });
  for (const row of type.rows) {
    view.show(row);
    const cells = Int32Array.from(row.cells);
    for (let i = 0; i < cells.length; i += 2) {
      const p = cells[i];
      if (references[p].length === 0) continue;
      const leaf = before[p].values[row.cells[i + 1]];
      cells[i + 1] = type.paths[p].table.add(typeof leaf === 'string' ? view.hide(leaf, references[p]) : leaf, row.time);
    }
    row.cells = cells;
  }
}

/** Value ids of one row at a time, by path. */
class RowView {
  private readonly ids: Int32Array;
  private cells: Int32Array = new Int32Array(0);

  constructor(private readonly tables: readonly ValueTable[]) {
    this.ids = new Int32Array(tables.length).fill(-1);
  }

  show({ cells }: ScannedRow): void {
    for (let i = 0; i < this.cells.length; i += 2) this.ids[this.cells[i]] = -1;
    this.cells = cells;
    for (let i = 0; i < cells.length; i += 2) this.ids[cells[i]] = cells[i + 1];
  }

  leaf(p: number): Leaf | undefined {
    return this.ids[p] < 0 ? undefined : this.tables[p].values[this.ids[p]];
  }

  hide(text: string, references: readonly number[]): string {
    if (!canHide(text)) return text;
    return hideReferences(
      text,
      references.map((a) => referenceText(this.leaf(a)))
    );
  }
}
