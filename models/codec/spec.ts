import type { StoredLeaf } from './leaf';
import type { ShapesSpec } from './shapes';
import type { BinsSpec } from './kinds/bins';
import type { IdSpec } from './kinds/id';
import type { IpSpec } from './kinds/ip';
import type { NumberSpec } from './kinds/number';
import type { TextSpec } from './kinds/text';
import type { TimeSpec } from './kinds/time';

/**
 * What fitting learns, as plain JSON: this is what a codec file holds, and `FieldCodec` is compiled from it.
 *
 * The values of a field fall into classes: 0 absent, 1..V its vocabulary, V + 1 any other value that its rich kind can write. Rules speak of classes.
 */
export const FORMAT = 'lyrebird-codec';
export const VERSION = 2;

export type RichSpec = NumberSpec | TimeSpec | IdSpec | IpSpec | TextSpec;

/** A determinant that is no field of the event. */
export const ENTITY = -1;
export const TECHNIQUE = -2;

/**
 * One way to tell a field's value from what stands before it. `a` is the determinant: index of an earlier field, ENTITY or TECHNIQUE.
 * Tables are flat lists key, class, key, class; a key that is not listed gives no prediction.
 */
export type PredictorSpec =
  | { rule: 'constant'; class: number }
  | { rule: 'table'; a: number; coarse: boolean; table: number[] }
  /** `tables[i]` is the table of entity `entities[i]`. */
  | { rule: 'pair'; a: number; entities: number[]; tables: number[][] }
  | { rule: 'copy'; a: number }
  /** The determinant without `cut` around it, with `add` around the rest. */
  | { rule: 'affix'; a: number; cut: [string, string]; add: [string, string] }
  /** What this field was when the determinant last had its value in this stream. */
  | { rule: 'memory'; a: number };

/**
 * Classes that each entity has had, and the share of events that bring it another for the first time. `odds`: what those of another are
 * multiplied by so that a model's events bring them as seldom.
 */
export interface HabitsSpec {
  novelty: number;
  odds?: number;
  entities: number[];
  classes: number[][];
}

export interface FieldSpec {
  path: Array<string | number>;
  /** Position in first-seen order: events are written back in it. */
  order: number;
  vocabulary: StoredLeaf[];
  counts: number[];
  /** Events without it, and events with a value of the rich kind. */
  absent: number;
  richCount: number;
  rich?: RichSpec;
  /** New values were common when fitting: generation may write them. */
  open: boolean;
  /** The entity's name inside strings is a placeholder. */
  placeholder: boolean;
  /** Fields before it (indices in coding order) whose values are placeholders inside its strings. */
  references: number[];
  /** Times it was written while fitting; fields never written have no tokens of their own. */
  written: number;
  /** Its value is often another than the one before, which a model is therefore shown; what mostly stays would be copied, errors and all. */
  changing?: boolean;
  /** Earlier fields whose times this one's is never before, and never after; where bins alone do not keep the order. */
  timeOrder?: { notBefore: number[]; notAfter: number[] };
  /** Classes with a token of their own, ascending; all when left out. The others are written as values beyond the vocabulary are. */
  tokens?: number[];
  chain: PredictorSpec[];
  /** By class the entity that alone has had it; 0 for none. Left out where values pass from one to another, or `support` says more. */
  owners?: number[];
  /** Classes seen in the examples of each technique, for fields that belong to no entity, or to many: an attack is made of what its examples are made of. */
  attacks?: Array<{ technique: number; classes: number[] }>;
  /** Classes above this one were learned from attacks alone, when a model was fine-tuned: normal events never have them. */
  normal?: number;
  /** Earlier fields whose values leave this one few of its own: by class of theirs, the classes of this one that were seen with it. */
  company?: Array<{ a: number; seen: Array<[number, number[]]> }>;
  /** For fields without `support`. */
  habits?: HabitsSpec;
  /** Classes seen with each entity, for fields whose values belong to entities. */
  support?: {
    entities: number[];
    classes: number[][];
    /** Classes seen in the examples of each technique, and the share of them that were the entity's own. */
    techniques?: Array<{ technique: number; classes: number[]; own: number }>;
  };
}

export interface TypeSpec {
  name: string;
  /** Sets of exceptions beyond so many were learned from attacks alone. */
  normal?: number;
  /** Sets of exceptions (0: none, then by number) in the examples of each technique that a model was fine-tuned with. */
  deviations?: Array<{ technique: number; sets: number[] }>;
  /** Techniques with examples in this log type. */
  techniques?: number[];
  /** Which of the log type's shapes it is; 0 where there is one. */
  shape: number;
  events: number;
  /** Step of the times, ms. */
  resolution: number;
  /** In coding order: determinants first. */
  fields: FieldSpec[];
  /** Sets of fields that deviated from their prediction together; -1 stands for parts of the event outside the schema. */
  exceptions: number[][];
  /** Pairs of fields of which an event has one at most: a value, and a container by its name. */
  exclusive: Array<[number, number]>;
}

export interface GapSpec {
  /** Gaps below LONG_GAP, ms. */
  within: BinsSpec;
  /** Days ahead, from MORE_DAYS. */
  far: BinsSpec;
}

export interface FieldCodecSpec {
  format: typeof FORMAT;
  version: typeof VERSION;
  kind: 'field';
  entities: string[];
  techniques: string[];
  gap: GapSpec;
  /** Of the log types, by their place among `types`. */
  habits?: HabitsSpec;
  /** Fields (by path, or by log type, shape and path) that keep their value throughout the examples of a technique. */
  steady?: Array<{ technique: number; fields: string[] }>;
  merges: Array<[number, number]>;
  types: TypeSpec[];
  /** Of the log types that hold several shapes. */
  shapes: Array<ShapesSpec & { name: string }>;
}

/** Raw tokenisers: an event is a line of text. */
export interface TextCodecSpec {
  format: typeof FORMAT;
  version: typeof VERSION;
  kind: 'bpe' | 'char';
  entities: string[];
  techniques: string[];
  logTypes: string[];
  merges: Array<[number, number]>;
  timeField: string;
  /** Longest event in tokens that decoding writes. */
  maxTokens: number;
  /** Events are one `message` each: the line is its text, else the event's JSON. */
  message: boolean;
  /** Log type of an event read back, by the fields that say so. */
  logType: string;
}

export type CodecSpec = FieldCodecSpec | TextCodecSpec;
