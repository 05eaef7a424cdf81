import type { LogEvent } from '../../common';
import type { Conditions, LeafTest, PinValue } from './condition';
import type { Whose } from './domains';
import type { EventGrammar } from './event_grammar';
import { buildTree, flatten, showPath, type Extra, type PathNode } from './flatten';
import { ABSENT, Blob, leafKey, sameLeaf, showLeaf, type Leaf } from './leaf';
import { conditionsOf, EventPlan } from './pins';

/** An event of which some fields are settled beforehand: the others are to be written. */
export interface Given {
  logType: string;
  event: LogEvent;
  /** Whether a field (dotted path) is settled: as it is in the event, or absent as it is there. */
  settles(path: string): boolean;
}

/** What a given event means, by log type; plans of types that are not its own are left out. */
export interface GivenPlans {
  /** 1 for each log type that can be written so. */
  typeMask: Uint8Array;
  plans: Array<EventPlan | undefined>;
  conflict?: string;
}

/** Plans kept of a stream: what belongs together (places, devices) comes again and again. */
const KEPT = 64;
const TREES = new WeakMap<EventGrammar, PathNode>();

/** Plans for the given events of one stream. */
export class GivenPlanner {
  private readonly made = new Map<string, EventPlan>();

  constructor(private readonly grammars: readonly EventGrammar[]) {}

  plans({ logType, event, settles }: Given, pins: Conditions | undefined, whose: Whose): GivenPlans {
    const typeMask = new Uint8Array(this.grammars.length + 1);
    const plans: Array<EventPlan | undefined> = [];
    let conflict: string | undefined;
    this.grammars.forEach((grammar, type) => {
      if (grammar.spec.name !== logType) return;
      const leaves = settledLeaves(grammar, event, settles);
      const plan = typeof leaves === 'string' ? leaves : this.plan(grammar, type, leaves, pins, whose);
      const reason = typeof plan === 'string' ? plan : plan.conflict;
      conflict ??= reason;
      if (typeof plan === 'string' || reason !== undefined) return;
      plans[type] = plan;
      typeMask[type] = 1;
    });
    return { typeMask, plans, ...(!typeMask.includes(1) && { conflict: conflict ?? `there is no log type "${logType}"` }) };
  }

  private plan(grammar: EventGrammar, type: number, leaves: ReadonlyMap<number, Leaf>, pins: Conditions | undefined, whose: Whose): EventPlan | string {
    // Pins are the same for as long as a stream is written.
    const key = `${type} ${whose.technique} ${[...leaves].map(([b, leaf]) => `${b}${typeof leaf}${String(leafKey(leaf))}`).join('\n')}`;
    let plan = this.made.get(key);
    if (plan) this.made.delete(key);
    else {
      const tests = conditionsOf(grammar, pins ?? new Map());
      if (typeof tests === 'string') return tests;
      for (const [b, leaf] of leaves) tests.set(b, [...(tests.get(b) ?? []), testOf(grammar.fields[b].path, leaf)]);
      plan = new EventPlan(grammar, tests, whose);
      if (this.made.size >= KEPT) this.made.delete(this.made.keys().next().value!);
    }
    this.made.set(key, plan);
    return plan;
  }
}

/** The settled fields of an event, in coding order; a reason where the log type has no such field. */
function settledLeaves(grammar: EventGrammar, event: LogEvent, settles: (path: string) => boolean): Map<number, Leaf> | string {
  let tree = TREES.get(grammar);
  if (!tree) TREES.set(grammar, (tree = buildTree(grammar.spec.fields.map(({ path }) => path))));
  const leaves = new Array<Leaf>(grammar.fields.length).fill(ABSENT);
  const extras: Extra[] = [];
  flatten(tree, event, leaves, extras);
  const strange = extras.find(({ path }) => settles(showPath(path)));
  if (strange) return `"${grammar.spec.name}" has no field "${showPath(strange.path)}"`;
  return new Map(leaves.flatMap((leaf, b) => (settles(grammar.fields[b].path) ? [[b, leaf] as const] : [])));
}

/** Just this leaf. What is no value (absent, {}, [], a whole subtree) has no spelling: it must be one that the field knows. */
function testOf(path: string, leaf: Leaf): LeafTest {
  const isValue = typeof leaf !== 'symbol' && !(leaf instanceof Blob);
  const values: PinValue[] = isValue ? [leaf] : [];
  return { values, accepts: (other) => sameLeaf(leaf, other), text: leaf === ABSENT ? `no ${path}` : `${path}=${showLeaf(leaf)}` };
}
