import { z } from 'zod';
import { idSchema, TOKENIZERS } from './node_api';

/**
 * The report that compares synthetic events with held-out real ones (`lyrebird evaluate`, `GET /v1/models/{id}/report`).
 * Every figure stands beside its floor: the same measure between real training events and the held-out events, over a
 * period of the same length and weekdays. What a figure means is in docs/report.md.
 */

/** Values of categorical fields that are no value: a JSON null, a missing field, and everything too rare to list. */
export const NULL_VALUE = '(null)';
export const ABSENT_VALUE = '(absent)';
export const RARE_VALUE = '(rare)';

export const FIGURE_IDS = [
  'valid_json',
  'accepted',
  'right_entity',
  'entity_bleed',
  'dependency_violations',
  'categorical_distance',
  'numeric_distance',
  'numeric_ks',
  'association_difference',
  'user_place',
  'user_app',
  'user_device',
  'user_address',
  'user_action',
  'user_hour',
  'hour_of_week',
  'action_bigrams',
  'action_transitions',
  'session_length',
  'id_repeats',
  'sign_in_first',
  'time_order',
  'events_per_entity_day',
  'gap',
  'volume',
  'discriminator_auc',
  'discriminator_steady',
  'rare_share',
  'id_format',
  'exact_copies',
  'rouge1',
  'cosine',
  'closest_record_share',
  'membership_auc',
] as const;

export const FIGURE_GROUPS = ['validity', 'consistency', 'fields', 'joint', 'sequence', 'indistinguishable', 'privacy'] as const;

const number = z.number().nullable();

/** Synthetic events tried in an index of their own, with the mapping of the one that the model learned from. */
export const indexTrialSchema = z.object({
  /** Index whose mapping it was. */
  index: z.string(),
  tried: z.number().int(),
  accepted: z.number().int(),
  /** Elasticsearch's error type and reason. */
  refusals: z.record(z.string(), z.number().int()),
  /** How they were tried where that was not in an index, and why where some or all were not. */
  note: z.string().max(2000).optional(),
});
export type IndexTrial = z.infer<typeof indexTrialSchema>;

export const figureSchema = z.object({
  id: z.enum(FIGURE_IDS),
  group: z.enum(FIGURE_GROUPS),
  name: z.string(),
  /** One sentence: what is measured. */
  description: z.string(),
  /** Of the synthetic events; null where it could not be measured (`note` says why). */
  value: number,
  /** The same measure on real training events; null where there is none. */
  floor: number,
  /** Lowest and highest floor, where several training periods of the length were there to measure. */
  floor_range: z.tuple([z.number(), z.number()]).optional(),
  /** `share`: 0-1, shown as percent; `distance`: 0-1; `sd`: standard deviations; `auc`: 0.5-1; `ratio`: 1 is equal. */
  unit: z.enum(['share', 'distance', 'sd', 'auc', 'ratio']),
  better: z.enum(['lower', 'higher', 'closer']),
  /** The value that is wanted lies from `low` to `high`; worked out from the floor where the goal is a multiple of it. */
  goal: z.object({ low: z.number().optional(), high: z.number().optional(), text: z.string() }).optional(),
  /** `none` also where too few were observed to tell; `note` says so. */
  verdict: z.enum(['met', 'missed', 'none']),
  /** What was counted, on the smaller of the two sides: events, sessions, … */
  observations: z.object({ count: z.number().int(), of: z.string() }).optional(),
  note: z.string().optional(),
});
export type Figure = z.infer<typeof figureSchema>;

export const FIELD_KINDS = ['constant', 'categorical', 'number', 'time', 'id', 'text'] as const;

/** Three shares of the same thing, each 0-1 of the events of its set. */
const sharesSchema = { train: z.number(), heldout: z.number(), synthetic: z.number() };

export const histogramSchema = z.object({
  /** Edges of the bins, one more than shares. */
  edges: z.array(z.number()),
  train: z.array(z.number()),
  heldout: z.array(z.number()),
  synthetic: z.array(z.number()),
  /** Seconds, bytes, ...; empty when unknown. */
  unit: z.string(),
  /** Bins grow exponentially. */
  log: z.boolean(),
});
export type Histogram = z.infer<typeof histogramSchema>;

export const fieldReportSchema = z.object({
  path: z.string(),
  kind: z.enum(FIELD_KINDS),
  /** Distinct values in training events. */
  distinct: z.number().int(),
  absent: z.object(sharesSchema),
  null: z.object(sharesSchema),
  /** Share of events whose value (other) training events have, too, and fewer than one in a thousand of both together. */
  rare: z.object(sharesSchema).optional(),
  /** Categorical: total variation distance. Number, time: Wasserstein distance in standard deviations. Id, text: 1 - share in a format that was seen. */
  distance: number,
  floor: number,
  /** Number, time: Kolmogorov-Smirnov statistic. */
  ks: number.optional(),
  ks_floor: number.optional(),
  /** Categorical: the most frequent values with (null), (absent) and (rare), highest share first. */
  values: z.array(z.object({ value: z.string(), ...sharesSchema })).optional(),
  histogram: histogramSchema.optional(),
});
export type FieldReport = z.infer<typeof fieldReportSchema>;

export const pairReportSchema = z.object({
  a: z.string(),
  b: z.string(),
  /** Cramér's V with bias correction, 0 (independent) to 1. */
  cramers_v: z.object({ train: number, heldout: number, synthetic: number }),
  /** |V of synthetic - V of held-out|. */
  difference: number,
  floor: number,
  /** Total variation distance of the joint distribution. */
  joint_distance: number,
  joint_floor: number,
});
export type PairReport = z.infer<typeof pairReportSchema>;

export const dependencyReportSchema = z.object({
  /** Field or fields that determine `to` in the training events. */
  from: z.string(),
  to: z.string(),
  /** Share of events with a known value of `from` in which `to` is another one. */
  heldout: z.number(),
  synthetic: z.number(),
  /** One violation, as `value of from → value of to (expected value)`. */
  example: z.string().optional(),
});

export const discriminatorReportSchema = z.object({
  /** Area under the curve of a classifier that tells real from synthetic events, on folds that it was not trained on. */
  auc: number,
  floor: number,
  /** The same without `changing`: the features by which real events of one period are told from those of another. */
  steady: z.object({ auc: number, floor: number, changing: z.array(z.string()) }).optional(),
  /** Points of the curve: share of real taken for synthetic, share of synthetic found. */
  roc: z.array(z.tuple([z.number(), z.number()])),
  /** What gives synthetic events away: loss in AUC when the feature is shuffled, highest first. */
  importance: z.array(z.object({ feature: z.string(), importance: z.number() })),
});

export const logTypeReportSchema = z.object({
  name: z.string(),
  events: z.object({ train: z.number().int(), heldout: z.number().int(), synthetic: z.number().int() }),
  /** The worst first (distance above floor). */
  fields: z.array(fieldReportSchema),
  /** The worst first (difference above floor). */
  pairs: z.array(pairReportSchema),
  dependencies: z.object({ rules: z.number().int(), violations: z.object({ heldout: z.number(), synthetic: z.number() }), worst: z.array(dependencyReportSchema) }),
  /** Fields whose values belong to one entity each, with the share of events that carry another entity's; the worst first. */
  bleed: z.array(z.object({ path: z.string(), heldout: z.number(), synthetic: z.number() })),
  discriminator: discriminatorReportSchema.optional(),
});
export type LogTypeReport = z.infer<typeof logTypeReportSchema>;

/** A joint distribution over all log types, such as user × place. */
export const jointReportSchema = z.object({
  id: z.enum(FIGURE_IDS),
  /** Fields read, one per log type that has it. */
  fields: z.record(z.string(), z.string()),
  distance: z.number(),
  floor: number,
  /** The cells that differ most: shares of all events that have the field. */
  worst: z.array(z.object({ entity: z.string(), value: z.string(), ...sharesSchema })),
});

export const sequenceReportSchema = z.object({
  /** Field that names the action, per log type. */
  action_fields: z.record(z.string(), z.string()),
  /** Minutes without an event that end a session. */
  session_minutes: z.number(),
  /** Pairs of successive actions in a session, shares of all pairs: the most frequent, and those that differ most. */
  bigrams: z.array(z.object({ from: z.string(), to: z.string(), ...sharesSchema })),
  session_length: histogramSchema,
  events_per_entity_day: histogramSchema,
  /** Seconds between two events of an entity. */
  gap: histogramSchema,
  /** 7 rows (Monday first) of 24 hours (UTC): shares of all events. */
  hour_of_week: z.object({ train: z.array(z.array(z.number())), heldout: z.array(z.array(z.number())), synthetic: z.array(z.array(z.number())) }),
});

const knownShares = { train: number, heldout: number, synthetic: number };

/** Whether the events of a session hang together. */
export const sessionReportSchema = z.object({
  /** Fields with ids: of the events of a session that come after another with the field, the share whose id the session had before; events in a row with the same id, on average; share of events whose id stands in another session, too. */
  ids: z.array(z.object({ log_type: z.string(), path: z.string(), repeats: z.object(knownShares), run_length: z.object(knownShares), elsewhere: z.object(knownShares), floor: number })),
  /** Absent when no action is a sign-in, or none is anything else. `before`: sessions that use something first, of those that use anything (`sessions`). */
  sign_in: z.object({ actions: z.array(z.string()), before: z.object(knownShares), sessions: z.object({ train: z.number().int(), heldout: z.number().int(), synthetic: z.number().int() }) }).optional(),
  /** Pairs of times that stand in one order in all training events, and the share of events in which they do not; those that are broken. */
  times: z.array(z.object({ log_type: z.string(), earlier: z.string(), later: z.string(), heldout: z.number(), synthetic: z.number() })),
  /** Synthetic events written after a later one of their entity. */
  backwards: z.number().int(),
});
export type SessionReport = z.infer<typeof sessionReportSchema>;

export const privacyReportSchema = z.object({
  /** Identifying values (ids, tokens, ...) in synthetic events that stand in training events, of fields whose real values never come again. */
  copied_ids: z.object({ share: number, values: z.number().int() }),
  /** Distance of each event to the nearest training event, 0-1: share of fields that differ. */
  nearest: histogramSchema,
  closest_record: z.object({ train: z.number(), heldout: z.number(), ties: z.number() }),
  membership_roc: z.array(z.tuple([z.number(), z.number()])),
});

export const entityReportSchema = z.object({
  name: z.string(),
  events: z.object({ train: z.number().int(), heldout: z.number().int(), synthetic: z.number().int() }),
  /** Total variation distances to the entity's held-out events; null with too few events to say. */
  hours: number,
  hours_floor: number,
  actions: number,
  actions_floor: number,
  /** Events with a value that belongs to other entities only. */
  bleed: z.number().int(),
});
export type EntityReport = z.infer<typeof entityReportSchema>;

export const techniqueReportSchema = z.object({
  id: z.string(),
  events: z.object({ train: z.number().int(), heldout: z.number().int(), synthetic: z.number().int() }),
  /** Total variation distance of actions (log type, action, outcome) to all real events of the technique. */
  actions: number,
  actions_floor: number,
});
export type TechniqueReport = z.infer<typeof techniqueReportSchema>;

export const periodSchema = z.object({ from: z.string(), to: z.string(), events: z.number().int() });

export const reportSchema = z.object({
  version: z.literal(1),
  created_at: z.string(),
  /** Absent when a file of synthetic events was compared without a model. */
  model: z.object({ id: idSchema, name: z.string(), tokenizer: z.enum(TOKENIZERS), parameters: z.number().int(), source: z.string() }).optional(),
  seed: z.number().int(),
  time_field: z.string(),
  entity_fields: z.array(z.string()),
  /** Labelled (technique) events stand apart: they are in `techniques` only. */
  samples: z.object({
    /** Share of the entities that was looked at: 1 unless there are more events than fit. */
    entities: z.object({ looked_at: z.number().int(), all: z.number().int() }),
    /** Reference of nearest-record measures, rules and rare values. */
    train: periodSchema,
    /** Periods of training events that the floor was measured with. */
    floor: z.array(periodSchema),
    heldout: periodSchema,
    synthetic: periodSchema,
  }),
  validity: z.object({
    generated: z.number().int(),
    /** Texts of a raw tokeniser that are no JSON object; always 0 with the field tokeniser. */
    malformed: z.number().int(),
    /** Filled in where an index was there to try them. */
    index: indexTrialSchema.optional(),
  }),
  /** The figures that matter most, in the order to show them. */
  figures: z.array(figureSchema),
  log_types: z.array(logTypeReportSchema),
  joints: z.array(jointReportSchema),
  sequence: sequenceReportSchema,
  /** Absent in reports of before it was measured. */
  sessions: sessionReportSchema.optional(),
  privacy: privacyReportSchema,
  entities: z.array(entityReportSchema),
  techniques: z.array(techniqueReportSchema),
  /** What a reader must know: what could not be measured, and why. */
  notes: z.array(z.string()),
});
export type Report = z.infer<typeof reportSchema>;

/** Name of the file that a model's report is saved as: ids have no character that a file system or a header minds. */
export const reportFileName = (modelId: string): string => `lyrebird-report-${modelId}.html`;
