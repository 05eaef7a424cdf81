import { isIP } from 'node:net';
import type { FieldSpec } from '../spec';
import { EARLY, type RuleColumn } from './rules';
import type { ScannedType } from './scan';

/** Late events that must have been able to tell otherwise. */
const LEAST_LATE = 50;
/** Late events that are enough where each is the owner's: were one in five somebody else's, that would come to pass once in fifteen times. */
const LEAST_UNANIMOUS = 12;
/** Share of the late events with a value of somebody's own that may be somebody else's. */
const MAX_BLEED = 0.01;
/** Events of one entity that make a value its own. */
const LEAST_OWNED = 4;
/** Share of the late events that may bring two known values together for the first time. */
const MAX_NEW_PAIRS = 0.003;
/** Share of the pairs that chance would bring together and that never are, from which on keeping to what was seen is worth it. */
const LEAST_EXCLUDED = 0.03;
/** Events with a value below which it says nothing about what goes with it. */
const LEAST_WITH = 5;
const MOST_COMPANIONS = 3;
const MOST_PAIRS = 4_000_000;
const ROWS = 12_000;

/**
 * Addresses that several entities have in any of the log types: an office's, seen with one person in one of them, is not that person's own.
 */
export function sharedAddresses(types: readonly ScannedType[]): Set<string> {
  const owner = new Map<string, number>();
  const shared = new Set<string>();
  for (const { paths, rows } of types) {
    const addresses = paths.map(({ table }) => table.values.map((leaf) => typeof leaf === 'string' && isIP(leaf) !== 0));
    for (const { cells, entity, technique } of rows) {
      if (technique > 0) continue;
      for (let i = 0; i < cells.length; i += 2) {
        if (!addresses[cells[i]][cells[i + 1]]) continue;
        const address = paths[cells[i]].table.values[cells[i + 1]] as string;
        const before = owner.get(address);
        if (before === undefined) owner.set(address, entity);
        else if (before !== entity) shared.add(address);
      }
    }
  }
  return shared;
}

/** By class the entity that alone has had it, 0 for none, where values are seldom anybody else's later. Rows are in time order. */
export function findOwners({ classes, size }: RuleColumn, known: number, entity: Int32Array, technique: Int32Array, isShared: (c: number) => boolean): number[] | undefined {
  const split = Math.floor(classes.length * EARLY);
  const own = (rows: number): Int32Array => ownersWithin(classes, size, entity, technique, rows).map((id, c) => (id > 0 && c <= known && !isShared(c) ? id : 0));
  const early = own(split);
  let late = 0;
  let others = 0;
  for (let row = split; row < classes.length; row++) {
    const owner = early[classes[row]];
    if (technique[row] > 0 || owner === 0 || classes[row] === 0 || classes[row] > known) continue;
    late++;
    if (owner !== entity[row]) others++;
  }
  if (late < (others === 0 ? LEAST_UNANIMOUS : LEAST_LATE) || others > MAX_BLEED * late) return undefined;
  const owner = own(classes.length);
  const owners = Array.from({ length: known + 1 }, (_, c) => (c > 0 ? owner[c] : 0));
  return owners.some((id) => id > 0) ? owners : undefined;
}

/** By class the entity of all of its events before a row, if they are enough to tell; else 0. */
function ownersWithin(classes: Int32Array, size: number, entity: Int32Array, technique: Int32Array, rows: number): Int32Array {
  const owner = new Int32Array(size);
  const events = new Int32Array(size);
  for (let row = 0; row < rows; row++) {
    const c = classes[row];
    // What an attack did with an account is not its owner's habit.
    if (technique[row] > 0) continue;
    owner[c] = events[c] === 0 || owner[c] === entity[row] ? entity[row] : -1;
    events[c]++;
  }
  return owner.map((id, c) => (id > 0 && events[c] >= LEAST_OWNED ? id : 0));
}

/** Classes seen with each technique. */
export function findAttacks({ classes }: RuleColumn, known: number, technique: Int32Array): FieldSpec['attacks'] {
  const seen = new Map<number, Set<number>>();
  classes.forEach((c, row) => {
    if (technique[row] === 0) return;
    const own = seen.get(technique[row]) ?? new Set<number>();
    own.add(Math.min(c, known + 1));
    seen.set(technique[row], own);
  });
  return seen.size === 0 ? undefined : [...seen].sort(([x], [y]) => x - y).map(([id, own]) => ({ technique: id, classes: [...own].sort((x, y) => x - y) }));
}

/** For field `b`, earlier fields whose values leave it few of its own: pairs that never were together stay apart. */
export function findCompany(b: number, columns: ReadonlyArray<{ column: RuleColumn; known: number }>, technique: Int32Array): FieldSpec['company'] {
  const { column: target, known } = columns[b];
  // What only labelled events have is told by the label.
  if (known < 2 || !target.classes.some((c, row) => c > 0 && technique[row] === 0)) return undefined;
  const stride = Math.max(1, Math.floor(target.classes.length / ROWS));
  const companions = (present: boolean): number[] => {
    const found: Array<{ a: number; excluded: number }> = [];
    for (let a = 0; a < b; a++) {
      const excluded = excludedBy(columns[a], columns[b], present ? 1 : stride, present);
      if (excluded >= LEAST_EXCLUDED) found.push({ a, excluded });
    }
    return found.sort((x, y) => y.excluded - x.excluded || x.a - y.a).slice(0, MOST_COMPANIONS).map(({ a }) => a);
  };
  const without = target.classes.reduce((sum, c) => sum + (c === 0 ? 1 : 0), 0);
  // Where most events lack the field, its values hardly count among what goes together: they are looked at by themselves, too.
  const chosen = new Set([...companions(false), ...(2 * without > target.classes.length ? companions(true) : [])]);
  return chosen.size === 0 ? undefined : [...chosen].map((a) => ({ a, seen: seenWith(columns[a], columns[b]) }));
}

/**
 * Share of the late events in which chance would pair what never goes together; 0 where that does not hold in time.
 *
 * @param present of the events that have `b`
 */
function excludedBy(a: { column: RuleColumn; known: number }, b: { column: RuleColumn; known: number }, stride: number, present: boolean): number {
  const [width, height] = [b.known + 1, a.known + 1];
  if (a.known < 1 || width * height > MOST_PAIRS) return 0;
  const rows = a.column.classes.length;
  const split = Math.floor(rows * EARLY);
  const pairs = new Uint8Array(width * height);
  const ofA = new Int32Array(height);
  const ofB = new Int32Array(width);
  for (let row = 0; row < split; row++) {
    const [x, y] = [a.column.classes[row], b.column.classes[row]];
    if (x > a.known || y > b.known || (present && y === 0)) continue;
    pairs[x * width + y] = 1;
    ofA[x]++;
    ofB[y]++;
  }
  let late = 0;
  let fresh = 0;
  const lateA = new Int32Array(height);
  for (let row = split; row < rows; row += stride) {
    const [x, y] = [a.column.classes[row], b.column.classes[row]];
    if (x > a.known || y > b.known || ofA[x] < LEAST_WITH || ofB[y] === 0) continue;
    late++;
    lateA[x]++;
    if (pairs[x * width + y] === 0) fresh++;
  }
  if (late < LEAST_LATE || fresh > MAX_NEW_PAIRS * late) return 0;
  const total = ofB.reduce((sum, count) => sum + count, 0);
  let excluded = 0;
  lateA.forEach((count, x) => {
    if (count === 0) return;
    let together = 0;
    for (let y = 0; y < width; y++) if (pairs[x * width + y] === 1) together += ofB[y];
    excluded += (count / late) * (1 - together / total);
  });
  return excluded;
}

function seenWith(a: { column: RuleColumn; known: number }, b: { column: RuleColumn; known: number }): Array<[number, number[]]> {
  const seen = new Map<number, { classes: Set<number>; events: number }>();
  a.column.classes.forEach((x, row) => {
    const y = b.column.classes[row];
    if (x > a.known) return;
    let entry = seen.get(x);
    if (!entry) seen.set(x, (entry = { classes: new Set(), events: 0 }));
    entry.events++;
    if (y <= b.known) entry.classes.add(y);
  });
  return [...seen]
    .filter(([, { events }]) => events >= LEAST_WITH)
    .sort(([x], [y]) => x - y)
    .map(([x, { classes }]) => [x, [...classes].sort((p, q) => p - q)]);
}
