import { LyrebirdError } from '../../common';
import { compileCondition, isRange, type Conditions, type LeafTest } from './condition';
import { classesThatPass, propagate, type Domains, type Strictness, type Whose } from './domains';
import type { EventGrammar } from './event_grammar';
import type { Field } from './field';
import { nearest } from './nearest';

/** From the strictest on: the first that leaves anything is taken. */
const WAYS: readonly Strictness[] = [
  { support: true, everyRule: true },
  { support: true, everyRule: false },
  { support: false, everyRule: true },
  { support: false, everyRule: false },
];

/** Conditions as one log type sees them: by field, in coding order. */
export function conditionsOf(grammar: EventGrammar, conditions: Conditions): Map<number, LeafTest[]> | string {
  const tests = new Map<number, LeafTest[]>();
  for (const [path, condition] of conditions) {
    const b = grammar.fields.findIndex((field) => field.path === path);
    if (b < 0) return `"${grammar.spec.name}" has no field "${path}"`;
    tests.set(b, [compileCondition(path, condition)]);
  }
  return tests;
}

/**
 * What conditions mean for the events of one log type and one entity. Made once per stream: which sets of exceptions leave the
 * conditions possible, and what each field may then be.
 */
export class EventPlan {
  /** 1 for each of: no exceptions, set 1, set 2, ... */
  readonly sets: Uint8Array;
  /** Why the conditions cannot hold; undefined when they can. */
  readonly conflict?: string;
  private readonly way: Strictness = WAYS[0];
  private readonly relevant: Set<number>;
  private readonly made = new Map<string, Domains | undefined>();

  constructor(
    private readonly grammar: EventGrammar,
    private readonly tests: ReadonlyMap<number, readonly LeafTest[]>,
    private readonly whose: Whose
  ) {
    const { exceptions } = grammar.spec;
    this.relevant = ancestors(grammar, tests.keys());
    this.sets = new Uint8Array(exceptions.length + 1);
    let reason: string | undefined;
    for (const way of WAYS) {
      this.way = way;
      this.made.clear();
      for (let i = 0; i < this.sets.length; i++) {
        const deviating = i === 0 ? [] : exceptions[i - 1];
        if (this.domains(deviating, (conflict) => (reason ??= conflict))) this.sets[i] = 1;
      }
      if (this.sets.includes(1)) return;
    }
    this.conflict = reason ?? 'no event can have them';
  }

  /** Undefined when the conditions cannot hold with these exceptions. */
  domains(deviating: Iterable<number>, onConflict?: (reason: string) => void): Domains | undefined {
    const relevant = [...deviating].filter((b) => this.relevant.has(b)).sort((x, y) => x - y);
    const key = relevant.join();
    if (this.made.has(key)) return this.made.get(key);
    const found = propagate(this.grammar.spec, this.grammar.fields, this.tests, this.whose, new Set(relevant), this.way);
    const domains = 'reason' in found ? undefined : found;
    if ('reason' in found) onConflict?.(found.reason);
    this.made.set(key, domains);
    return domains;
  }
}

/** The fields and all that they may follow from. */
function ancestors({ spec }: EventGrammar, from: Iterable<number>): Set<number> {
  const found = new Set(from);
  for (const b of found) for (const rule of spec.fields[b].chain) if (rule.rule !== 'constant' && rule.a >= 0) found.add(rule.a);
  return found;
}

/** Throws LYREBIRD_UNKNOWN_FIELD or LYREBIRD_UNKNOWN_VALUE when no log type can have the conditions, for no matter whom. */
export function checkPins(grammars: readonly EventGrammar[], conditions: Conditions): void {
  for (const [path, condition] of conditions) {
    const holders = grammars.flatMap((grammar) => grammar.fields.filter((field) => field.path === path));
    if (holders.length === 0) {
      const paths = [...new Set(grammars.flatMap((grammar) => grammar.fields.map((field) => field.path)))];
      throw new LyrebirdError('LYREBIRD_UNKNOWN_FIELD', `The model knows no field "${path}".`, `Nearest fields: ${nearest(path, paths).join(', ')}.`);
    }
    const test = compileCondition(path, condition);
    if (!holders.some((field) => mayPass(field, test))) throw refusal(path, test, isRange(condition), holders);
  }
  // Whether it can be for one of the entities is told where entities are chosen.
  const reasons = grammars.map((grammar) => conditionsOf(grammar, conditions)).filter((found) => typeof found === 'string');
  if (reasons.length === grammars.length) {
    throw new LyrebirdError(
      'LYREBIRD_UNKNOWN_VALUE',
      `No log type has all of ${[...conditions.keys()].map((path) => `"${path}"`).join(', ')} with these values: ${reasons.slice(0, 5).join('; ')}.`,
      'Ask for fewer fields at once, or for other log types.'
    );
  }
}

/** Whether a field can pass a test for some entity: entities' names may be part of its values. */
function mayPass(field: Field, test: LeafTest): boolean {
  if (field.spec.placeholder || field.spec.references.length > 0) return true;
  return classesThatPass(field, [test], '').includes(1);
}

function refusal(path: string, test: LeafTest, range: boolean, holders: readonly Field[]): LyrebirdError {
  const seen = holders.flatMap((field) => field.vocabulary.map((_, i) => field.describeClass(i + 1)));
  const kind = holders.find(({ rich }) => rich)?.rich?.name;
  const reason = range
    ? `No value of "${path}" that the model knows lies within ${test.text}.`
    : `The model has never seen ${(test.values ?? []).map((value) => JSON.stringify(value)).join(' or ')} in field "${path}"${kind ? `, and it has not the format of its ${FORMATS[kind]}` : ', which takes no new values'}.`;
  const values = range ? extremes(holders) : nearest(String(test.values?.[0]), [...new Set(seen)]);
  return new LyrebirdError('LYREBIRD_UNKNOWN_VALUE', reason, values.length === 0 ? `The field's values cannot be chosen.` : range ? `Its values go from ${values.join(' to ')}.` : `Nearest values: ${values.join(', ')}.`);
}

const FORMATS = { number: 'numbers', time: 'times', id: 'ids', ip: 'addresses', text: 'texts' } as const;

function extremes(holders: readonly Field[]): string[] {
  const numbers = holders.flatMap((field) => [
    ...field.vocabulary.filter((leaf) => typeof leaf === 'number'),
    ...(field.spec.rich?.kind === 'number' ? [field.spec.rich.bins.lo[0], field.spec.rich.bins.hi.at(-1)!] : []),
  ]);
  if (numbers.length === 0) return [];
  const [least, most] = numbers.reduce(([lo, hi], value) => [Math.min(lo, value), Math.max(hi, value)], [Infinity, -Infinity]);
  return [String(least), String(most)];
}
