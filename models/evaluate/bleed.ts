import type { Rows } from './corpus';
import type { Field } from './schema';
import { NULL } from './table';
import type { Table } from './table';

/** A value belongs to an entity that brought it in all of so many training events, on at least two days. */
const OWNED_EVENTS = 5;
/** A field tells entities apart when newer training events bring at most this share of other entities' values. */
const FOREIGN = 0.005;
const DAY = 86_400_000;

/** Fields whose values belong to entities, and to which. */
export interface Ownership {
  readonly field: Field;
  /** Code to entity. */
  readonly owner: ReadonlyMap<number, number>;
  /** The value names the entity: each has one, always the same. */
  readonly identity: boolean;
}

/** Which values belong to one entity alone, from training events; a field is kept when that stays true in the newer part. */
export function ownerships(fields: readonly Field[], table: Table, train: Rows): Ownership[] {
  const split = Math.floor(train.length * 0.6);
  const found: Ownership[] = [];
  for (const field of fields) {
    if (field.kind === 'constant' || field.kind === 'number' || field.kind === 'time' || field.distinct < 2) continue;
    const older = owners(field, table, train.subarray(0, split));
    const newer = train.subarray(split);
    if (older.size < 2 || foreignRows(field, table, older, newer).length > FOREIGN * newer.length) continue;
    const owner = owners(field, table, train);
    found.push({ field, owner, identity: names(field, table, train, owner) });
  }
  return found;
}

function owners(field: Field, table: Table, rows: Rows): Map<number, number> {
  const seen = new Map<number, { entity: number; events: number; days: Set<number> } | null>();
  for (const row of rows) {
    const code = field.column.at(row);
    if (code <= NULL) continue;
    const known = seen.get(code);
    if (known === undefined) seen.set(code, { entity: table.entity[row], events: 1, days: new Set([Math.floor(table.time[row] / DAY)]) });
    else if (known !== null) {
      if (known.entity !== table.entity[row]) seen.set(code, null);
      else {
        known.events++;
        known.days.add(Math.floor(table.time[row] / DAY));
      }
    }
  }
  const owner = new Map<number, number>();
  for (const [code, known] of seen) if (known !== null && known.events >= OWNED_EVENTS && known.days.size > 1) owner.set(code, known.entity);
  return owner;
}

/** Entity and value go one to one in nearly all rows: user id, mail address, full name. */
function names(field: Field, table: Table, rows: Rows, owner: ReadonlyMap<number, number>): boolean {
  const valueOf = new Map<number, number>();
  let [owned, other] = [0, 0];
  for (const row of rows) {
    const code = field.column.at(row);
    if (code <= NULL) continue;
    const known = valueOf.get(table.entity[row]);
    if (known === undefined) valueOf.set(table.entity[row], code);
    else if (known !== code) return false;
    if (owner.get(code) === table.entity[row]) owned++;
    else other++;
  }
  return other <= 0.05 * owned;
}

/** Rows with a value that belongs to another entity. */
function foreignRows(field: Field, table: Table, owner: ReadonlyMap<number, number>, rows: Rows): Rows {
  return rows.filter((row) => {
    const code = field.column.at(row);
    if (code <= NULL) return false;
    const belongs = owner.get(code);
    return belongs !== undefined && belongs !== table.entity[row];
  });
}

/** Rows in which at least one value belongs to another entity; `identity` for those that name another one. */
export function bleedingRows(owned: readonly Ownership[], table: Table, rows: Rows, only?: 'identity'): Set<number> {
  const bleeding = new Set<number>();
  for (const { field, owner, identity } of owned) {
    if (only === 'identity' && !identity) continue;
    for (const row of foreignRows(field, table, owner, rows)) bleeding.add(row);
  }
  return bleeding;
}

const LISTED = 12;

/** Share of rows per field that carry another entity's value, highest first. */
export function bleedByField(owned: readonly Ownership[], table: Table, heldout: Rows, synthetic: Rows): Array<{ path: string; heldout: number; synthetic: number }> {
  const share = ({ field, owner }: Ownership, rows: Rows) => (rows.length === 0 ? 0 : foreignRows(field, table, owner, rows).length / rows.length);
  return owned
    .map((each) => ({ path: each.field.path, heldout: share(each, heldout), synthetic: share(each, synthetic) }))
    .filter(({ synthetic: found }) => found > 0)
    .sort((a, b) => b.synthetic - a.synthetic)
    .slice(0, LISTED);
}
