import { z } from 'zod';
import { AUGMENT_STAGES, augmentCardSchema, augmentOptionsSchema } from './augment';
import { bucketTailsSchema } from './entity_buckets';
import { entityPattern } from './entity';
import { ERROR_CODES, errorBodySchema } from './errors';
import { skippedSchema } from './events';
import { modelAgeSchema } from './model_age';
import { DEVICES, idSchema, MODEL_SIZES, TOKENIZERS } from './model_terms';

/** Contracts of the model node's HTTP API (`/v1`). Server and node share nothing else. */

export { DEVICES, idSchema, MODEL_SIZES, TOKENIZERS };

// ---- datasets -------------------------------------------------------------------------------------------------

export const createDatasetSchema = z.object({
  id: idSchema.optional(),
  /** Where the events come from; goes onto the model card. */
  source: z.string().max(1000).default(''),
});
export type CreateDataset = z.input<typeof createDatasetSchema>;

export const datasetSchema = z.object({
  id: idSchema,
  state: z.enum(['open', 'closed']),
  source: z.string(),
  created_at: z.string(),
  /** Highest part number + 1; a resumed upload goes on from here. */
  next_part: z.number().int(),
  events: z.number().int(),
  bytes: z.number().int(),
  skipped: skippedSchema,
});
export type Dataset = z.infer<typeof datasetSchema>;

// ---- jobs -----------------------------------------------------------------------------------------------------

/**
 * Differentially private training (DP-SGD, Abadi et al. 2016): what the weights tell of any one example, a window of at most one context of
 * one entity, is bounded by (epsilon, delta). The codec (values and names as they are) is no part of it.
 */
export const privacyOptionsSchema = z
  .object({
    /** Training ends when it is spent. Without a noise multiplier, the noise is chosen so that the time suffices for the steps. */
    epsilon: z.number().positive().max(1000).optional(),
    /** Well below one by the number of examples. */
    delta: z.number().gt(0).max(0.01).default(1e-5),
    /** Standard deviation of the noise in units of the clipping norm. */
    noise_multiplier: z.number().positive().max(1000).optional(),
    /** Norm that each example's gradient is cut to. */
    clip: z.number().positive().max(1000).default(1),
  })
  .refine(({ epsilon, noise_multiplier }) => epsilon !== undefined || noise_multiplier !== undefined, { message: 'give epsilon, noise_multiplier or both', path: ['epsilon'] });
export type PrivacyOptions = z.output<typeof privacyOptionsSchema>;
export type PrivacyOptionsInput = z.input<typeof privacyOptionsSchema>;

function isPattern(text: string): boolean {
  try {
    return entityPattern(text) !== undefined;
  } catch {
    return false;
  }
}

export const trainOptionsSchema = z.object({
  /** Name people see; the model id is derived from it. */
  name: z.string().min(1).max(100).default('model'),
  size: z.enum(MODEL_SIZES).default('small'),
  tokenizer: z.enum(TOKENIZERS).default('field'),
  /** Training stops at whichever comes first. */
  minutes: z.number().positive().max(7 * 24 * 60).default(3),
  max_steps: z.number().int().positive().optional(),
  seed: z.number().int().min(0).max(2 ** 31 - 1).default(1),
  /** Dotted paths; the first that an event has names its entity. Empty: tried from a list of common names. */
  entity_fields: z.array(z.string().min(1)).default([]),
  /** `jdoe@example.com`, `EXAMPLE\jdoe` and `jdoe` are the same entity. */
  entity_normalise: z.boolean().default(true),
  /** The entity is what this regular expression finds in the entity field, or in the event's text where none is named: its first group, else all that matches. */
  entity_pattern: z.string().min(1).max(1000).refine(isPattern, 'a regular expression, without look-around or back references').optional(),
  /** Entities are sessions (requests, blocks, processes): each begins and ends, and a new one is no news. */
  sessions: z.boolean().optional(),
  /** Dotted path of the event's time. Absent: tried from a list of common names. */
  time_field: z.string().min(1).optional(),
  /** Dotted paths left out of what the model learns (and so never generated). */
  exclude_fields: z.array(z.string().min(1)).default([]),
  /** Dotted paths (`source.geo.*`) that the model learns, beside time, entity and log type. Absent: all. Such a model writes the first part of a cascade. */
  fields: z.array(z.string().min(1)).min(1).optional(),
  /** Newest share of the events (by time) kept out of training: early stopping and score calibration. */
  holdout: z.number().min(0.02).max(0.5).default(0.12),
  device: z.enum(DEVICES).default('cpu'),
  /** Set by whoever holds the key: the events carry pseudonyms in these fields, of the mapping with this name. */
  pseudonymised: z.object({ fields: z.array(z.string().min(1)), scheme: z.string().max(100) }).optional(),
  /** Absent: ordinary training. */
  privacy: privacyOptionsSchema.optional(),
});
export type TrainOptions = z.output<typeof trainOptionsSchema>;
export type TrainOptionsInput = z.input<typeof trainOptionsSchema>;

export const techniqueSchema = z.string().regex(/^T\d{4}(\.\d{3})?$/, 'a MITRE ATT&CK id such as T1078 or T1078.004');

/** How a trained model, the base, learns from few more events: attacks labelled with `threat.technique.*`, or another period or part of the logs. */
export const finetuneOptionsSchema = z.object({
  /** Name people see; the model id is derived from it. */
  name: z.string().min(1).max(100).default('fine-tuned'),
  /** Rank of low-rank adapters, which are stored apart and loaded on top of the base. Absent: all weights are trained, and stored. */
  lora_rank: z.number().int().min(1).max(256).optional(),
  /** Scale of the adapters' effect; default: twice the rank. */
  lora_alpha: z.number().positive().max(1024).optional(),
  /** Techniques to learn; empty: all that the events are labelled with. Events of other techniques are left out. */
  techniques: z.array(techniqueSchema).default([]),
  /** Technique of the events that carry no label. Absent: these are normal events, replayed so that the base forgets nothing. */
  label: techniqueSchema.optional(),
  /** Share of each batch that is normal events. Where there are none, the base writes them. */
  replay: z.number().min(0).max(0.9).default(0.5),
  /** Newest share of each technique's sequences, and of the normal events, kept out of training: early stopping, and the figures on the card. */
  holdout: z.number().min(0.02).max(0.5).default(0.2),
  /** Peak learning rate; default: by size and method. */
  learning_rate: z.number().positive().max(0.1).optional(),
  /** Training stops at whichever comes first, or earlier when held-out events gain no more. */
  minutes: z.number().positive().max(7 * 24 * 60).default(3),
  max_steps: z.number().int().positive().optional(),
  seed: z.number().int().min(0).max(2 ** 31 - 1).default(1),
  device: z.enum(DEVICES).default('cpu'),
  /** Bounds what the weights tell of what is taught and replayed now; what the base learned has the base's own bound, if any. Absent: ordinary training. */
  privacy: privacyOptionsSchema.optional(),
});
export type FinetuneOptions = z.output<typeof finetuneOptionsSchema>;
export type FinetuneOptionsInput = z.input<typeof finetuneOptionsSchema>;

/** Requests for jobs, told apart by their type. Jobs that make a model derive its id from the name when `model_id` is left out. */
export const createTrainJobSchema = z.object({
  type: z.literal('train'),
  dataset_id: idSchema,
  model_id: idSchema.optional(),
  options: trainOptionsSchema,
});

export const createFinetuneJobSchema = z.object({
  type: z.literal('finetune'),
  /** The model to start from; it stays as it is. */
  base_model_id: idSchema,
  dataset_id: idSchema,
  model_id: idSchema.optional(),
  options: finetuneOptionsSchema,
});

export const evaluateOptionsSchema = z.object({
  /** Events of each kind looked at, at most; above that, fewer entities. */
  max_events: z.number().int().min(100).max(200_000).default(10_000),
  /** Synthetic events are generated with it, and samples are drawn. */
  seed: z.number().int().min(0).max(2 ** 31 - 1).default(1),
});
export type EvaluateOptions = z.output<typeof evaluateOptionsSchema>;

/** Compares what the model writes with real events; the dataset holds those that it learned from and later ones. The report: GET /v1/models/{id}/report. */
export const createEvaluateJobSchema = z.object({
  type: z.literal('evaluate'),
  dataset_id: idSchema,
  model_id: idSchema,
  options: evaluateOptionsSchema,
});

/** Writes events for entities with little history, and trains anew with them; the dataset holds the events that the base learned, and later ones. */
export const createAugmentJobSchema = z.object({
  type: z.literal('augment'),
  /** The model to start from; it stays as it is. */
  base_model_id: idSchema,
  dataset_id: idSchema,
  model_id: idSchema.optional(),
  options: augmentOptionsSchema,
});

export const createJobSchema = z.discriminatedUnion('type', [createTrainJobSchema, createFinetuneJobSchema, createEvaluateJobSchema, createAugmentJobSchema]);
export type CreateJob = z.input<typeof createJobSchema>;
export type JobRequest = z.output<typeof createJobSchema>;

export const JOB_STATES = ['queued', 'running', 'completed', 'failed', 'cancelled', 'interrupted'] as const;
export const jobStateSchema = z.enum(JOB_STATES);
export type JobState = z.infer<typeof jobStateSchema>;

export const lossPointSchema = z.object({
  step: z.number().int(),
  /** Training time so far, seconds. */
  seconds: z.number(),
  /** Mean training loss since the last point, nats per token. */
  train: z.number(),
  /** Held-out loss, nats per token, when it was measured here. */
  heldout: z.number().optional(),
});
export type LossPoint = z.infer<typeof lossPointSchema>;

export const TRAIN_STAGES = ['prepare', 'codec', 'encode', 'train', 'calibrate'] as const;
export type TrainStage = (typeof TRAIN_STAGES)[number];

export const FINETUNE_STAGES = ['prepare', 'encode', 'train', 'measure'] as const;
export type FinetuneStage = (typeof FINETUNE_STAGES)[number];

export const EVALUATE_STAGES = ['reading', 'generating', 'comparing'] as const;
export type EvaluateStage = (typeof EVALUATE_STAGES)[number];

/** What all jobs have, whatever their type. */
const anyJob = {
  id: idSchema,
  state: jobStateSchema,
  dataset_id: idSchema,
  /** The model that the job makes, or reads. */
  model_id: idSchema,
  /** 0-1 within the whole job. */
  progress: z.number(),
  eta_seconds: z.number().optional(),
  created_at: z.string(),
  started_at: z.string().optional(),
  finished_at: z.string().optional(),
  loss_curve: z.array(lossPointSchema),
  error: z.object({ code: z.enum(ERROR_CODES), message: z.string(), hint: z.string().optional() }).optional(),
};

export const trainJobSchema = z.object({ ...anyJob, type: z.literal('train'), stage: z.enum(TRAIN_STAGES).optional(), options: trainOptionsSchema });

export const finetuneJobSchema = z.object({
  ...anyJob,
  type: z.literal('finetune'),
  base_model_id: idSchema,
  stage: z.enum(FINETUNE_STAGES).optional(),
  options: finetuneOptionsSchema,
});

export const evaluateJobSchema = z.object({
  ...anyJob,
  type: z.literal('evaluate'),
  stage: z.enum(EVALUATE_STAGES).optional(),
  options: evaluateOptionsSchema,
});

export const augmentJobSchema = z.object({
  ...anyJob,
  type: z.literal('augment'),
  base_model_id: idSchema,
  stage: z.enum(AUGMENT_STAGES).optional(),
  options: augmentOptionsSchema,
});

/** A job; each type has its own stages and options, and a `result` where it leaves one. */
export const jobSchema = z.discriminatedUnion('type', [trainJobSchema, finetuneJobSchema, evaluateJobSchema, augmentJobSchema]);
export type Job = z.infer<typeof jobSchema>;
export type JobType = Job['type'];

// ---- models ---------------------------------------------------------------------------------------------------

export const modelFieldSchema = z.object({
  path: z.string(),
  log_type: z.string(),
  /** How the codec represents it: constant, determined, copy, categorical, number, time, ip, id, text. */
  kind: z.string(),
  distinct: z.number().int(),
  /** Most frequent values, for pickers; empty for ids, numbers, times and free text. */
  values: z.array(z.string()),
});
export type ModelField = z.infer<typeof modelFieldSchema>;

/** Held-out loss of the same events under the base and under the fine-tuned model, nats per token. */
const beforeAfterSchema = z.object({ before: z.number(), after: z.number() });

/** What a differentially private training has spent, on examples that are windows of one entity. */
export const privacySpentSchema = z.object({
  epsilon: z.number(),
  delta: z.number(),
  noise_multiplier: z.number(),
  clip: z.number(),
  /** Probability of each example to be in a step, the largest where they differ. */
  sample_rate: z.number(),
  steps: z.number().int(),
  examples: z.number().int(),
  /** Tokens that an example has at most. */
  example_tokens: z.number().int(),
});
export type PrivacySpent = z.infer<typeof privacySpentSchema>;

/** How a model came about by fine-tuning, and what that changed. */
export const finetuneCardSchema = z.object({
  base: z.object({
    id: idSchema,
    name: z.string(),
    /** Of the base's weights; adapters load on these alone. */
    weights_sha256: z.string(),
    /** Path of the base from this model's folder. */
    folder: z.string(),
  }),
  /** Of the adapters; absent when all weights were trained. */
  lora: z.object({ rank: z.number().int(), alpha: z.number(), rows: z.number().int() }).optional(),
  trained_parameters: z.number().int(),
  options: finetuneOptionsSchema,
  techniques: z.array(
    z.object({
      id: techniqueSchema,
      /** The base has not known it. */
      is_new: z.boolean(),
      /** Attacks: events of one entity in a row. */
      sequences: z.object({ train: z.number().int(), heldout: z.number().int() }),
      events: z.object({ train: z.number().int(), heldout: z.number().int() }),
      /** Absent when there were too few sequences to hold any out. */
      heldout_nats_per_token: beforeAfterSchema.optional(),
    })
  ),
  /** All that was learned: attacks with the events before them, or all events where none is labelled. */
  learned: z.object({ events: z.object({ train: z.number().int(), heldout: z.number().int() }), heldout_nats_per_token: beforeAfterSchema.optional() }),
  /** Normal events, replayed; what fine-tuning forgets of them. */
  normal: z.object({
    source: z.enum(['dataset', 'base', 'none']),
    events: z.object({ train: z.number().int(), heldout: z.number().int() }),
    heldout_nats_per_token: beforeAfterSchema.optional(),
  }),
  /** Of a fine-tuning with differential privacy: what was spent on the events that it taught and replayed. */
  privacy: privacySpentSchema.optional(),
});
export type FinetuneCard = z.infer<typeof finetuneCardSchema>;

export const modelCardSchema = z.object({
  id: idSchema,
  name: z.string(),
  version: z.literal(1),
  created_at: z.string(),
  source: z.string(),
  /** Index names that the events carried: reading rights on them are needed to use the model. */
  indices: z.array(z.string()),
  tokenizer: z.enum(TOKENIZERS),
  size: z.enum(MODEL_SIZES),
  parameters: z.number().int(),
  context: z.number().int(),
  vocabulary: z.number().int(),
  seed: z.number().int(),
  options: trainOptionsSchema,
  time_field: z.string(),
  entity_fields: z.array(z.string()),
  entities: z.array(z.object({ name: z.string(), events: z.number().int() })),
  log_types: z.array(z.object({ name: z.string(), events: z.number().int(), tokens_per_event: z.number() })),
  techniques: z.array(
    z.object({
      id: z.string(),
      events: z.number().int(),
      /** Events of each attack that it was learned from, one entity's each; of many, some. */
      sequences: z.array(z.number().int()).optional(),
    })
  ),
  fields: z.array(modelFieldSchema),
  events: z.object({ train: z.number().int(), heldout: z.number().int() }),
  skipped: skippedSchema,
  time_range: z.object({ from: z.string(), to: z.string() }),
  /** Events from here on were held out of training, ISO 8601; absent on cards of earlier versions. */
  heldout_from: z.string().optional(),
  tokens: z.object({ train: z.number().int(), heldout: z.number().int(), per_event: z.number() }),
  loss: z.object({
    train_nats_per_token: z.number(),
    heldout_nats_per_token: z.number(),
    heldout_bits_per_token: z.number(),
    heldout_nats_per_event: z.number(),
    heldout_bits_per_event: z.number(),
  }),
  training: z.object({ steps: z.number().int(), seconds: z.number(), tokens_per_second: z.number(), device: z.enum(DEVICES) }),
  loss_curve: z.array(lossPointSchema),
  /** What is usual of an entity's held-out events in a stretch of time, by its length (`1h`); absent on cards of earlier versions, and where there were too few. */
  buckets: z.record(z.string(), bucketTailsSchema).optional(),
  /** Of models trained with differential privacy: what was spent on the events that they, or the bases that they were fine-tuned from, were trained on. */
  privacy: privacySpentSchema.optional(),
  /** Models made by fine-tuning only. */
  finetune: finetuneCardSchema.optional(),
  /** Models made with synthetic events only. */
  augment: augmentCardSchema.optional(),
  /** Not of the model's file: what the node has seen since. Absent before anything newer than the training was scored. */
  age: modelAgeSchema.optional(),
});
export type ModelCard = z.infer<typeof modelCardSchema>;

// ---- score ----------------------------------------------------------------------------------------------------

export const scoreQuerySchema = z.object({
  /** Requests with the same session continue each entity's context; events are in time order across them. */
  session: idSchema.optional(),
  /** Fields to explain per event. */
  top_fields: z.coerce.number().int().min(0).max(50).default(5),
});
export type ScoreQuery = z.output<typeof scoreQuerySchema>;

/** Last line of a score answer, after one ScoredEvent a line. */
export const scoreSummarySchema = z.object({ done: z.literal(true), scored: z.number().int(), skipped: skippedSchema });
export type ScoreSummary = z.infer<typeof scoreSummarySchema>;

// ---- health ---------------------------------------------------------------------------------------------------

export const healthSchema = z.object({
  status: z.literal('ok'),
  version: z.string(),
  devices: z.array(z.enum(DEVICES)),
  models: z.number().int(),
  running_jobs: z.number().int(),
});
export type Health = z.infer<typeof healthSchema>;

export { errorBodySchema };
