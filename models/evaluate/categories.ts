import type { Rows } from './corpus';
import type { Field } from './schema';

/**
 * Fields that say the same (an address in five places, a name and its id) by one of them: A stands for B when each value of
 * one goes with one value of the other in the given rows. Without it, what is copied most would count most.
 */
export function representatives(fields: readonly Field[], rows: Rows): Field[] {
  const seen = new Map<string, Field>();
  for (const field of fields) {
    const key = partition(field, rows);
    if (!seen.has(key)) seen.set(key, field);
  }
  return [...seen.values()];
}

/** Two fields with the same partition of the rows determine each other: a hash of the codes renumbered as they come. */
function partition(field: Field, rows: Rows): string {
  const renumbered = new Map<number, number>();
  let [a, b] = [0x811c9dc5, 0x01234567];
  for (const row of rows) {
    const code = field.column.at(row);
    let number = renumbered.get(code);
    if (number === undefined) renumbered.set(code, (number = renumbered.size));
    a = Math.imul(a ^ number, 0x01000193);
    b = Math.imul(b ^ (number + 0x9e3779b9), 0x85ebca6b) ^ (b >>> 13);
  }
  return `${renumbered.size}:${a >>> 0}:${b >>> 0}`;
}
