import type { EventGrammar } from './event_grammar';
import { ABSENT, leafKey, type Leaf } from './leaf';
import type { FieldCodecSpec } from './spec';

/** Share of a technique's examples that must keep a field's value from their first event to their last. */
const KEPT = 0.95;
/** Examples that say so, at least. */
const LEAST = 3;

/** Names a field in all log types, and in one. */
const namesOf = (grammar: EventGrammar, b: number): [string, string] => [grammar.fields[b].path, `${grammar.spec.name} ${grammar.spec.shape} ${grammar.fields[b].path}`];

/** An attack by technique, as the leaves of its events. */
export interface AttackLeaves {
  technique: number;
  events: ReadonlyArray<{ grammar: EventGrammar; leaves: readonly Leaf[] }>;
}

/** Fields that keep their value throughout an attack: whoever does it does it from one place, with one device. */
export function findSteady(attacks: readonly AttackLeaves[]): NonNullable<FieldCodecSpec['steady']> {
  const counts = new Map<number, Map<string, { kept: number; all: number }>>();
  for (const { technique, events } of attacks) {
    const values = new Map<string, { keys: Set<unknown>; events: number }>();
    for (const { grammar, leaves } of events) {
      leaves.forEach((leaf, b) => {
        for (const name of namesOf(grammar, b)) {
          const entry = values.get(name) ?? { keys: new Set(), events: 0 };
          // What comes and goes is not kept: held, it would keep out what stands in its place at other times.
          entry.keys.add(leaf === ABSENT ? ABSENT : leafKey(leaf));
          entry.events++;
          values.set(name, entry);
        }
      });
    }
    const of = counts.get(technique) ?? counts.set(technique, new Map()).get(technique)!;
    for (const [name, { keys, events: seen }] of values) {
      if (seen < 2 || (keys.size === 1 && keys.has(ABSENT))) continue;
      const entry = of.get(name) ?? { kept: 0, all: 0 };
      entry.all++;
      if (keys.size === 1) entry.kept++;
      of.set(name, entry);
    }
  }
  return [...counts].sort(([x], [y]) => x - y).map(([technique, of]) => ({ technique, fields: [...of].filter(([, { kept, all }]) => all >= LEAST && kept >= KEPT * all).map(([name]) => name).sort() }));
}

/** What an attack that is being written keeps. */
export class Held {
  private technique = 0;
  private readonly values = new Map<string, Leaf>();

  constructor(private readonly steady: ReadonlyMap<number, ReadonlySet<string>>) {}

  note(technique: number, grammar: EventGrammar, leaves: readonly Leaf[]): void {
    this.turnTo(technique);
    const fields = this.steady.get(technique);
    if (!fields) return;
    leaves.forEach((leaf, b) => {
      if (leaf === ABSENT) return;
      for (const name of namesOf(grammar, b)) if (fields.has(name) && !this.values.has(name)) this.values.set(name, leaf);
    });
  }

  /** The value that a field must have; undefined where it is free. */
  of(technique: number, grammar: EventGrammar, b: number): Leaf | undefined {
    if (!this.steady.has(technique)) return undefined;
    this.turnTo(technique);
    const [everywhere, here] = namesOf(grammar, b);
    return this.values.get(everywhere) ?? this.values.get(here);
  }

  /** Another technique is another attack. */
  private turnTo(technique: number): void {
    if (technique === this.technique) return;
    this.technique = technique;
    this.values.clear();
  }
}
