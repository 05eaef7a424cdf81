import { LyrebirdError, type LogEvent } from '../../common';
import { ABSENT, leafKey, type Leaf } from './leaf';
import type { EventGrammar, Surroundings, WriteObserver } from './event_grammar';
import { duration } from './duration';
import { FormerTokens, type FormerDraft } from './former';
import { Gap, placeInAttack, placeInSession, SESSION_PAUSE } from './gap';
import { GivenPlanner } from './given';
import { Reader, TYPE, Writer, type Walk } from './grammar';
import { Habits } from './habits';
import { IdKind, RECENT_IDS } from './kinds/id';
import type { Layout } from './layout';
import { conditionsOf, EventPlan } from './pins';
import type { Own } from './placeholder';
import type { EventState } from './predict';
import { SESSION_END } from './session_end';
import { Held } from './steady';
import type { TypeIndex } from './type_index';
import type { CodecStream, DecodeOptions, EncodedEvent, EventDecoder, PreparedEvent, Span, Step, StreamOptions } from './types';

/** Values that a determinant is remembered by, per pair of fields. */
const REMEMBERED = 64;

interface Decoded {
  event: LogEvent;
  time: number;
  logType: string;
  grammar?: EventGrammar;
  leaves: Leaf[];
  broken?: string;
}

/** What a stream has worked out about the conditions of its events. */
interface Plans {
  typeMask: Uint8Array;
  plans: ReadonlyArray<EventPlan | undefined>;
  /** Why there is no event that meets them. */
  conflict?: string;
}

/** What one stream carries from event to event. Encoding and decoding advance it in the same way. */
export class FieldStream implements CodecStream {
  private started = false;
  private previous: number;
  left?: number;
  /** Events since the session began. */
  private inSession = 0;
  private readonly former: FormerTokens;
  /** Recent ids by pool, newest first. */
  private readonly pools = new Map<number, Leaf[]>();
  /** By log type and field: value of its determinant -> value of the field. */
  private readonly memory = new Map<EventGrammar, Map<number, Map<unknown, Leaf>>>();
  private readonly habits: Habits;
  private readonly held: Held;
  private readonly random: () => number;
  private readonly planned = new Map<string, Plans>();
  private plannedFor?: DecodeOptions['pins'];
  private given?: GivenPlanner;

  constructor(
    private readonly layout: Layout,
    private readonly types: TypeIndex,
    readonly entity: number,
    public technique: number,
    private readonly options: StreamOptions
  ) {
    this.previous = options.time;
    this.former = new FormerTokens(layout.changing);
    this.held = new Held(layout.steady);
    this.habits = new Habits(entity, layout.typeHabits, layout.grammars.length + 1);
    this.random =
      options.random ??
      ((): number => {
        throw new LyrebirdError('LYREBIRD_INTERNAL', 'Decoding without a residual needs a source of random numbers.', 'Give `random` to startStream.');
      });
  }

  /** `observer` hears what is written, for fitting; texts are then left out. */
  encode(prepared: PreparedEvent, observer?: WriteObserver): EncodedEvent {
    const { layout } = this;
    const former = this.former.draft();
    const writer = new Writer(layout.text, former, observer && []);
    this.setPlace(writer);
    const spans: Span[] = [];
    layout.gap.write(prepared.time, this.previous, !this.started, writer);
    spans.push({ path: '@gap', from: 0, to: writer.tokens.length, actual: this.describeGap(prepared.time), reason: 'unlikely' });
    const from = writer.tokens.length;
    const type = this.types.find(prepared.logType, prepared.event);
    const grammar = type === undefined ? undefined : layout.grammars[type];
    writer.put(TYPE, layout.typeLo + (type ?? layout.grammars.length));
    let leaves: Leaf[] = [];
    if (grammar) {
      spans.push({ path: '@type', from, to: from + 1, actual: prepared.logType, reason: 'unlikely' });
      leaves = grammar.write(prepared.event, this.around(prepared.time, grammar), writer, spans, observer);
    } else {
      writer.putText(TYPE, prepared.logType);
      writer.putText(TYPE, JSON.stringify(prepared.event));
      spans.push({ path: '@type', from, to: writer.tokens.length, actual: prepared.logType, reason: 'unseen', cause: `@type=${prepared.logType}` });
    }
    this.advance(prepared.time, former, grammar, leaves);
    const { tokens, positions, residual } = writer;
    return { tokens, positions, residual, spans };
  }

  /** What an event would be taken apart into here; undefined for a log type without a grammar. */
  analyse({ event, logType, time }: PreparedEvent): { grammar: EventGrammar; state: EventState } | undefined {
    const type = this.types.find(logType, event);
    const grammar = type === undefined ? undefined : this.layout.grammars[type];
    return grammar && { grammar, state: grammar.analyse(event, this.around(time, grammar)).state };
  }

  decode(options: DecodeOptions = {}): EventDecoder {
    const former = this.former.draft();
    const reader = new Reader(this.layout.text, this.random, options.residual, former);
    this.setPlace(reader);
    return new Walker(this.walk(reader, options), ({ time, grammar, leaves }) => this.advance(time, former, grammar, leaves));
  }

  conflict(options: DecodeOptions): string | undefined {
    return this.plans(options).conflict;
  }

  private *walk(reader: Reader, options: DecodeOptions): Walk<Decoded> {
    const { layout } = this;
    const plans = reader.exact ? undefined : this.plans(options);
    if (plans?.conflict !== undefined) {
      throw new LyrebirdError('LYREBIRD_UNKNOWN_VALUE', `No event of "${this.name}" can have what is asked for: ${plans.conflict}.`, 'Ask for fewer fields at once, for other values, or for other entities.');
    }
    let time = yield* layout.gap.read(this.previous, !this.started, reader, options.hours, reader.exact ? undefined : options.at);
    const type = (yield* reader.choose(TYPE, layout.typeLo, layout.typeLo + layout.grammars.length + 1, plans?.typeMask, this.technique === 0 && !reader.exact ? this.habits.types : undefined)) - layout.typeLo;
    const grammar = layout.grammars[type];
    if (!grammar) {
      const logType = yield* reader.readText(TYPE);
      return { event: JSON.parse(yield* reader.readText(TYPE)) as LogEvent, time, logType, leaves: [] };
    }
    if (!reader.exact) time = Gap.round(time, this.previous, grammar.spec.resolution);
    const { event, leaves, broken } = yield* grammar.read(this.around(time, grammar), reader, plans?.plans[type]);
    return { event, time, logType: grammar.spec.name, grammar, leaves, broken };
  }

  /** What the conditions mean, by log type; worked out once for as long as they stay the same. */
  private plans({ pins, logTypes, given }: DecodeOptions): Plans {
    const whose = { entity: this.entity, name: this.name, technique: this.technique };
    if (given) return (this.given ??= new GivenPlanner(this.layout.grammars)).plans(given, pins, whose);
    if (pins !== this.plannedFor) this.planned.clear();
    this.plannedFor = pins;
    const key = `${this.technique} ${[...(logTypes ?? [])].join()}`;
    const before = this.planned.get(key);
    if (before) return before;
    const { grammars } = this.layout;
    const reasons: string[] = [];
    const plans = grammars.map((grammar) => {
      if (!pins?.size || (logTypes?.size && !logTypes.has(grammar.spec.name))) return undefined;
      const tests = conditionsOf(grammar, pins);
      if (typeof tests === 'string') return void reasons.push(tests);
      const plan = new EventPlan(grammar, tests, whose);
      if (plan.conflict !== undefined) reasons.unshift(plan.conflict);
      return plan;
    });
    const possible = Uint8Array.from({ length: grammars.length + 1 }, (_, i) => {
      if (i === grammars.length || grammars[i].spec.name === SESSION_END || (logTypes?.size && !logTypes.has(grammars[i].spec.name))) return 0;
      return !pins?.size || (plans[i] && plans[i].conflict === undefined) ? 1 : 0;
    });
    // An attack keeps to the log types of its examples, where it may.
    const ofAttack = possible.map((bit, i) => (this.technique > 0 && !grammars[i]?.spec.techniques?.includes(this.technique) ? 0 : bit));
    const typeMask = ofAttack.includes(1) ? ofAttack : possible;
    const made = { typeMask, plans, ...(!typeMask.includes(1) && { conflict: reasons[0] ?? 'there is no such log type' }) };
    this.planned.set(key, made);
    return made;
  }

  private get name(): string {
    return this.options.as ?? this.options.entity;
  }

  private around(time: number, grammar: EventGrammar): Surroundings {
    return {
      time,
      entityName: this.name,
      entity: this.entity,
      technique: this.technique,
      random: this.random,
      recent: (pool) => this.pools.get(pool) ?? [],
      held: (b) => this.held.of(this.technique, grammar, b),
      remembered: (b, value) => this.memory.get(grammar)?.get(b)?.get(value),
      habit: (field) => (this.technique === 0 ? this.habits.of(field) : undefined),
    };
  }

  private advance(time: number, former: FormerDraft, grammar: EventGrammar | undefined, leaves: readonly Leaf[]): void {
    former.keep();
    this.inSession = this.started && time - this.previous < SESSION_PAUSE ? this.inSession + 1 : 1;
    this.previous = this.started ? Math.max(time, this.previous) : time;
    this.started = true;
    if (!grammar) return;
    if (this.technique === 0) this.habits.noteType(this.layout.grammars.indexOf(grammar));
    this.held.note(this.technique, grammar, leaves);
    const own: Own = { name: this.name, leaves };
    const around = this.technique === 0 ? this.around(time, grammar) : undefined;
    grammar.fields.forEach((field, b) => {
      const leaf = leaves[b];
      if (around) this.habits.note(field, leaf, own, around);
      if (field.rich instanceof IdKind && typeof leaf === 'string') {
        const recent = this.pools.get(field.rich.pool) ?? [];
        const at = recent.indexOf(leaf);
        if (at >= 0) recent.splice(at, 1);
        recent.unshift(leaf);
        if (recent.length > RECENT_IDS) recent.pop();
        this.pools.set(field.rich.pool, recent);
      }
      for (const rule of field.spec.chain) {
        if (rule.rule === 'memory' && leaf !== ABSENT && leaves[rule.a] !== ABSENT) this.remember(grammar, b, leafKey(leaves[rule.a]), leaf);
      }
    });
  }

  private setPlace(to: { place: number; resumed: number }): void {
    const inAttack = this.technique > 0 ? placeInAttack(this.left) : undefined;
    to.place = inAttack ?? placeInSession(this.inSession);
    to.resumed = inAttack ?? 0;
  }

  private remember(grammar: EventGrammar, b: number, key: unknown, leaf: Leaf): void {
    let fields = this.memory.get(grammar);
    if (!fields) this.memory.set(grammar, (fields = new Map()));
    let values = fields.get(b);
    if (!values) fields.set(b, (values = new Map()));
    values.delete(key);
    values.set(key, leaf);
    if (values.size > REMEMBERED) values.delete(values.keys().next().value);
  }

  private describeGap(time: number): string {
    if (!this.started) return `first event, ${new Date(time).toISOString()}`;
    const gap = time - this.previous;
    return gap < 0 ? `${duration(-gap)} earlier` : `${duration(gap)} later`;
  }
}

/** Drives a walk token by token. */
export class Walker<T extends { event: LogEvent | undefined; time: number; logType: string; broken?: string }> implements EventDecoder {
  next: Step | undefined;
  private decoded?: T;
  private reported = false;

  constructor(
    private readonly walk: Walk<T>,
    private readonly onWhole: (decoded: T) => void
  ) {
    this.take(walk.next());
  }

  get time(): number | undefined {
    return this.decoded?.time;
  }

  get broken(): string | undefined {
    return this.decoded?.broken;
  }

  get whole(): { event: LogEvent | undefined; logType: string } | undefined {
    return this.decoded;
  }

  push(token: number): void {
    const { next } = this;
    if (!next) throw new LyrebirdError('LYREBIRD_CORRUPT', 'The event is whole already; it takes no more tokens.');
    const { lo, hi, mask } = next.candidates;
    if (!(token >= lo && token < hi) || (mask && mask[token - lo] === 0)) {
      throw new LyrebirdError('LYREBIRD_CORRUPT', `Token ${token} is not among those that may come next (${lo} to ${hi - 1}).`, 'The tokens were made with another codec.');
    }
    this.take(this.walk.next(token));
  }

  result(): { event: LogEvent | undefined; time: number; logType: string } {
    if (!this.decoded) throw new LyrebirdError('LYREBIRD_INTERNAL', 'The event is not whole yet.', 'Push tokens until `next` is undefined.');
    if (this.broken !== undefined) throw new LyrebirdError('LYREBIRD_INTERNAL', `The event does not meet its conditions: ${this.broken}.`, 'Look at `broken` first.');
    if (!this.reported) this.onWhole(this.decoded);
    this.reported = true;
    const { event, time, logType } = this.decoded;
    return { event, time, logType };
  }

  private take(step: IteratorResult<Step, T>): void {
    if (step.done) {
      this.decoded = step.value;
      this.next = undefined;
    } else {
      this.next = step.value;
    }
  }
}

