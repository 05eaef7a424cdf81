import { DEFAULT_LOG_TYPE_FIELDS, LyrebirdError, type Json, type LogEvent, type ModelField } from '../../common';
import { Bpe, learnMerges } from './bpe';
import { techniqueId } from './channels';
import { Walker } from './field_stream';
import { slotOf, weekdayOf } from './gap';
import { BOS, MAX_TEXT, Reader, Writer, type TextTokens, type Walk } from './grammar';
import { parseTime } from './kinds/time_format';
import { FORMAT, VERSION, type TextCodecSpec } from './spec';
import type { Codec, CodecStream, DecodeOptions, EncodedEvent, EventDecoder, FitOptions, PreparedEvent, SideSizes, StreamOptions } from './types';

export interface TextFitOptions extends FitOptions {
  kind: 'bpe' | 'char';
  /** Subwords beside the 256 bytes, for `bpe`; default 1,024. */
  merges?: number;
  /** Longest event that decoding writes, tokens; default: a quarter above the longest seen, at most 8,192. */
  maxTokens?: number;
}

const MERGES = 1024;
const LEARN_CHARACTERS = 4_000_000;
const LONGEST = 8192;
const TEXT_LO = 1;

/** Learns a raw tokeniser: each event is a line of text, its message or its JSON. Throws LYREBIRD_TOO_FEW_EVENTS when there are none. */
export function fitTextCodec(streams: PreparedEvent[][], options: TextFitOptions): Codec {
  const events = streams.flat();
  if (events.length === 0) {
    throw new LyrebirdError('LYREBIRD_TOO_FEW_EVENTS', 'There are no events to learn from.', 'Check the time range, the query and the entity field.');
  }
  const message = events.every(({ event }) => isMessage(event));
  const types = new Map<string, number>();
  for (const { logType } of events) types.set(logType, (types.get(logType) ?? 0) + 1);
  const texts: Array<[string, number]> = [];
  let characters = 0;
  const stride = Math.max(1, Math.floor(events.length / 20_000));
  for (let i = 0; i < events.length && characters < LEARN_CHARACTERS; i += stride) {
    const text = lineOf(events[i].event, message);
    texts.push([text, 1]);
    characters += text.length;
  }
  const merges = options.kind === 'bpe' ? learnMerges(texts, options.merges ?? MERGES) : [];
  const bpe = new Bpe(merges);
  const longest = texts.reduce((most, [text]) => Math.max(most, bpe.encode(text).length), 1);
  return new TextCodec({
    format: FORMAT,
    version: VERSION,
    kind: options.kind,
    entities: ['(unknown)', ...new Set(events.map(({ entity }) => entity))],
    techniques: ['(none)', ...[...new Set(events.flatMap(({ technique }) => technique ?? []))].sort()],
    logTypes: [...types.keys()].sort(),
    merges,
    timeField: options.timeField,
    maxTokens: options.maxTokens ?? Math.min(LONGEST, Math.max(MAX_TEXT, Math.ceil(longest * 1.25))),
    message,
    logType: [...types].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))[0][0],
  });
}

const isMessage = (event: LogEvent): boolean => typeof event.message === 'string' && Object.keys(event).length === 1;

/** The line of an event. Where messages are the rule, one that could be mistaken for a JSON event is written as JSON. */
function lineOf(event: LogEvent, message: boolean): string {
  return message && isMessage(event) && parseObject(event.message as string) === undefined ? (event.message as string) : JSON.stringify(event);
}

function parseObject(text: string): LogEvent | undefined {
  if (!/^\s*\{/.test(text)) return undefined;
  try {
    return JSON.parse(text) as LogEvent;
  } catch {
    return undefined;
  }
}

/** Value at a dotted path; keys may hold dots themselves. */
function valueAtPath(event: LogEvent, path: string): Json | undefined {
  if (Object.prototype.hasOwnProperty.call(event, path)) return event[path];
  for (let dot = path.indexOf('.'); dot > 0; dot = path.indexOf('.', dot + 1)) {
    const inner = event[path.slice(0, dot)];
    if (typeof inner === 'object' && inner !== null && !Array.isArray(inner)) {
      const found = valueAtPath(inner, path.slice(dot + 1));
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

/** A raw tokeniser: one field, the bytes or subwords of a line, and its end. */
export class TextCodec implements Codec {
  readonly kind: 'bpe' | 'char';
  readonly vocabulary: number;
  readonly bos = BOS;
  readonly side: SideSizes;
  readonly entities: readonly string[];
  readonly techniques: readonly string[];
  readonly logTypes: readonly string[];
  readonly text: TextTokens;

  constructor(readonly spec: TextCodecSpec) {
    this.kind = spec.kind;
    const bpe = new Bpe(spec.merges);
    this.text = { bpe, lo: TEXT_LO, end: TEXT_LO + bpe.size };
    this.vocabulary = this.text.end + 1;
    this.entities = spec.entities;
    this.techniques = spec.techniques;
    this.logTypes = spec.logTypes;
    this.side = { field: 1, entity: spec.entities.length, slot: 97, weekday: 8, place: 1, technique: spec.techniques.length, former: false };
  }

  describeFields(): ModelField[] {
    return this.logTypes.map((log_type) => ({ path: this.fieldPath(), log_type, kind: 'text', distinct: 0, values: [] }));
  }

  checkPins(pins: ReadonlyMap<string, unknown>): void {
    if (pins.size === 0) return;
    throw new LyrebirdError(
      'LYREBIRD_UNKNOWN_FIELD',
      `A model of raw text has no fields, so "${[...pins.keys()][0]}" cannot be chosen.`,
      'Train with the field tokeniser to choose values.'
    );
  }

  alternatives(): { lo: number; hi: number } {
    return { lo: 0, hi: this.vocabulary };
  }

  describeToken(_field: number, token: number): string {
    if (token === BOS) return '(start)';
    return token === this.text.end ? '(end)' : this.text.bpe.decode([token - this.text.lo]);
  }

  fieldPath(): string {
    return this.spec.message ? 'message' : '@event';
  }

  isChanging(): boolean {
    return false;
  }

  ownValues(): [] {
    return [];
  }

  startStream(options: StreamOptions): CodecStream {
    const entity = Math.max(0, this.entities.indexOf(options.entity, 1));
    return new TextStream(this, entity, techniqueId(this, options.technique), options.time);
  }

  toJSON(): TextCodecSpec {
    return this.spec;
  }
}

class TextStream implements CodecStream {
  left?: number;

  constructor(
    private readonly codec: TextCodec,
    readonly entity: number,
    public technique: number,
    private previous: number
  ) {}

  encode({ event, time }: PreparedEvent): EncodedEvent {
    const line = lineOf(event, this.codec.spec.message);
    const writer = new Writer(this.codec.text);
    writer.slot = slotOf(this.previous);
    writer.weekday = weekdayOf(this.previous);
    // Times that the text does not hold come back from here.
    writer.residual.push(time);
    writer.putText(0, line);
    this.previous = Math.max(this.previous, time);
    const { tokens, positions, residual } = writer;
    return { tokens, positions, residual, spans: [{ path: this.codec.fieldPath(), from: 0, to: tokens.length, actual: line, reason: 'unlikely' }] };
  }

  conflict(): undefined {
    return undefined;
  }

  decode(options: DecodeOptions = {}): EventDecoder {
    if (options.pins) this.codec.checkPins(options.pins);
    return new Walker(this.walk(options), ({ time }) => {
      this.previous = Math.max(this.previous, time);
    });
  }

  private *walk(options: DecodeOptions): Walk<{ event: LogEvent | undefined; time: number; logType: string }> {
    const { spec, text } = this.codec;
    const reader = new Reader(text, () => 0, options.residual);
    reader.slot = slotOf(this.previous);
    reader.weekday = weekdayOf(this.previous);
    const line = yield* reader.readText(0, undefined, spec.maxTokens);
    const event = parseObject(line) ?? (spec.message ? { message: line } : undefined);
    const parsed = event && parseTime((valueAtPath(event, spec.timeField) ?? null) as string | number | null);
    const time = reader.exact ? (reader.take() as number) : Math.max(this.previous, parsed?.time ?? this.previous);
    const named = event && DEFAULT_LOG_TYPE_FIELDS.map((path) => valueAtPath(event, path)).find((name) => typeof name === 'string');
    const logType = typeof named === 'string' && spec.logTypes.includes(named) ? named : spec.logType;
    return { event, time, logType };
  }
}
