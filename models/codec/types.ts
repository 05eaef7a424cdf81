import type { LogEvent, ModelField } from '../../common';
import type { Conditions } from './condition';
import type { Habit, Rehearsal } from './habits';
import type { Given } from './given';
import type { Hours } from './hours';

export type { Condition, Conditions } from './condition';
export type { Habit, Rehearsal } from './habits';
export type { Given } from './given';
export type { Hours } from './hours';

/**
 * An event with what the pipeline has already taken from it. Streams are arrays of these for one entity, in time order.
 */
export interface PreparedEvent {
  /** Normalised name of the entity whose stream the event belongs to. */
  entity: string;
  /** Milliseconds since the epoch. */
  time: number;
  logType: string;
  /** MITRE ATT&CK (sub-)technique id, if the event is labelled with one. */
  technique?: string;
  event: LogEvent;
}

/**
 * Sizes of the channels that stand beside the token at each position. A position's channels describe the token that is
 * to be predicted there: its field, and what is known of the event so far.
 */
export interface SideSizes {
  /** Field ids. */
  field: number;
  /** Entity ids; 0 is "unknown". */
  entity: number;
  /** Quarter hours of the UTC day, 96, plus one for "not known". */
  slot: number;
  /** Days of the UTC week, 0 = Sunday, plus one for "not known". */
  weekday: number;
  /** Steps of the number of events since the session began, and those of the number that an attack has left. */
  place: number;
  /** Technique ids; 0 is "none". */
  technique: number;
  /** Whether there is one more channel: the token that stood here when the stream last wrote the field. */
  former: boolean;
}

/** What is known of the token at one position, before it is. */
export interface Position {
  field: number;
  slot: number;
  weekday: number;
  place: number;
  /** Token that stood here when the stream last wrote the field; BOS when there was none. */
  former: number;
}

/** The tokens that may come next: `lo <= token < hi`, and `mask[token - lo] === 1` where there is a mask. */
export interface Candidates {
  lo: number;
  hi: number;
  mask?: Uint8Array;
  /** What the entity is used to. */
  habit?: Habit;
}

/** What a stream expects next. */
export interface Step extends Position {
  candidates: Candidates;
}

/** A run of tokens that together say one thing, for scoring and explanation. */
export interface Span {
  /** Dotted path, or `@gap`, `@type`, `@structure`. */
  path: string;
  /** Tokens `from <= i < to` of the event. */
  from: number;
  to: number;
  /** The value as a person would read it. */
  actual: string;
  reason: 'unlikely' | 'unseen' | 'violation';
  /** Spans with the same cause are consequences of one unseen value or one broken dependency: they count once (the largest). */
  cause?: string;
}

export interface EncodedEvent {
  tokens: number[];
  /** Of each token: same length as `tokens`. */
  positions: Position[];
  spans: Span[];
  /**
   * What the tokens do not hold (the value within a bin, the characters of an id). With it, decoding gives the very
   * event back; without it, decoding draws afresh. Never seen by the model.
   */
  residual: unknown[];
}

export interface DecodeOptions {
  /** Dotted path -> what the event must have there. Checked with `Codec.checkPins` first. */
  pins?: Conditions;
  /** When events may happen. */
  hours?: Hours;
  /** The event's time, ms, in place of one that is drawn; never before the last event's. */
  at?: number;
  /** An event whose settled fields, and log type, the event has. */
  given?: Given;
  logTypes?: ReadonlySet<string>;
  /** Residual of an encoded event: decode exactly instead of drawing. */
  residual?: unknown[];
}

/** Walks the grammar of one event. `next` is what is expected; `undefined` once the event is whole. */
export interface EventDecoder {
  readonly next: Step | undefined;
  /** Time of the event once it is whole, ms: what `result` will say, without the stream advancing. */
  readonly time?: number;
  /** Why the event, though whole, cannot be taken: its conditions do not hold. Start another in its place; `result` throws. */
  readonly broken?: string;
  /** The event once it is whole: what `result` will say, without the stream advancing. */
  readonly whole?: { event: LogEvent | undefined; logType: string };
  /** Takes the token chosen for `next`. Throws LYREBIRD_CORRUPT on a token that is not among the candidates. */
  push(token: number): void;
  /** The whole event. Throws before it is whole; for raw tokenisers `event` is undefined when the text is not a JSON object. */
  result(): { event: LogEvent | undefined; time: number; logType: string };
}

/** One entity's stream: what the codec carries from event to event (time, recent ids, session). */
export interface CodecStream {
  readonly entity: number;
  /** Set it between two events: what follows is an attack, or no longer one. */
  technique: number;
  /** Events that the attack has left, the next one among them; to be set with `technique`, before each event. Undefined where that is not known. */
  left?: number;
  /** Why no event of the stream can meet the conditions; undefined when one can. */
  conflict(options: DecodeOptions): string | undefined;
  /** Encodes `event` as the next one of the stream, and advances. */
  encode(event: PreparedEvent): EncodedEvent;
  /** Starts the next event of the stream; the stream advances when the decoder is whole and `result()` was called. */
  decode(options?: DecodeOptions): EventDecoder;
}

export interface StreamOptions {
  entity: string;
  /** Name in the events, where it is not the entity's own: another's habits under a new name. */
  as?: string;
  /** Time before the stream's first event, ms: gaps and weekdays start from here. */
  time: number;
  technique?: string;
  /** Uniform in [0, 1): draws ids, values within bins, times within slots. Needed for decoding only. */
  random?: () => number;
}

/** A value that tells an entity from all others: its id, its device, its address, its name. */
export interface OwnValue {
  value: string;
  /** What other entities have in its place. */
  others: ReadonlyArray<{ entity: string; value: string }>;
}

export interface Codec {
  readonly kind: 'field' | 'bpe' | 'char';
  /** Number of tokens, all fields together; below 65,536. */
  readonly vocabulary: number;
  /** Token that opens every stream and every training window. */
  readonly bos: number;
  readonly side: SideSizes;
  /** Names by id; index 0 is the unknown entity. */
  readonly entities: readonly string[];
  /** Ids by id; index 0 is none. */
  readonly techniques: readonly string[];
  readonly logTypes: readonly string[];
  /** For the model card. */
  describeFields(): ModelField[];
  /** Throws LYREBIRD_UNKNOWN_FIELD or LYREBIRD_UNKNOWN_VALUE, with the nearest known ones in the hint. */
  checkPins(pins: Conditions, logTypes?: ReadonlySet<string>): void;
  /** The value that a token stands for in a field, as a person would read it. */
  describeToken(field: number, token: number): string;
  /** The tokens `lo <= t < hi` among which `token` was chosen: what could have stood in its place. */
  alternatives(token: number): { lo: number; hi: number };
  /** Dotted path (or `@gap` ...) of a field id. */
  fieldPath(field: number): string;
  /** Whether a field seldom keeps its value from one event to the next: what happens, rather than who does it from where. */
  isChanging(field: number): boolean;
  startStream(options: StreamOptions): CodecStream;
  /** Values that an entity alone has, in fields where most entities have values of their own; with the values of others. */
  ownValues(entity: string): OwnValue[];
  /** The same as JSON, once a model has shown how often it gives entities what is new to them; raw tokenisers have no such thing. */
  rehearsed?(rehearsal: Rehearsal): unknown;
  /** Everything needed to rebuild it with `codecFromJSON`. */
  toJSON(): unknown;
}

export interface FitOptions {
  /** Dotted path of the time field; its format is learned. */
  timeField: string;
  /** Those that tell the time where an event lacks it, in order of preference. */
  otherTimeFields?: readonly string[];
  /** Dotted paths that may name the entity, in order of preference. */
  entityFields: readonly string[];
  entityNormalise: boolean;
  /** Entities are sessions: their names are placeholders in texts, as all are, but none is known to the codec, and no field belongs to one. */
  sessions?: boolean;
}
