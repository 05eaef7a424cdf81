import { techniqueId } from '../channels';
import { FieldCodec } from '../field_codec';
import { OUTSIDE, type EventGrammar } from '../event_grammar';
import { ABSENT, leafKey, storeLeaf, type Leaf } from '../leaf';
import type { EventState } from '../predict';
import type { FieldCodecSpec, FieldSpec, TypeSpec } from '../spec';
import { findSteady, type AttackLeaves } from '../steady';
import type { PreparedEvent } from '../types';

/** New values that a field gets at most; where there are more than FEW, only those that came again. */
const MOST_VALUES = 256;
const FEW = 64;
/** Events that are looked at, at most; more tell little that is new. */
const MOST_EVENTS = 20_000;
/** New sets of exceptions that a log type gets at most. */
const MOST_SETS = 128;

/** An event of an attack, taken apart by one codec. */
interface Row {
  /** Number of its attack. */
  attack: number;
  grammar: EventGrammar;
  state: EventState;
  technique: number;
  deviating: readonly number[];
  /** Fields that no rule settled. */
  written: ReadonlySet<number>;
}

/**
 * What a codec has to know to write attacks that its own events had none of: their values, what follows from these, in what they deviate,
 * what each technique is made of, and what an attack keeps throughout. All that it knew before stays as it was and is written as before, but for the numbers of the tokens
 * (`origin`). Events of log types that it does not know are left as they are.
 *
 * @param spec knows the techniques by name
 * @param attacks events of one technique and entity each, in time order
 */
export function extendFieldCodec(spec: FieldCodecSpec, attacks: ReadonlyArray<readonly PreparedEvent[]>): FieldCodecSpec {
  // Each step sees the events as the step before it lets them be read.
  let extended: FieldCodecSpec = { ...spec, types: withValues(spec, rowsOf(spec, attacks)) };
  extended = { ...extended, types: withFollowers(extended, rowsOf(extended, attacks), spec) };
  const rows = rowsOf(extended, attacks);
  return { ...extended, types: withTechniques(extended, rows, spec), steady: withSteady(extended, rows) };
}

/** The attacks' events by log type. */
function rowsOf(spec: FieldCodecSpec, attacks: ReadonlyArray<readonly PreparedEvent[]>): Map<TypeSpec, Row[]> {
  const codec = new FieldCodec(spec);
  const rows = new Map<TypeSpec, Row[]>();
  let events = 0;
  for (const [attack, stretch] of attacks.entries()) {
    if (stretch.length === 0 || events >= MOST_EVENTS) continue;
    events += stretch.length;
    const stream = codec.startStream({ entity: stretch[0].entity, time: stretch[0].time });
    for (const event of stretch) {
      const technique = (stream.technique = techniqueId(codec, event.technique));
      const read = stream.analyse(event);
      let deviating: readonly number[] = [];
      const written = new Set<number>();
      stream.encode(event, { deviating: (_, fields) => (deviating = fields), written: (_, field) => void written.add(field) });
      if (!read || technique === 0) continue;
      const row = { ...read, attack, technique, deviating, written };
      const own = rows.get(read.grammar.spec);
      if (own) own.push(row);
      else rows.set(read.grammar.spec, [row]);
    }
  }
  return rows;
}

/** Values that the fields have not had, each with a token of its own; tokens, too, for fields that rules have always settled, where they do not settle attacks. */
function withValues(spec: FieldCodecSpec, rows: ReadonlyMap<TypeSpec, readonly Row[]>): TypeSpec[] {
  return spec.types.map((type) => {
    const own = rows.get(type) ?? [];
    if (own.length === 0) return type;
    const values = type.fields.map((field, b) => newValues(field, b, own));
    const shifts = type.fields.map(({ vocabulary }, b) => (c: number): number => (c > vocabulary.length ? c + values[b].length : c));
    const fields = type.fields.map((field, b): FieldSpec => {
      const known = field.vocabulary.length;
      const added = values[b].map((_, i) => known + 1 + i);
      // Where a rule says that a value is of the rich kind, tokens would change how that is written.
      const unsettled = field.richCount === 0 && own.some(({ written }) => written.has(b));
      return {
        ...shifted(field, b, shifts),
        vocabulary: [...field.vocabulary, ...values[b].map(({ leaf }) => storeLeaf(leaf))],
        counts: [...field.counts, ...values[b].map(({ count }) => count)],
        absent: field.absent || own.filter(({ state }) => state.classes[b] === 0).length,
        written: field.written === 0 && unsettled ? own.length : field.written,
        ...(added.length > 0 && { normal: field.normal ?? known }),
        ...(field.tokens && { tokens: [...field.tokens, ...added] }),
        ...(field.owners && { owners: [...field.owners.slice(0, known + 1), ...added.map(() => 0)] }),
      };
    });
    return { ...type, fields };
  });
}

function newValues(field: FieldSpec, b: number, rows: readonly Row[]): Array<{ leaf: Leaf; count: number }> {
  const found = new Map<unknown, { leaf: Leaf; count: number }>();
  for (const { grammar, state } of rows) {
    const compiled = grammar.fields[b];
    const c = state.classes[b];
    // Addresses are spelled as well, but what stands behind one is known of known ones alone; other kinds write what they have never had.
    const isNew = c === compiled.alienClass || (c === compiled.richClass && (compiled.rich?.name === 'ip' || (compiled.rich?.name === 'text' && !field.open)));
    const leaf = isNew ? compiled.hide(state.leaves[b], state.own) : undefined;
    if (leaf === undefined || leaf === ABSENT) continue;
    const entry = found.get(leafKey(leaf)) ?? { leaf, count: 0 };
    entry.count++;
    found.set(leafKey(leaf), entry);
  }
  const ranked = [...found.values()].sort((x, y) => y.count - x.count);
  return (ranked.length <= FEW ? ranked : ranked.filter(({ count }) => count > 1)).slice(0, MOST_VALUES);
}

type Shift = (c: number) => number;

/** A field's rules with the classes beyond the vocabularies, which have moved up. */
function shifted(field: FieldSpec, b: number, shifts: readonly Shift[]): FieldSpec {
  const own = shifts[b];
  const pairs = (table: readonly number[], key: Shift): number[] => table.map((c, i) => (i % 2 === 0 ? key(c) : own(c)));
  const classesOf = <T extends { classes: number[] }>(entry: T): T => ({ ...entry, classes: entry.classes.map(own) });
  return {
    ...field,
    chain: field.chain.map((rule) => {
      if (rule.rule === 'constant') return { ...rule, class: own(rule.class) };
      if (rule.rule === 'table') return { ...rule, table: pairs(rule.table, rule.coarse || rule.a < 0 ? (key) => key : shifts[rule.a]) };
      return rule.rule === 'pair' ? { ...rule, tables: rule.tables.map((table) => pairs(table, shifts[rule.a])) } : rule;
    }),
    ...(field.attacks && { attacks: field.attacks.map(classesOf) }),
    ...(field.company && { company: field.company.map(({ a, seen }) => ({ a, seen: seen.map(([c, list]): [number, number[]] => [shifts[a](c), list.map(own)]) })) }),
    ...(field.habits && { habits: { ...field.habits, classes: field.habits.classes.map((list) => list.map(own)) } }),
    ...(field.support && {
      support: { ...field.support, classes: field.support.classes.map((list) => list.map(own)), ...(field.support.techniques && { techniques: field.support.techniques.map(classesOf) }) },
    }),
  };
}

/** What follows from new values, what is seen with what, and what no longer excludes each other. */
function withFollowers(spec: FieldCodecSpec, rows: ReadonlyMap<TypeSpec, readonly Row[]>, before: FieldCodecSpec): TypeSpec[] {
  return spec.types.map((type, t) => {
    const own = rows.get(type) ?? [];
    if (own.length === 0) return type;
    const knownBefore = before.types[t].fields.map(({ vocabulary }) => vocabulary.length);
    const isNew = (a: number, c: number): boolean => c > knownBefore[a] && c <= type.fields[a].vocabulary.length;
    const fields = type.fields.map((field, b): FieldSpec => ({
      ...field,
      chain: field.chain.map((rule) => {
        if (rule.rule !== 'table' || rule.coarse || rule.a < 0) return rule;
        const { a } = rule;
        const follows = new Map<number, number>();
        for (const { state } of own) {
          const [key, c] = [state.classes[a], state.classes[b]];
          if (isNew(a, key)) follows.set(key, (follows.get(key) ?? c) === c && c <= field.vocabulary.length ? c : -1);
        }
        return { ...rule, table: [...rule.table, ...[...follows].filter(([, c]) => c >= 0).flat()] };
      }),
      ...(field.company && {
        company: field.company.map(({ a, seen }) => {
          const classes = new Map(seen.map(([c, list]) => [c, new Set(list)]));
          for (const { state } of own) {
            const [key, c] = [state.classes[a], state.classes[b]];
            if (isNew(a, key) && !classes.has(key)) classes.set(key, new Set());
            if (c <= field.vocabulary.length) classes.get(key)?.add(c);
          }
          return { a, seen: [...classes].map(([c, list]): [number, number[]] => [c, [...list].sort((x, y) => x - y)]) };
        }),
      }),
    }));
    const together = ([x, y]: [number, number]): boolean => own.some(({ state }) => state.leaves[x] !== ABSENT && state.leaves[y] !== ABSENT);
    return { ...type, fields, exclusive: type.exclusive.filter((pair) => !together(pair)) };
  });
}

/** How attacks deviate from the rules, and what each technique is made of. */
function withTechniques(spec: FieldCodecSpec, rows: ReadonlyMap<TypeSpec, readonly Row[]>, before: FieldCodecSpec): TypeSpec[] {
  return spec.types.map((type, t) => {
    const own = rows.get(type) ?? [];
    if (own.length === 0) return type;
    const known = new Set(type.exceptions.map((set) => set.join()));
    const counts = new Map<string, { set: readonly number[]; count: number }>();
    for (const { deviating } of own) {
      // The part outside the schema is never made up; what an attack has there is lost.
      const set = deviating.filter((b) => b !== OUTSIDE);
      if (set.length === 0 || known.has(set.join())) continue;
      const entry = counts.get(set.join()) ?? { set, count: 0 };
      entry.count++;
      counts.set(set.join(), entry);
    }
    const added = [...counts.values()].sort((x, y) => y.count - x.count).slice(0, MOST_SETS);
    const learned = [...new Set(own.map(({ technique }) => technique))].sort((x, y) => x - y);
    const exceptions = [...type.exceptions, ...added.map(({ set }) => [...set])];
    const numbers = new Map(exceptions.map((set, i) => [set.join(), i + 1]));
    const setsOf = (technique: number) =>
      own.filter((row) => row.technique === technique).flatMap(({ deviating }) => (deviating.length === 0 ? 0 : (numbers.get(deviating.filter((b) => b !== OUTSIDE).join()) ?? [])));
    return {
      ...type,
      deviations: [
        ...(type.deviations ?? []).filter(({ technique }) => !learned.includes(technique)),
        ...learned.map((technique) => ({ technique, sets: union(type.deviations?.find((entry) => entry.technique === technique)?.sets, setsOf(technique)) })),
      ],
      techniques: union(type.techniques, learned),
      ...(added.length > 0 && { normal: type.normal ?? before.types[t].exceptions.length, exceptions }),
      fields: type.fields.map((field, b) => madeOf(field, b, own, learned)),
    };
  });
}

/** Classes that a field has in the examples of each technique. */
function madeOf(field: FieldSpec, b: number, rows: readonly Row[], techniques: readonly number[]): FieldSpec {
  const { support } = field;
  const known = new Map(field.attacks?.map((entry) => [entry.technique, entry.classes]));
  const ownOf = new Map(support?.entities.map((entity, i) => [entity, new Set(support.classes[i])]));
  const supported = new Map(support?.techniques?.map((entry) => [entry.technique, entry]));
  for (const technique of techniques) {
    const mine = rows.filter((row) => row.technique === technique);
    const classes = [...new Set(mine.map(({ state }) => state.classes[b]))];
    // What few values many victims share does not belong to them, though each has had it before.
    const isShared = 2 * classes.length <= new Set(mine.map(({ state }) => state.entity)).size;
    if (!support || isShared) known.set(technique, union(known.get(technique), classes));
    if (!support) continue;
    const before = supported.get(technique);
    const kept = mine.filter(({ state }) => ownOf.get(state.entity)?.has(state.classes[b])).length / mine.length;
    supported.set(technique, { technique, classes: union(before?.classes, classes), own: before ? (before.own + kept) / 2 : kept });
  }
  return {
    ...field,
    ...(known.size > 0 && { attacks: [...known].map(([technique, classes]) => ({ technique, classes })) }),
    ...(support && { support: { ...support, techniques: [...supported.values()] } }),
  };
}

function withSteady(spec: FieldCodecSpec, rows: ReadonlyMap<TypeSpec, readonly Row[]>): FieldCodecSpec['steady'] {
  const attacks = new Map<number, AttackLeaves & { events: Array<{ grammar: EventGrammar; leaves: readonly Leaf[] }> }>();
  for (const { attack, technique, grammar, state } of [...rows.values()].flat()) {
    const entry = attacks.get(attack) ?? { technique, events: [] };
    entry.events.push({ grammar, leaves: state.leaves });
    attacks.set(attack, entry);
  }
  const learned = findSteady([...attacks.values()]);
  return [...(spec.steady ?? []).filter(({ technique }) => !learned.some((entry) => entry.technique === technique)), ...learned];
}

const union = (some: readonly number[] | undefined, more: readonly number[]): number[] => [...new Set([...(some ?? []), ...more])].sort((x, y) => x - y);
