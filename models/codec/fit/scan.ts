import { ABSENT, leafKey, type Leaf } from '../leaf';
import { encodePath, growTree, newNode, type Path } from '../flatten';
import { canHide, hideName } from '../placeholder';
import type { ShapeFinder } from '../shapes';
import type { PreparedEvent } from '../types';

/** The values of one path, numbered in first-seen order. */
export class ValueTable {
  readonly values: Leaf[] = [];
  readonly counts: number[] = [];
  /** Times of the first and the last event with the value, ms. */
  readonly first: number[] = [];
  readonly last: number[] = [];
  private readonly ids = new Map<unknown, number>();

  add(leaf: Leaf, time: number): number {
    const key = leafKey(leaf);
    let id = this.ids.get(key);
    if (id === undefined) {
      id = this.values.push(leaf) - 1;
      this.ids.set(key, id);
      this.counts.push(1);
      this.first.push(time);
      this.last.push(time);
      return id;
    }
    this.counts[id]++;
    if (time < this.first[id]) this.first[id] = time;
    if (time > this.last[id]) this.last[id] = time;
    return id;
  }
}

export interface ScannedPath {
  path: Path;
  table: ValueTable;
  /** Events that have it. */
  present: number;
  /** The entity's name inside strings is a placeholder. */
  placeholder: boolean;
}

/** One event: pairs of path and value id. */
export interface ScannedRow {
  cells: Int32Array;
  entity: number;
  technique: number;
  time: number;
}

export interface ScannedType {
  name: string;
  shape: number;
  paths: ScannedPath[];
  /** In time order over all entities. */
  rows: ScannedRow[];
}

/** Paths of one log type beyond this many are left to the escape; the most frequent stay. */
const MAX_PATHS = 2000;
/** From so many paths on, one that a single event has is left to the escape as well. */
const MANY_PATHS = 1200;
/** A placeholder must bring the number of distinct strings with the name down to this share. */
const PLACEHOLDER_GAIN = 0.7;

interface Naming {
  raw: Set<string>;
  hidden: Set<string>;
}

/** Whether a dotted path, as a person writes it, is this one. */
export const isPath = (path: ScannedPath['path'], dotted: string): boolean => encodePath(path) === dotted || path.join('.') === dotted;

/** Reads all events once: paths in first-seen order, their values, and which values each event has; the shapes of a log type apart. */
export function scan(
  streams: readonly PreparedEvent[][],
  entityIds: ReadonlyMap<string, number>,
  techniqueIds: ReadonlyMap<string, number>,
  shapes: ReadonlyMap<string, ShapeFinder>,
  entityFields: readonly string[]
): ScannedType[] {
  const types = new Map<string, ScannedType & { tree: ReturnType<typeof newNode>; naming: Naming[] }>();
  for (const stream of streams) {
    for (const { event, logType, entity, time, technique } of stream) {
      const shape = shapes.get(logType)?.find(event) ?? 0;
      const key = `${logType}\u0000${shape}`;
      let type = types.get(key);
      if (!type) types.set(key, (type = { name: logType, shape, paths: [], rows: [], tree: newNode(), naming: [] }));
      const { paths, naming } = type;
      const cells: number[] = [];
      growTree(
        type.tree,
        event,
        (path) => {
          naming.push({ raw: new Set(), hidden: new Set() });
          return paths.push({ path, table: new ValueTable(), present: 0, placeholder: false }) - 1;
        },
        (leaf, value) => {
          paths[leaf].present++;
          cells.push(leaf, paths[leaf].table.add(value, time));
          if (typeof value === 'string' && entity.length >= 3 && value.length <= 4096) {
            const hidden = canHide(value) ? hideName(value, entity) : value;
            if (hidden !== value) {
              naming[leaf].raw.add(value);
              naming[leaf].hidden.add(hidden);
            }
          }
        }
      );
      type.rows.push({ cells: Int32Array.from(cells), entity: entityIds.get(entity) ?? 0, technique: techniqueIds.get(technique ?? '') ?? 0, time });
    }
  }
  const nameOf = new Map([...entityIds].map(([name, id]) => [id, name]));
  return [...types.values()]
    .sort((a, b) => (a.name === b.name ? a.shape - b.shape : a.name < b.name ? -1 : 1))
    .map(({ name, shape, paths, rows, naming }) => {
      rows.sort((a, b) => a.time - b.time);
      // Where the entity is read from, its name is never somebody else's, however little there is to gain.
      const names = paths.map(({ path }) => entityFields.some((field) => isPath(path, field)));
      const usePlaceholder = naming.map(({ raw, hidden }, p) => raw.size >= 2 && (names[p] || hidden.size <= PLACEHOLDER_GAIN * raw.size));
      hideNames(paths, rows, usePlaceholder, nameOf);
      return dropRarePaths({ name, shape, paths, rows });
    });
}

/** Counts the values of some paths anew, with the entity's name replaced. */
function hideNames(paths: ScannedPath[], rows: ScannedRow[], which: readonly boolean[], names: ReadonlyMap<number, string>): void {
  if (!which.includes(true)) return;
  const old = paths.map(({ table }) => table);
  which.forEach((hide, p) => {
    if (hide) Object.assign(paths[p], { placeholder: true, table: new ValueTable() });
  });
  for (const { cells, entity, time } of rows) {
    for (let i = 0; i < cells.length; i += 2) {
      const p = cells[i];
      if (!which[p]) continue;
      const raw = old[p].values[cells[i + 1]];
      const hidden = typeof raw === 'string' && canHide(raw) ? hideName(raw, names.get(entity) ?? '') : raw;
      cells[i + 1] = paths[p].table.add(hidden, time);
    }
  }
}

function dropRarePaths(type: ScannedType): ScannedType {
  const { paths, rows } = type;
  // A path that one event in a thousand has is worth a field only when it is not one of thousands.
  const least = paths.length > MAX_PATHS ? [...paths].sort((a, b) => b.present - a.present)[MAX_PATHS - 1].present + 1 : rows.length >= 100 && paths.length > MANY_PATHS ? 2 : 1;
  if (least <= 1) return type;
  const kept = new Map<number, number>();
  paths.forEach(({ present }, p) => {
    if (present >= least) kept.set(p, kept.size);
  });
  for (const row of rows) {
    const cells: number[] = [];
    for (let i = 0; i < row.cells.length; i += 2) {
      const p = kept.get(row.cells[i]);
      if (p !== undefined) cells.push(p, row.cells[i + 1]);
    }
    row.cells = Int32Array.from(cells);
  }
  return { ...type, paths: paths.filter((_, p) => kept.has(p)) };
}

/** Value ids of each path, by row; -1 where absent. */
export function valueColumns(type: ScannedType, rows: readonly ScannedRow[]): Int32Array[] {
  const columns = type.paths.map(() => new Int32Array(rows.length).fill(-1));
  rows.forEach(({ cells }, row) => {
    for (let i = 0; i < cells.length; i += 2) columns[cells[i]][row] = cells[i + 1];
  });
  return columns;
}

export const valueAt = (path: ScannedPath, id: number): Leaf => (id < 0 ? ABSENT : path.table.values[id]);
