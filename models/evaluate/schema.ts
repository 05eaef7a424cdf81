import { parseTime } from '../../common';
import type { FieldReport } from '../../common';
import type { Rows } from './corpus';
import { ABSENT, NULL } from './table';
import type { CellValue, Column, Table } from './table';

/** Numbers with more distinct values than this are compared as numbers, others as categories. */
const NUMBER_DISTINCT = 50;
/** Share of newer events (that have the field) whose value is new, among held-out ones and within training: it makes an id or a text of it. */
const NOVEL = 0.5;
/** Part of training, oldest first, that makes what comes after it new. */
const OLDER = 0.6;
/** Share of values that must read as times, or be numbers. */
const MOSTLY = 0.95;

export type FieldKind = FieldReport['kind'];

export interface Field {
  readonly path: string;
  readonly kind: FieldKind;
  readonly column: Column;
  /** Distinct values in training. */
  readonly distinct: number;
  /** Number, time: per row of the table; NaN where there is none. Times are seconds after the event's own. */
  readonly numbers?: Float64Array;
}

/** How each field of a log type is compared; found in real events alone, so that synthetic ones cannot choose their yardstick. */
export function fieldsOf(table: Table, train: Rows, heldout: Rows, timeField: string): Field[] {
  return table.columns
    .filter(({ path }) => path !== timeField)
    .map((column) => {
      const { distinct, present, absent, known, kind } = decide(column, train, heldout);
      const numbers = kind === 'number' || kind === 'time' ? numbersOf(column, table, kind) : undefined;
      return { path: column.path, kind: known === 0 && present > 0 && distinct === 1 && absent === 0 ? 'constant' : kind, column, distinct, numbers };
    });
}

function decide(column: Column, train: Rows, heldout: Rows) {
  const counts = new Map<number, number>();
  let absent = 0;
  for (const row of train) {
    const code = column.at(row);
    if (code === ABSENT) absent++;
    counts.set(code, (counts.get(code) ?? 0) + 1);
  }
  for (const row of heldout) if (column.at(row) === ABSENT) absent++;
  const split = Math.floor(train.length * OLDER);
  const older = new Set(train.subarray(0, split).map((row) => column.at(row)));
  // Both: held-out events of another kind bring new values of everything.
  const fresh = novelty(column, train.subarray(split), older) > NOVEL && novelty(column, heldout, counts) > NOVEL;
  const codes = [...counts.keys()].filter((code) => code > NULL);
  const present = codes.reduce((sum, code) => sum + counts.get(code)!, 0);
  const nulls = counts.get(NULL) ?? 0;
  return { distinct: codes.length, present, absent, known: nulls, kind: kindOf(column, codes, fresh) };
}

/** Share of the rows with a value that have one which is not known; 1 where none has a value, which denies nothing. */
function novelty(column: Column, rows: Rows, known: { has(code: number): boolean }): number {
  const codes = rows.map((row) => column.at(row)).filter((code) => code > NULL);
  return codes.length === 0 ? 1 : codes.reduce((count, code) => count + (known.has(code) ? 0 : 1), 0) / codes.length;
}

function kindOf(column: Column, codes: readonly number[], fresh: boolean): FieldKind {
  const values = codes.map((code) => column.values[code]);
  const share = (accepts: (value: CellValue) => boolean) => values.filter(accepts).length / values.length;
  if (values.length > 1 && share((value) => typeof value === 'string' && looksLikeTime(value)) >= MOSTLY) return 'time';
  if (values.length > NUMBER_DISTINCT && share((value) => typeof value === 'number') >= MOSTLY) return 'number';
  if (fresh && values.length > 10) return share((value) => /\s/.test(String(value))) > 0.5 ? 'text' : 'id';
  return 'categorical';
}

/** Only what is written as a date: a bare number is a number. */
const looksLikeTime = (value: string) => /\D/.test(value) && parseTime(value) !== undefined;

function numbersOf(column: Column, table: Table, kind: 'number' | 'time'): Float64Array {
  const parsed = Float64Array.from(column.values, (value) => (kind === 'number' ? (typeof value === 'number' ? value : NaN) : (parseTime(value as string) ?? NaN)));
  const numbers = new Float64Array(table.rows);
  for (let row = 0; row < table.rows; row++) {
    const code = column.at(row);
    const value = code > NULL ? parsed[code] : NaN;
    numbers[row] = kind === 'time' ? (value - table.time[row]) / 1000 : value;
  }
  return numbers;
}

/** Ascending; without the rows that have none. */
export function sortedNumbers(numbers: Float64Array, rows: Rows): Float64Array {
  const present: number[] = [];
  for (const row of rows) if (!Number.isNaN(numbers[row])) present.push(numbers[row]);
  return Float64Array.from(present).sort();
}

/** What an id looks like: its runs of letters and digits by class and length, what stands between them as it is. */
export function shapeOf(value: CellValue, kind: FieldKind): string {
  const text = String(value);
  if (kind === 'text') return text.replace(/\d+/g, '9').replace(/[\p{L}]+/gu, 'a');
  return text.replace(/[A-Za-z0-9]+/g, (run) => `${/[A-Z]/.test(run) ? 'A' : ''}${/[a-z]/.test(run) ? 'a' : ''}${/\d/.test(run) ? '9' : ''}${run.length}`);
}

/** Shares of rows without the field, and with a null. */
export function gaps(column: Column, rows: Rows): { absent: number; null: number } {
  let [absent, nulls] = [0, 0];
  for (const row of rows) {
    const code = column.at(row);
    if (code === ABSENT) absent++;
    else if (code === NULL) nulls++;
  }
  const n = Math.max(1, rows.length);
  return { absent: absent / n, null: nulls / n };
}
