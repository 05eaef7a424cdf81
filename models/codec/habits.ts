import type { Choice, Field } from './field';
import type { ValueContext } from './grammar';
import type { Leaf } from './leaf';
import type { Own } from './placeholder';
import type { HabitsSpec } from './spec';

/** The values that an entity has had in a field, and how much rarer others are than the model has it. */
export interface Habit {
  /** 1 for each class (of candidates: each token) that the entity has had. */
  familiar: Uint8Array;
  /** The odds of all others are multiplied by this. */
  odds: number;
}

/** What one stream's entity is used to, by field; what the stream brings itself is familiar from then on. */
export class Habits {
  private readonly known = new Map<Field, Habit | undefined>();

  /** Of log types, by their place in the codec. */
  readonly types?: Habit;

  constructor(
    private readonly entity: number,
    types: HabitsSpec | undefined,
    count: number
  ) {
    this.types = this.habitOf(types, count);
  }

  of(field: Field): Habit | undefined {
    if (this.known.has(field)) return this.known.get(field);
    const habit = this.habitOf(field.spec.habits, field.known + 2);
    this.known.set(field, habit);
    return habit;
  }

  private habitOf(habits: HabitsSpec | undefined, classes: number): Habit | undefined {
    const at = this.entity === 0 || !habits ? -1 : habits.entities.indexOf(this.entity);
    if (at < 0) return undefined;
    const habit = { familiar: new Uint8Array(classes), odds: habits!.odds ?? 1 };
    for (const c of habits!.classes[at]) habit.familiar[c] = 1;
    return habit;
  }

  /** The stream's newest event is of this log type. */
  noteType(type: number): void {
    if (this.types) this.types.familiar[type] = 1;
  }

  /** The stream's newest event has this value. */
  note(field: Field, leaf: Leaf, own: Own, context: ValueContext): void {
    const habit = field.spec.habits && this.of(field);
    if (!habit) return;
    const c = field.classOf(leaf, own, context);
    // Values beyond the vocabulary share a class: that one came does not make all of them familiar.
    if (c <= field.known) habit.familiar[c] = 1;
  }
}

/** Of what is allowed, what the entity is used to. */
export const familiarOf = ({ allowed, habit }: Choice): Uint8Array => (allowed ? habit!.familiar.map((bit, c) => bit & allowed[c]) : habit!.familiar);

/** Where values are drawn as often as they were seen: what the entity is used to, but for as often as it has others. */
export function usual(choice: Choice, novelty: number, { random }: ValueContext): Choice {
  if (!choice.habit || random() < novelty) return choice;
  const allowed = familiarOf(choice);
  return allowed.includes(1) ? { ...choice, allowed } : choice;
}

/** What came of letting a model write as it will. */
export interface Rehearsal {
  /** By log type. */
  events: ReadonlyMap<string, number>;
  /** By field id: of each draw the probability that the model gave to values that are new to the entity. */
  fresh: ReadonlyMap<number, readonly number[]>;
}

/** Draws below which nothing is made of a field. */
const LEAST_DRAWS = 20;
const ODDS = { least: 1e-4, most: 10 };

/** A field's habits, with the odds at which what is new to an entity comes as seldom as it did; `events` of its log type were rehearsed. */
export function settleHabits(habits: HabitsSpec, fresh: readonly number[], events: number): HabitsSpec {
  if (fresh.length < LEAST_DRAWS) return habits;
  const wanted = habits.novelty * events;
  let [low, high] = [Math.log(ODDS.least), Math.log(ODDS.most)];
  for (let i = 0; i < 40; i++) {
    const middle = (low + high) / 2;
    const odds = Math.exp(middle);
    const expected = fresh.reduce((sum, p) => sum + (odds * p) / (odds * p + 1 - p), 0);
    if (expected > wanted) high = middle;
    else low = middle;
  }
  return { ...habits, odds: Math.exp((low + high) / 2) };
}
