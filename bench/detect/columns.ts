import { visitLeaves } from '../../models/score';
import type { TrueEvent } from './organisation';

/** Values of a field that fewer events have are told apart; of others each event has its own (ids, times). */
const MOST_DISTINCT = 0.3;
/** A field says something about its entity from so many events on. */
const MIN_EVENTS = 50;

/**
 * The fields that a detector without a codec can use: several values, and not a new one in each event. A field that always changes with
 * another one (a name and its id) says the same twice and is left out.
 */
export function columnsOf(train: readonly TrueEvent[]): string[] {
  const found = new Map<string, { events: number; values: Map<string, number>; hash: number }>();
  train.forEach(({ hit }, i) =>
    visitLeaves(hit._source, (path, text) => {
      let column = found.get(path);
      if (!column) found.set(path, (column = { events: 0, values: new Map(), hash: 0 }));
      column.events++;
      const number = column.values.get(text) ?? column.values.size;
      if (number === column.values.size) column.values.set(text, number);
      // Two fields that number their values alike, event for event, are one.
      column.hash = (Math.imul(column.hash, 31) + Math.imul(number, 1_000_003) + i) | 0;
    })
  );
  const seen = new Set<number>();
  return [...found]
    .filter(([, { events, values }]) => events >= MIN_EVENTS && values.size > 1 && values.size <= MOST_DISTINCT * events)
    .filter(([, { hash }]) => !seen.has(hash) && seen.add(hash))
    .map(([path]) => path);
}

/** The event's values of the columns it has. */
export function valuesOf({ hit }: TrueEvent, columns: ReadonlySet<string>): Map<string, string> {
  const values = new Map<string, string>();
  visitLeaves(hit._source, (path, text) => {
    if (columns.has(path)) values.set(path, text);
  });
  return values;
}
