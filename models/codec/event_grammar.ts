import type { Json, LogEvent } from '../../common';
import { ABSENT, leafKey, showLeaf, type Leaf } from './leaf';
import { buildTree, decodePath, encodePath, EventBuilder, flatten, type Extra, type Path, type PathNode } from './flatten';
import { EXTRA, STRUCTURE, type Reader, type ValueContext, type Walk, type Writer } from './grammar';
import type { Choice, Field } from './field';
import type { Habit } from './habits';
import type { Own } from './placeholder';
import { compilePredictor, isPredicted, type EventState, type Prediction } from './predict';
import { ENTITY, TECHNIQUE, type TypeSpec } from './spec';
import { valuesOfAll, withinAll } from './condition';
import { novelLeaf, type Domains } from './domains';
import { EventPlan } from './pins';
import { boundsInOrder } from './time_order';
import { Followers } from './prototypes';
import type { Span } from './types';

/** What an event is read or written against. */
export interface Surroundings extends ValueContext {
  entityName: string;
  entity: number;
  technique: number;
  remembered(b: number, value: unknown): Leaf | undefined;
  /** The value that an attack under way keeps in a field; undefined where it is free. */
  held(b: number): Leaf | undefined;
  /** What the entity is used to in a field. */
  habit(field: Field): Habit | undefined;
}

/** Hears what is written, for fitting. */
export interface WriteObserver {
  /** Fields (by index in coding order, OUTSIDE first) that deviate from their prediction. */
  deviating(grammar: EventGrammar, fields: number[]): void;
  /** A field that was written out, with its class and the texts that this took. */
  written(grammar: EventGrammar, field: number, c: number, texts: readonly string[]): void;
}

/** Token ranges that all log types share. */
export interface ListTokens {
  /** Field indices from here, then the part outside the schema, then the end. */
  lo: number;
  /** Number of field indices. */
  fields: number;
}

/** Stands for parts of the event outside the schema, in sets of exceptions. */
export const OUTSIDE = -1;

/**
 * The grammar of one log type's events: one token for the set of fields that deviate from what rules predict, then each field that the
 * rules do not settle, then what the schema does not know.
 */
export class EventGrammar {
  private readonly tree: PathNode;
  private readonly chains: Array<Array<(state: EventState) => Prediction | undefined>>;
  private readonly sets = new Map<string, number>();
  private readonly output: number[];
  /** By field, those that an event with it cannot have; left out where there are none. */
  private readonly exclusive: number[][] = [];
  private readonly followers: Followers;
  /** By field with ids: those that keep their value for as long as the id comes back. */
  private readonly remembering = new Map<number, number[]>();

  constructor(
    readonly spec: TypeSpec,
    readonly fields: readonly Field[],
    /** First of the tokens none, set 1, set 2, ..., other. */
    readonly exceptionsLo: number,
    private readonly list: ListTokens
  ) {
    this.tree = buildTree(spec.fields.map(({ path }) => path));
    this.chains = spec.fields.map(({ chain }, b) => chain.map((predictor) => compilePredictor(predictor, fields, b)));
    spec.exceptions.forEach((set, i) => this.sets.set(set.join(), i + 1));
    this.followers = new Followers(spec, fields);
    spec.fields.forEach(({ chain }, b) => {
      for (const rule of chain) if (rule.rule === 'memory') this.remembering.set(rule.a, [...(this.remembering.get(rule.a) ?? []), b]);
    });
    for (const [a, b] of spec.exclusive) {
      (this.exclusive[a] ??= []).push(b);
      (this.exclusive[b] ??= []).push(a);
    }
    this.output = spec.fields.map((_, i) => i).sort((a, b) => spec.fields[a].order - spec.fields[b].order);
  }

  /** Tokens of the exceptions field. */
  get exceptionTokens(): number {
    return this.spec.exceptions.length + 2;
  }

  predict(state: EventState, b: number): Prediction | undefined {
    for (const predictor of this.chains[b]) {
      const prediction = predictor(state);
      if (prediction !== undefined) return prediction;
    }
    return undefined;
  }

  /** Takes an event apart: its leaves by field, their classes, and what the schema does not know. */
  analyse(event: LogEvent, around: Surroundings): { state: EventState; extras: Extra[] } {
    const extras: Extra[] = [];
    const leaves = new Array<Leaf>(this.fields.length).fill(ABSENT);
    flatten(this.tree, event, leaves, extras);
    const own: Own = { name: around.entityName, leaves };
    const classes = new Int32Array(this.fields.length);
    for (let f = 0; f < classes.length; f++) if (leaves[f] !== ABSENT) classes[f] = this.fields[f].classOf(leaves[f], own, around);
    return { state: { leaves, classes, own, entity: around.entity, technique: around.technique, remembered: around.remembered }, extras };
  }

  /** Counterpart of `read`. Returns the event's leaves by field. */
  write(event: LogEvent, around: Surroundings, writer: Writer, spans: Span[], observer?: WriteObserver): Leaf[] {
    const { state, extras } = this.analyse(event, around);
    const predictions = this.fields.map((_, b) => this.predict(state, b));
    const deviating: number[] = extras.length > 0 ? [OUTSIDE] : [];
    predictions.forEach((prediction, b) => {
      if (prediction && !isPredicted(prediction, state, b)) deviating.push(b);
    });
    observer?.deviating(this, deviating);
    const causes = new Map<number, string>();
    this.writeExceptions(deviating, predictions, state, around, writer, spans);
    const deviates = new Set(deviating);
    for (let b = 0; b < this.fields.length; b++) {
      const field = this.fields[b];
      const prediction = predictions[b];
      const deviation = deviates.has(b);
      const settled = prediction !== undefined && !deviation;
      const isRich = settled && prediction.class === field.richClass;
      if (settled && !isRich) continue;
      const rich = isRich && field.writesRich;
      const from = writer.tokens.length;
      const texts = writer.draft?.length ?? 0;
      field.write(state.leaves[b], state.classes[b], rich, state.own, around, writer);
      if (writer.tokens.length === from) continue;
      observer?.written(this, b, state.classes[b], writer.draft?.slice(texts) ?? []);
      spans.push(this.span(b, from, writer.tokens.length, state, prediction, deviation, causes, around));
    }
    if (extras.length > 0) this.writeExtras(extras, writer, spans);
    return state.leaves;
  }

  /**
   * Reads what `write` wrote. Drawn events obey the plan and keep to the entity's own values; one that cannot is given up as `broken`,
   * with the reason.
   */
  *read(around: Surroundings, reader: Reader, plan?: EventPlan): Walk<{ event: LogEvent; leaves: Leaf[]; broken?: string }> {
    const leaves = new Array<Leaf>(this.fields.length).fill(ABSENT);
    const classes = new Int32Array(this.fields.length);
    const own: Own = { name: around.entityName, leaves };
    const state: EventState = { leaves, classes, own, entity: around.entity, technique: around.technique, remembered: around.remembered };
    const deviates = yield* this.readExceptions(reader, around.technique, plan);
    const domains = plan?.domains(deviates);
    const prototypes = reader.exact ? undefined : this.followers.start(around.technique, domains);
    const unseen = (a: number): Leaf | undefined => (classes[a] > this.fields[a].known ? leaves[a] : undefined);
    for (let b = 0; b < this.fields.length; b++) {
      const field = this.fields[b];
      const prediction = this.predict(state, b);
      const deviation = deviates.has(b);
      const settled = prediction !== undefined && !deviation;
      const isRich = settled && prediction.class === field.richClass;
      const rich = isRich && field.writesRich;
      if (!reader.exact && this.isRuledOut(b, leaves, domains)) {
        if (!settled) yield* this.putAbsent(b, own, around, reader);
      } else if (settled && !isRich) {
        leaves[b] = prediction.leaf ?? field.leafOf(prediction.class, own);
      } else {
        const not = deviation ? (prediction ? this.predictedClass(prediction, b, own, around) : -1) : -1;
        const held = reader.exact || domains?.classes.has(b) ? undefined : around.held(b);
        if (reader.exact) leaves[b] = yield* field.read({ rich, not }, own, around, reader);
        else if (held !== undefined) leaves[b] = yield* this.spellOut(b, held, rich, own, around, reader);
        else {
          const alike = prototypes?.allowed(b, field.known + 2, unseen);
          const choice: Choice = { rich: isRich, not, allowed: this.choices(b, around, classes, domains, alike), strict: domains?.classes.has(b), ofAttack: field.allowed.seenInAttack(around.technique) !== undefined, habit: around.habit(field) };
          leaves[b] = yield* this.draw(b, choice, own, around, reader, domains);
        }
      }
      classes[b] = field.classOf(leaves[b], own, around);
      prototypes?.note(b, classes[b], unseen);
      if (domains && !this.holds(b, leaves[b], classes[b], domains)) {
        return { event: {}, leaves, broken: `"${field.path}" would become ${JSON.stringify(showLeaf(leaves[b]))}` };
      }
    }
    const builder = new EventBuilder();
    for (const b of this.output) builder.set(this.fields[b].spec.path, leaves[b]);
    if (deviates.has(OUTSIDE)) {
      for (;;) {
        const text = yield* reader.readText(EXTRA);
        if (text === '') break;
        const path = decodePath(text);
        const json = yield* reader.readText(EXTRA);
        if (path !== undefined) builder.setValue(path, parseJson(json));
      }
    }
    return { event: builder.finish(), leaves };
  }

  describeException(token: number): string {
    const local = token - this.exceptionsLo;
    if (local === 0) return '(as expected)';
    const set = this.spec.exceptions[local - 1];
    return set ? set.map((b) => this.nameOf(b)).join(', ') : '(other deviations)';
  }

  private nameOf(b: number): string {
    return b === OUTSIDE ? '(new fields)' : this.fields[b].path;
  }

  private writeExceptions(
    deviating: number[],
    predictions: Array<Prediction | undefined>,
    state: EventState,
    around: Surroundings,
    writer: Writer,
    spans: Span[]
  ): void {
    const from = writer.tokens.length;
    const known = deviating.length === 0 ? 0 : this.sets.get(deviating.join());
    if (known !== undefined) {
      writer.put(STRUCTURE, this.exceptionsLo + known);
    } else {
      writer.put(STRUCTURE, this.exceptionsLo + this.exceptionTokens - 1);
      for (const b of deviating) writer.put(STRUCTURE, this.list.lo + (b === OUTSIDE ? this.list.fields : b));
      writer.put(STRUCTURE, this.list.lo + this.list.fields + 1);
    }
    // A broken rule is told by its field's span too: they share the cause, so that it counts once.
    const broken = deviating.find((b) => b !== OUTSIDE);
    const by = broken === undefined ? undefined : predictions[broken]?.by;
    spans.push({
      path: '@structure',
      from,
      to: writer.tokens.length,
      actual: deviating.length === 0 ? '(as expected)' : deviating.map((b) => this.nameOf(b)).join(', '),
      reason: known !== undefined && by === undefined ? 'unlikely' : 'violation',
      ...(broken === undefined
        ? deviating.length > 0 && { cause: '@extra' }
        : { cause: by === undefined ? this.fields[broken].path : this.causeOf(by, state, around) }),
    });
  }

  private *readExceptions(reader: Reader, technique: number, plan?: EventPlan): Walk<Set<number>> {
    const sets = this.spec.exceptions;
    const size = this.exceptionTokens;
    // New sets and parts outside the schema are not made up, nor do normal events deviate as attacks do.
    const most = technique === 0 ? (this.spec.normal ?? sets.length) : sets.length;
    const possible = Uint8Array.from({ length: size }, (_, i) => (i <= most && (plan?.sets[i] ?? 1) === 1 && (i === 0 || !sets[i - 1].includes(OUTSIDE)) ? 1 : 0));
    const seen = technique === 0 ? undefined : this.spec.deviations?.find((entry) => entry.technique === technique)?.sets;
    const ofAttack = seen ? possible.map((bit, i) => (seen.includes(i) ? bit : 0)) : possible;
    const mask = reader.exact ? undefined : ofAttack.includes(1) ? ofAttack : possible;
    const local = (yield* reader.choose(STRUCTURE, this.exceptionsLo, this.exceptionsLo + size, mask)) - this.exceptionsLo;
    if (local <= sets.length) return new Set(local === 0 ? [] : sets[local - 1]);
    const set = new Set<number>();
    const end = this.list.lo + this.list.fields + 1;
    for (;;) {
      const token = yield* reader.choose(STRUCTURE, this.list.lo, end + 1);
      if (token === end) return set;
      set.add(token === end - 1 ? OUTSIDE : token - this.list.lo);
    }
  }

  /** Draws a field: what the conditions leave of it, be it a value that the field never had. */
  private *draw(b: number, choice: Choice, own: Own, around: Surroundings, reader: Reader, domains?: Domains): Walk<Leaf> {
    const field = this.fields[b];
    const tests = domains?.tests.get(b);
    const usable = domains && this.usable(b, around, domains);
    const within = boundsInOrder(field, own.leaves, { ...around, within: tests && withinAll(tests) });
    if (!tests) return yield* field.read(choice, own, usable || within ? { ...around, usable, within } : around, reader);
    const context: Surroundings = { ...around, within, usable };
    const values = valuesOfAll(tests);
    const mask = Uint8Array.from({ length: field.known + 3 }, (_, c) => (choice.allowed?.[c] ?? 1) & (c > field.known || tests.every((test) => test.accepts(field.leafOf(c, own))) ? 1 : 0));
    if (values) {
      // Values that are asked for by name are the only ones of their kind that may come.
      mask[field.richClass] = mask[field.alienClass] = 0;
      const known = new Set([...mask.keys()].filter((c) => mask[c] === 1).map((c) => showLeaf(field.leafOf(c, own))));
      const novel = values.filter((value) => !known.has(String(value))).flatMap((value) => novelLeaf(field, value) ?? []);
      const chosen = novel.length > 0 && around.random() * values.length < (known.size === 0 ? values.length : novel.length) ? novel[Math.floor(around.random() * novel.length)] : undefined;
      if (chosen !== undefined) return yield* this.spellOut(b, chosen, choice.rich, own, context, reader);
    }
    const restricted: Choice = { ...choice, rich: choice.rich && mask[field.richClass] === 1, allowed: mask, strict: true };
    // Nothing is left: the caller sees that the event does not hold.
    return field.canDraw(restricted, context) ? yield* field.read(restricted, own, context, reader) : ABSENT;
  }

  private *spellOut(b: number, leaf: Leaf, rich: boolean, own: Own, around: Surroundings, reader: Reader): Walk<Leaf> {
    const field = this.fields[b];
    const c = field.classOf(leaf, own, around);
    for (const token of reader.tokensOf((writer) => field.write(leaf, c, rich && c === field.richClass, own, around, writer))) {
      yield* reader.choose(field.id, token, token + 1);
    }
    return leaf;
  }

  /** Ids may come back only where what they bring with them is allowed. */
  private usable(a: number, around: Surroundings, domains: Domains): ((id: Leaf) => boolean) | undefined {
    const bound = (this.remembering.get(a) ?? []).filter((b) => domains.classes.has(b));
    if (bound.length === 0) return undefined;
    return (id) =>
      bound.every((b) => {
        const leaf = around.remembered(b, leafKey(id));
        return leaf === undefined || this.holds(b, leaf, this.fields[b].classOf(leaf, { name: around.entityName, leaves: [] }, around), domains);
      });
  }

  private holds(b: number, leaf: Leaf, c: number, domains: Domains): boolean {
    const mask = domains.classes.get(b);
    return (!mask || mask[c] === 1) && (domains.tests.get(b)?.every((test) => test.accepts(leaf)) ?? true);
  }

  private choices(b: number, around: Surroundings, classes: Int32Array, domains?: Domains, alike?: Uint8Array): Uint8Array | undefined {
    const field = this.fields[b];
    let mask: Uint8Array | undefined = domains?.classes.get(b)?.slice(0, field.known + 2);
    const company = field.spec.company?.map(({ a }, companion) => field.allowed.seenWith(companion, classes[a])) ?? [];
    const allowed = around.technique === 0 ? field.allowed.normal : field.allowed.seenInAttack(around.technique);
    for (const more of [alike, field.allowed.supportOf(around.entity, around.technique), allowed, ...company]) {
      if (!more) continue;
      const both: Uint8Array = mask ? mask.map((bit, c) => bit & more[c]) : more;
      if (both.includes(1)) mask = both;
    }
    return mask;
  }

  /** Whether a field cannot be there beside another that is, or must be. */
  private isRuledOut(b: number, leaves: readonly Leaf[], domains?: Domains): boolean {
    return this.exclusive[b]?.some((a) => (a < b ? leaves[a] !== ABSENT : domains?.classes.get(a)?.[0] === 0)) ?? false;
  }

  /** What is written of a field that is not there. */
  private *putAbsent(b: number, own: Own, around: Surroundings, reader: Reader): Walk<void> {
    const field = this.fields[b];
    if (field.spec.absent === 0) return;
    for (const token of reader.tokensOf((writer) => field.write(ABSENT, 0, false, own, around, writer))) yield* reader.choose(field.id, token, token + 1);
  }

  private predictedClass(prediction: Prediction, b: number, own: Own, around: Surroundings): number {
    return prediction.leaf === undefined ? prediction.class : this.fields[b].classOf(prediction.leaf, own, around);
  }

  private span(
    b: number,
    from: number,
    to: number,
    state: EventState,
    prediction: Prediction | undefined,
    deviation: boolean,
    causes: Map<number, string>,
    around: Surroundings
  ): Span {
    const field = this.fields[b];
    // What was too rare for a token is spelled out as new values are, and counts like one.
    const fresh = field.isRare(state.classes[b]) || (state.classes[b] > field.known && (state.classes[b] === field.alienClass || field.rich?.name === 'text' || field.rich?.name === 'ip'));
    const reason = deviation && prediction?.by !== undefined ? 'violation' : fresh ? 'unseen' : 'unlikely';
    const by = deviation ? prediction?.by : this.unseenDeterminant(b, state);
    let cause: string | undefined;
    if (by !== undefined) cause = causes.get(by) ?? this.causeOf(by, state, around);
    else if (fresh) cause = `${field.path}=${showLeaf(state.leaves[b])}`;
    else if (deviation) cause = field.path;
    if (cause !== undefined) causes.set(b, cause);
    return { path: field.path, from, to, actual: showLeaf(state.leaves[b]), reason, ...(cause !== undefined && { cause }) };
  }

  /** The determinant whose value no rule of the field knows. */
  private unseenDeterminant(b: number, state: EventState): number | undefined {
    for (const rule of this.spec.fields[b].chain) {
      if (rule.rule !== 'table' || rule.coarse) continue;
      if (rule.a === ENTITY ? state.entity === 0 : rule.a >= 0 && state.classes[rule.a] > this.fields[rule.a].known) return rule.a;
    }
    return undefined;
  }

  private causeOf(a: number, state: EventState, around: Surroundings): string {
    if (a === ENTITY) return `@entity=${around.entityName}`;
    if (a === TECHNIQUE) return '@technique';
    return `${this.fields[a].path}=${showLeaf(state.leaves[a])}`;
  }

  private writeExtras(extras: readonly Extra[], writer: Writer, spans: Span[]): void {
    for (const { path, json } of extras) {
      const from = writer.tokens.length;
      writer.putText(EXTRA, encodePath(path));
      writer.putText(EXTRA, json);
      spans.push({ path: shown(path), from, to: writer.tokens.length, actual: json, reason: 'unseen', cause: '@extra' });
    }
    writer.putText(EXTRA, '');
  }
}

const shown = (path: Path): string => encodePath(path).slice(1);

function parseJson(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}
