import type { Json, LogEvent } from '../../common';

/** Arrays of objects are taken apart by index up to here; the rest of a longer one is left out. */
const MAX_ITEMS = 8;

export type CellValue = string | number | boolean;
/** Codes of what is no value; values start at 2. */
export const ABSENT = 0;
export const NULL = 1;

/** One leaf path of a log type: a code per row, and what the codes stand for. */
export class Column {
  codes: Int32Array;
  /** `values[code]`; the first two are unused. Numbers and strings stay apart: `1` is not `"1"`. */
  readonly values: CellValue[] = ['', ''];
  private readonly codeOf = new Map<CellValue, number>();

  constructor(
    readonly path: string,
    capacity: number
  ) {
    this.codes = new Int32Array(capacity);
  }

  set(row: number, value: CellValue | null): void {
    if (row >= this.codes.length) this.codes = grown(this.codes, row + 1);
    this.codes[row] = value === null ? NULL : this.encode(value);
  }

  at(row: number): number {
    return row < this.codes.length ? this.codes[row] : ABSENT;
  }

  private encode(value: CellValue): number {
    let code = this.codeOf.get(value);
    if (code === undefined) {
      code = this.values.length;
      this.values.push(value);
      this.codeOf.set(value, code);
    }
    return code;
  }
}

interface Node {
  path: string;
  keys: Map<string, Node>;
  items: Node[];
  column?: Column;
}

/** The events of one log type, column by column; real and synthetic events share the codes of their values. */
export class Table {
  readonly columns: Column[] = [];
  rows = 0;
  /** ms, and index of the entity in the corpus, per row. */
  readonly time: number[] = [];
  readonly entity: number[] = [];
  private readonly root: Node = { path: '', keys: new Map(), items: [] };

  constructor(readonly logType: string) {}

  /** Takes an event apart into its leaves. Returns its row. */
  add(event: LogEvent, time: number, entity: number): number {
    const row = this.rows++;
    this.time.push(time);
    this.entity.push(entity);
    for (const key of Object.keys(event)) this.visit(this.child(this.root, key), event[key], row);
    return row;
  }

  private visit(node: Node, value: Json, row: number): void {
    if (value !== null && typeof value === 'object') {
      if (!Array.isArray(value)) {
        const keys = Object.keys(value);
        if (keys.length === 0) return this.leaf(node, '{}', row);
        for (const key of keys) this.visit(this.child(node, key), value[key], row);
        return;
      }
      // A list of values is one value: which are in it, in which order.
      if (!value.some((item) => item !== null && typeof item === 'object' && !Array.isArray(item))) return this.leaf(node, JSON.stringify(value), row);
      for (let i = 0; i < Math.min(value.length, MAX_ITEMS); i++) {
        const item = (node.items[i] ??= { path: `${node.path}[${i}]`, keys: new Map(), items: [] });
        this.visit(item, value[i], row);
      }
      return;
    }
    this.leaf(node, value, row);
  }

  private leaf(node: Node, value: CellValue | null, row: number): void {
    if (node.column === undefined) this.columns.push((node.column = new Column(node.path, Math.max(1024, row * 2))));
    node.column.set(row, value);
  }

  private child(node: Node, key: string): Node {
    let next = node.keys.get(key);
    if (next === undefined) node.keys.set(key, (next = { path: node.path === '' ? key : `${node.path}.${key}`, keys: new Map(), items: [] }));
    return next;
  }
}

function grown(array: Int32Array, least: number): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(Math.max(least, array.length * 2));
  larger.set(array);
  return larger;
}
