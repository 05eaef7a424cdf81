import type { HabitsSpec } from '../spec';
import type { RuleColumn } from './rules';
import type { ScannedType } from './scan';

/** Share of the rows, the newest, in which it is counted how often entities do what they never did. */
const LATE = 0.25;
/** Rows of an entity before it is asked what is new to it. */
const LEAST_BEFORE = 10;
const LEAST_LATE = 50;
/** Entities need as much of what others have as chance would give them, or habits say nothing: at most this share of that. */
const MOST_OF_CHANCE = 0.7;
/** Pairs of entity and value that are kept at most. */
const MOST_PAIRS = 500_000;

/**
 * The values that each entity has had in a field, and the share of late events that bring their entity one for the first time. Rows are in
 * time order. Undefined where entities have no habits: where what is new to them comes as often as if all drew from one urn.
 */
export function findHabits({ classes }: Pick<RuleColumn, 'classes'>, known: number, entity: Int32Array, technique: Int32Array): HabitsSpec | undefined {
  const rows = classes.length;
  const late = Math.floor(rows * (1 - LATE));
  const seen = new Map<number, Set<number>>();
  const before = new Map<number, number>();
  const counts = new Float64Array(known + 2);
  let total = 0;
  let pairs = 0;
  let asked = 0;
  let fresh = 0;
  let chance = 0;
  for (let row = 0; row < rows; row++) {
    // What an attack did with an account is not its owner's habit.
    if (technique[row] > 0 || entity[row] === 0) continue;
    const c = Math.min(classes[row], known + 1);
    let own = seen.get(entity[row]);
    if (!own) seen.set(entity[row], (own = new Set()));
    if (row >= late && (before.get(entity[row]) ?? 0) >= LEAST_BEFORE) {
      asked++;
      if (!own.has(c)) fresh++;
      let foreign = total;
      for (const x of own) foreign -= counts[x];
      chance += foreign / total;
    }
    before.set(entity[row], (before.get(entity[row]) ?? 0) + 1);
    counts[c]++;
    total++;
    if (!own.has(c)) {
      own.add(c);
      if (++pairs > MOST_PAIRS) return undefined;
    }
  }
  if (asked < LEAST_LATE || fresh > MOST_OF_CHANCE * chance) return undefined;
  const entities = [...seen.keys()].sort((x, y) => x - y);
  return { novelty: fresh / asked, entities, classes: entities.map((id) => [...seen.get(id)!].sort((x, y) => x - y)) };
}

/** The log types that each entity has had, by their place. */
export function typeHabits(types: readonly ScannedType[]): HabitsSpec | undefined {
  const rows = types.flatMap(({ rows: own }, type) => own.map(({ entity, technique, time }) => ({ type, entity, technique, time }))).sort((a, b) => a.time - b.time);
  const column = (of: 'type' | 'entity' | 'technique') => Int32Array.from(rows, (row) => row[of]);
  return findHabits({ classes: column('type') }, types.length, column('entity'), column('technique'));
}
