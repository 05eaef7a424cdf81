import { isIPv6 } from 'node:net';
import { ABSENT, type Leaf } from './leaf';
import { looksLikeAddress, valuesOfAll, withinAll, type LeafTest, type PinValue } from './condition';
import type { Field } from './field';
import type { ValueContext } from './grammar';
import { affix } from './predict';
import { IdKind } from './kinds/id';
import { NumberKind } from './kinds/number';
import { parseTime } from './kinds/time_format';
import { TimeKind } from './kinds/time';
import { ENTITY, TECHNIQUE, type PredictorSpec, type TypeSpec } from './spec';

/** What the fields of an event may be, so that conditions and rules hold together. Fields that are not listed are free. */
export interface Domains {
  /** 1 for each class that a field may take: 0..V, V + 1 of the rich kind, V + 2 any other value. */
  classes: Map<number, Uint8Array>;
  tests: Map<number, LeafTest[]>;
}

/** Whose event it is. */
export interface Whose {
  entity: number;
  name: string;
  technique: number;
}

export interface Strictness {
  /** Values that belong to entities are the entity's own. */
  support: boolean;
  /** Every rule of a field must agree, not only the one that is asked first. */
  everyRule: boolean;
}

/** Why conditions cannot hold together. */
export interface Conflict {
  reason: string;
}

const NOWHERE: ValueContext = { time: 0, recent: () => [], random: () => 0 };
const RULE_TABLES = new WeakMap<readonly number[], Map<number, number>>();

/** Flat list key, class, key, class. */
export function tableOf(flat: readonly number[]): Map<number, number> {
  let table = RULE_TABLES.get(flat);
  if (!table) {
    table = new Map();
    for (let i = 0; i < flat.length; i += 2) table.set(flat[i], flat[i + 1]);
    RULE_TABLES.set(flat, table);
  }
  return table;
}

/** The leaf that a field would have with a value that it never had; undefined when the value does not fit the field's kind. */
export function novelLeaf(field: Field, value: PinValue): Leaf | undefined {
  const text = String(value);
  const { rich, vocabulary, spec } = field;
  if (value === null || typeof value === 'boolean') return undefined;
  if (rich?.name === 'number') return text.trim() !== '' && Number.isFinite(Number(value)) ? Number(value) : undefined;
  if (looksLikeAddress(value)) {
    const addresses = vocabulary.filter((leaf) => typeof leaf === 'string' && looksLikeAddress(leaf)) as string[];
    const isAddressField = rich?.name === 'ip' || (addresses.length > 0 && addresses.length >= vocabulary.length / 2);
    if (isAddressField) return !isIPv6(value) || addresses.some(isIPv6) ? value : undefined;
  }
  if (rich instanceof IdKind) return typeof value === 'string' && rich.fits(value) ? value : undefined;
  if (rich instanceof TimeKind) {
    const leaf = typeof value === 'number' ? value : text;
    return rich.prints(leaf) ? leaf : undefined;
  }
  return rich?.name === 'text' && spec.open && typeof value === 'string' && value !== '' && parseTime(value) === undefined ? value : undefined;
}

/** Classes of a field that pass the tests, for an entity of the name. */
export function classesThatPass(field: Field, tests: readonly LeafTest[], name: string): Uint8Array {
  const mask = new Uint8Array(field.known + 3);
  const own = { name, leaves: [] };
  const passes = (leaf: Leaf): boolean => tests.every((test) => test.accepts(leaf));
  for (let c = 0; c <= field.known; c++) mask[c] = field.refers(c) || passes(field.leafOf(c, own)) ? 1 : 0;
  const values = valuesOfAll(tests);
  const within = withinAll(tests);
  if (values) {
    if (values.some((value) => novelLeaf(field, value) !== undefined)) mask[field.richClass] = mask[field.alienClass] = 1;
  } else if (within) {
    const { rich } = field;
    if (rich instanceof NumberKind && rich.mask({ ...NOWHERE, within })?.includes(1) !== false) mask[field.richClass] = 1;
    if (rich instanceof TimeKind) mask[field.richClass] = 1;
  } else if (field.drawsNew) {
    mask[field.richClass] = 1;
  }
  return mask;
}

/**
 * What the conditions on an event's fields mean for the fields that these follow from: a pinned city leaves only addresses of that
 * city. `deviating`: fields that the event's exceptions token frees of their rules.
 */
export function propagate(
  spec: TypeSpec,
  fields: readonly Field[],
  conditions: ReadonlyMap<number, readonly LeafTest[]>,
  whose: Whose,
  deviating: ReadonlySet<number>,
  { support, everyRule }: Strictness
): Domains | Conflict {
  const classes = new Map<number, Uint8Array>();
  const tests = new Map<number, LeafTest[]>();
  const restrict = (b: number, mask: Uint8Array): void => {
    const before = classes.get(b);
    classes.set(b, before ? before.map((bit, c) => bit & mask[c]) : mask);
  };
  for (const [b, list] of conditions) {
    tests.set(b, [...list]);
    restrict(b, classesThatPass(fields[b], list, whose.name));
  }
  for (let b = fields.length - 1; b >= 0; b--) {
    let mask = classes.get(b);
    if (!mask) continue;
    const field = fields[b];
    // Only what is asked for by name may be a value that the field could not come by itself.
    if (!tests.has(b)) {
      mask = mask.slice();
      mask[field.alienClass] = 0;
      if (!field.drawsNew) mask[field.richClass] = 0;
      if (field.spec.absent === 0) mask[0] = 0;
      classes.set(b, mask);
    }
    if (field.allowed.normal && whose.technique === 0) mask = mask.map((bit, c) => bit & (field.allowed.normal![c] ?? 1));
    const own = support ? field.allowed.supportOf(whose.entity, whose.technique) : undefined;
    if (own) classes.set(b, (mask = mask.map((bit, c) => (bit === 1 && (c >= field.richClass || own[c] === 1) ? 1 : 0))));
    if (!mask.includes(1)) return { reason: `"${field.path}" cannot be ${describeTests(tests.get(b), conditions)}${own ? ` for "${whose.name}"` : ''}` };
    if (deviating.has(b)) continue;
    const conflict = restrictDeterminants(spec.fields[b].chain, b, fields, mask, tests, whose, everyRule, restrict);
    if (conflict) return conflict;
  }
  return { classes, tests };
}

function restrictDeterminants(
  chain: readonly PredictorSpec[],
  b: number,
  fields: readonly Field[],
  mask: Uint8Array,
  tests: Map<number, LeafTest[]>,
  whose: Whose,
  everyRule: boolean,
  restrict: (a: number, mask: Uint8Array) => void
): Conflict | undefined {
  const field = fields[b];
  const ownTests = tests.get(b) ?? [];
  const fixed = (rule: PredictorSpec): number | undefined => {
    if (rule.rule === 'constant') return rule.class;
    if (rule.rule !== 'table' || rule.a >= 0) return undefined;
    return tableOf(rule.table).get(rule.a === ENTITY ? whose.entity : whose.technique);
  };
  // Whether the rules from the i-th on may leave something allowed when those before it say nothing.
  const falls = new Array<boolean>(chain.length + 1).fill(true);
  for (let i = chain.length - 1; i >= 0; i--) {
    const predicted = fixed(chain[i]);
    if (predicted !== undefined) falls[i] = mask[predicted] === 1;
    else if (chain[i].rule !== 'constant' && 'a' in chain[i] && (chain[i] as { a: number }).a < 0) falls[i] = falls[i + 1];
  }
  for (let i = 0; i < chain.length; i++) {
    const rule = chain[i];
    const predicted = fixed(rule);
    if (predicted !== undefined) {
      // Later rules are never asked; an earlier one has been told not to fall through to here.
      if (i === 0 && mask[predicted] === 0) return { reason: conflictWith(field, rule, predicted, whose) };
      return undefined;
    }
    if (rule.rule === 'constant' || rule.a < 0 || rule.rule === 'memory' || (i > 0 && !everyRule)) continue;
    const a = fields[rule.a];
    const through = falls[i + 1] ? 1 : 0;
    const allowed = new Uint8Array(a.known + 3);
    const own = { name: whose.name, leaves: [] };
    if (rule.rule === 'table' || rule.rule === 'pair') {
      const table = tableOf(rule.rule === 'table' ? rule.table : (rule.tables[rule.entities.indexOf(whose.entity)] ?? []));
      for (let c = 0; c < allowed.length; c++) {
        const target = table.get(rule.rule === 'table' && rule.coarse ? a.coarse(Math.min(c, a.richClass)) : c);
        allowed[c] = target === undefined ? through : mask[target];
      }
    } else {
      const follow = (leaf: Leaf): Leaf | undefined => (rule.rule === 'copy' ? leaf : typeof leaf === 'string' ? affix(leaf, rule.cut, rule.add) : undefined);
      const values = valuesOfAll(ownTests);
      const accepts = (leaf: Leaf): boolean => {
        const target = leaf === ABSENT ? undefined : follow(leaf);
        if (target === undefined) return through === 1 && values === undefined;
        return mask[field.classOf(target, own, NOWHERE)] === 1 && ownTests.every((test) => test.accepts(target));
      };
      for (let c = 0; c <= a.known; c++) allowed[c] = a.refers(c) || accepts(a.leafOf(c, own)) ? 1 : 0;
      const before = values?.flatMap((value) => (rule.rule === 'copy' ? [value] : typeof value === 'string' ? (affix(value, rule.add, rule.cut) ?? []) : []));
      const within = rule.rule === 'copy' ? withinAll(ownTests) : undefined;
      const pushed: LeafTest = { accepts, ...(before && { values: before }), ...(within && { within }), text: ownTests.map(({ text }) => text).join(' and ') };
      const list = [...(tests.get(rule.a) ?? []), pushed];
      if (ownTests.length > 0) {
        tests.set(rule.a, list);
        const passing = classesThatPass(a, list, whose.name);
        allowed[a.richClass] = passing[a.richClass];
        allowed[a.alienClass] = passing[a.alienClass];
      } else {
        allowed[a.richClass] = allowed[a.alienClass] = mask[field.richClass] | mask[field.alienClass];
      }
    }
    restrict(rule.a, allowed);
  }
  return undefined;
}

function conflictWith(field: Field, rule: PredictorSpec, predicted: number, { name }: Whose): string {
  const value = JSON.stringify(field.describeClass(predicted));
  if (rule.rule === 'constant') return `"${field.path}" is always ${value} there`;
  return 'a' in rule && rule.a === TECHNIQUE ? `"${field.path}" is ${value} without that technique` : `"${field.path}" is ${value} for "${name}"`;
}

const describeTests = (own: readonly LeafTest[] | undefined, all: ReadonlyMap<number, readonly LeafTest[]>): string => {
  const texts = own && own.length > 0 ? own.map(({ text }) => text) : [...all.values()].flat().map(({ text }) => text);
  return `what ${[...new Set(texts)].join(' and ')} asks for`;
};
