import type { Report } from '../../common';
import type { Corpus, Rows } from './corpus';
import { countValues, meanOf, totalVariation } from './distances';
import { fieldFor } from './roles';
import type { Role } from './roles';
import type { Field } from './schema';
import { hourOf } from './streams';
import { NULL } from './table';

/** Events of the whole corpus, by index. */
export interface EventSets {
  train: Rows;
  /** Periods of training events like the held-out one. */
  floors: readonly Rows[];
  /** How much later than each of those the held-out period is, ms. */
  shifts: readonly number[];
  heldout: Rows;
  synthetic: Rows;
}

/** A value per event over all log types; -1 where the event has none. */
export interface EventValues {
  codes: Int32Array;
  names: string[];
  /** Log type to the field that it was read from. */
  fields: Record<string, string>;
}

/** The value of the fields that play a role, over all log types; equal text is the same value. */
export function roleValues(corpus: Corpus, fields: ReadonlyArray<readonly Field[]>, sets: EventSets, roles: readonly Role[]): EventValues {
  const used: Record<string, string> = {};
  const chosen = corpus.tables.map((table, type) => {
    const train = corpus.ofType(sets.train, type);
    const found = roles.map((role) => fieldFor(role, fields[type], train)).filter((field) => field !== undefined);
    if (found.length > 0) used[table.logType] = found.map(({ path }) => path).join(' / ');
    return found;
  });
  const ids = new Map<string, number>();
  const codes = Int32Array.from(corpus.time, (_, event) => {
    const type = corpus.type[event];
    const row = corpus.row[event];
    const codesHere = chosen[type].map(({ column }) => column.at(row));
    if (codesHere.length === 0 || codesHere[0] <= NULL) return -1;
    const text = chosen[type].map(({ column }, i) => (codesHere[i] > NULL ? String(column.values[codesHere[i]]) : '')).filter((part) => part !== '').join(' / ');
    const known = ids.get(text) ?? ids.size;
    ids.set(text, known);
    return known;
  });
  return { codes, names: [...ids.keys()], fields: used };
}

export function hourValues(corpus: Corpus): EventValues {
  return { codes: Int32Array.from(corpus.time, hourOf), names: Array.from({ length: 24 }, (_, hour) => `${String(hour).padStart(2, '0')}:00`), fields: {} };
}

const WORST = 12;

/** Distance of the joint distribution of entity and value. Undefined when no event has the value. */
export function jointReport(id: Report['joints'][number]['id'], corpus: Corpus, values: EventValues, sets: EventSets): Report['joints'][number] | undefined {
  const width = Math.max(1, values.names.length);
  const count = (rows: Rows) => countValues(rows.filter((event) => values.codes[event] >= 0).map((event) => corpus.entity[event] * width + values.codes[event]));
  const [train, heldout, synthetic] = [count(sets.train), count(sets.heldout), count(sets.synthetic)];
  const distance = totalVariation(synthetic, heldout);
  if (distance === null) return undefined;
  const share = (counts: Map<number, number>) => {
    let total = 0;
    for (const n of counts.values()) total += n;
    return (key: number) => (counts.get(key) ?? 0) / Math.max(1, total);
  };
  const [ofTrain, ofHeldout, ofSynthetic] = [share(train), share(heldout), share(synthetic)];
  const worst = [...new Set([...heldout.keys(), ...synthetic.keys()])]
    .map((key) => ({ key, train: ofTrain(key), heldout: ofHeldout(key), synthetic: ofSynthetic(key) }))
    .sort((a, b) => Math.abs(b.synthetic - b.heldout) - Math.abs(a.synthetic - a.heldout) || a.key - b.key)
    .slice(0, WORST)
    .map(({ key, ...shares }) => ({ entity: corpus.entities[Math.floor(key / width)], value: values.names[key % width], ...shares }));
  return { id, fields: values.fields, distance, floor: meanOf(sets.floors.map((rows) => totalVariation(count(rows), heldout))), worst };
}
