import { LyrebirdError, type LogEvent } from '../../common';
import { ABSENT, leafKey, type Leaf } from './leaf';
import type { EventGrammar, Surroundings, WriteObserver } from './event_grammar';
import { duration } from './duration';
import { Gap } from './gap';
import { Reader, TYPE, Writer, type Walk } from './grammar';
import { IdKind, RECENT_IDS } from './kinds/id';
import type { Layout } from './layout';
import { resolvePins, type Allowed } from './pins';
import type { CodecStream, DecodeOptions, EncodedEvent, EventDecoder, PreparedEvent, Span, Step, StreamOptions } from './types';

/** Values that a determinant is remembered by, per pair of fields. */
const REMEMBERED = 64;

interface Decoded {
  event: LogEvent;
  time: number;
  logType: string;
  grammar?: EventGrammar;
  leaves: Leaf[];
}

/** What one stream carries from event to event. Encoding and decoding advance it in the same way. */
export class FieldStream implements CodecStream {
  private started = false;
  private previous: number;
  /** Recent ids by pool, newest first. */
  private readonly pools = new Map<number, Leaf[]>();
  /** By log type and field: value of its determinant -> value of the field. */
  private readonly memory = new Map<EventGrammar, Map<number, Map<unknown, Leaf>>>();
  private readonly random: () => number;

  constructor(
    private readonly layout: Layout,
    private readonly types: ReadonlyMap<string, number>,
    readonly entity: number,
    readonly technique: number,
    private readonly options: StreamOptions
  ) {
    this.previous = options.time;
    this.random =
      options.random ??
      ((): number => {
        throw new LyrebirdError('LYREBIRD_INTERNAL', 'Decoding without a residual needs a source of random numbers.', 'Give `random` to startStream.');
      });
  }

  /** `observer` hears what is written, for fitting; texts are then left out. */
  encode(prepared: PreparedEvent, observer?: WriteObserver): EncodedEvent {
    const { layout } = this;
    const writer = new Writer(layout.text, observer && []);
    const spans: Span[] = [];
    layout.gap.write(prepared.time, this.previous, !this.started, writer);
    spans.push({ path: '@gap', from: 0, to: writer.tokens.length, actual: this.describeGap(prepared.time), reason: 'unlikely' });
    const from = writer.tokens.length;
    const type = this.types.get(prepared.logType);
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
    this.advance(prepared.time, grammar, leaves);
    const { tokens, fields, slots, weekdays, residual } = writer;
    return { tokens, fields, slots, weekdays, residual, spans };
  }

  decode(options: DecodeOptions = {}): EventDecoder {
    const reader = new Reader(this.layout.text, this.random, options.residual);
    return new Walker(this.walk(reader, options), (decoded) => this.advance(decoded.time, decoded.grammar, decoded.leaves));
  }

  private *walk(reader: Reader, options: DecodeOptions): Walk<Decoded> {
    const { layout } = this;
    const pins = options.pins?.size ? options.pins : undefined;
    const allowed = new Map<EventGrammar, Allowed | undefined>();
    let typeMask: Uint8Array | undefined;
    if (!reader.exact) {
      typeMask = Uint8Array.from({ length: layout.grammars.length + 1 }, (_, i) => {
        const grammar = layout.grammars[i];
        if (!grammar || (options.logTypes?.size && !options.logTypes.has(grammar.spec.name))) return 0;
        if (!pins) return 1;
        allowed.set(grammar, resolvePins(grammar, pins, this.entity));
        return allowed.get(grammar) ? 1 : 0;
      });
      if (!typeMask.includes(1)) {
        throw new LyrebirdError('LYREBIRD_UNKNOWN_VALUE', 'No log type can have the values asked for.', 'Check the pins and log types first.');
      }
    }
    let time = yield* layout.gap.read(this.previous, !this.started, reader);
    const type = (yield* reader.choose(TYPE, layout.typeLo, layout.typeLo + layout.grammars.length + 1, typeMask)) - layout.typeLo;
    const grammar = layout.grammars[type];
    if (!grammar) {
      const logType = yield* reader.readText(TYPE);
      return { event: JSON.parse(yield* reader.readText(TYPE)) as LogEvent, time, logType, leaves: [] };
    }
    if (!reader.exact) time = Gap.round(time, this.previous, grammar.spec.resolution);
    const { event, leaves } = yield* grammar.read(this.around(time, grammar), reader, allowed.get(grammar));
    return { event, time, logType: grammar.spec.name, grammar, leaves };
  }

  private around(time: number, grammar: EventGrammar): Surroundings {
    return {
      time,
      entityName: this.options.entity,
      entity: this.entity,
      technique: this.technique,
      random: this.random,
      recent: (pool) => this.pools.get(pool) ?? [],
      remembered: (b, value) => this.memory.get(grammar)?.get(b)?.get(value),
    };
  }

  private advance(time: number, grammar: EventGrammar | undefined, leaves: readonly Leaf[]): void {
    this.previous = this.started ? Math.max(time, this.previous) : time;
    this.started = true;
    if (!grammar) return;
    grammar.fields.forEach((field, b) => {
      const leaf = leaves[b];
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
export class Walker<T extends { event: LogEvent | undefined; time: number; logType: string }> implements EventDecoder {
  next: Step | undefined;
  private decoded?: T;
  private reported = false;

  constructor(
    private readonly walk: Walk<T>,
    private readonly onWhole: (decoded: T) => void
  ) {
    this.take(walk.next());
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

