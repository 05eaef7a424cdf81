import { z } from 'zod';
import { BUCKET_SPANS } from './entity_buckets';
import { ERROR_CODES } from './errors';
import { fieldSurprisalSchema, skippedSchema } from './events';
import { generateOptionsSchema } from './generate_options';
import { augmentOptionsSchema } from './augment';
import { DEVICES, evaluateOptionsSchema, finetuneOptionsSchema, idSchema, jobStateSchema, lossPointSchema, modelCardSchema, trainOptionsSchema } from './node_api';

/** Contracts between the app (`public`) and the plugin's routes (`server`), under API_BASE. */

/** Which events: an index pattern, an optional query, an optional time range (on the time field). */
export const sourceSchema = z.object({
  index: z.string().min(1).max(1000),
  /** Elasticsearch query DSL, as the data view's filters give it. */
  query: z.record(z.string(), z.unknown()).optional(),
  time_field: z.string().min(1).optional(),
  from: z.string().datetime({ offset: true }).optional(),
  to: z.string().datetime({ offset: true }).optional(),
});
export type Source = z.infer<typeof sourceSchema>;

/** GET /status */
export const statusSchema = z.object({
  node: z.object({
    reachable: z.boolean(),
    url: z.string(),
    version: z.string().optional(),
    devices: z.array(z.enum(DEVICES)),
    error: z.string().optional(),
  }),
  models: z.number().int(),
  running_jobs: z.number().int(),
  synthetic_events: z.number().int(),
  anomaly_records: z.number().int(),
});
export type Status = z.infer<typeof statusSchema>;

/** GET /sources: what the current user can read, newest first. */
export const sourcesSchema = z.object({
  sources: z.array(
    z.object({ name: z.string(), kind: z.enum(['data_stream', 'alias', 'index']), documents: z.number().int().optional() })
  ),
});
export type Sources = z.infer<typeof sourcesSchema>;

/** POST /fields, body {index} */
export const fieldsRequestSchema = z.object({ index: z.string().min(1).max(1000) });
export const fieldsSchema = z.object({
  documents: z.number().int(),
  time_fields: z.array(z.string()),
  /** Keyword and ip fields, the likely entity fields first. */
  entity_fields: z.array(z.string()),
  fields: z.array(z.object({ name: z.string(), type: z.string() })),
  time_range: z.object({ from: z.string(), to: z.string() }).optional(),
});
export type Fields = z.infer<typeof fieldsSchema>;

/** POST /fields/identifiers: fields that seem to hold identifiers, the surest first, told from a sample of the source's events. */
export const identifierFieldsRequestSchema = z.object({ source: sourceSchema });
export const identifierFieldsSchema = z.object({
  /** Events looked at. */
  sampled: z.number().int(),
  fields: z.array(
    z.object({
      field: z.string(),
      holds: z.enum(['user', 'mail', 'address', 'host', 'account', 'name', 'id', 'resource']),
      /** 0-1 */
      confidence: z.number(),
      reason: z.string(),
      /** Sure enough to be chosen unless a person says otherwise. */
      chosen: z.boolean(),
    })
  ),
});
export type IdentifierFields = z.infer<typeof identifierFieldsSchema>;

export const PLUGIN_JOB_TYPES = ['train', 'finetune', 'augment', 'evaluate', 'generate', 'score'] as const;

/** POST /train */
export const startTrainSchema = z.object({
  source: sourceSchema,
  options: trainOptionsSchema,
  /** Fields whose values, and the mentions of these anywhere, get pseudonyms before they leave for the model node. */
  pseudonymise: z.object({ fields: z.array(z.string().min(1).max(500)).min(1).max(500) }).optional(),
});
export type StartTrain = z.input<typeof startTrainSchema>;

/** POST /finetune: a model learns more from labelled attacks, or from other events. It stays as it is; a new one is made. */
export const startFinetuneSchema = z.object({ base_model_id: idSchema, source: sourceSchema, options: finetuneOptionsSchema });
export type StartFinetune = z.input<typeof startFinetuneSchema>;

/** POST /augment: a model is trained anew with synthetic events of entities with little history. The source has what it learned from, and later events. It stays as it is; a new one is made. */
export const startAugmentSchema = z.object({ base_model_id: idSchema, source: sourceSchema, options: augmentOptionsSchema });
export type StartAugment = z.input<typeof startAugmentSchema>;

/** POST /evaluate: what the model writes is compared with real events, those that it learned from and later ones. The report: GET /models/{id}/report. */
export const startEvaluateSchema = z.object({ model_id: idSchema, source: sourceSchema, options: evaluateOptionsSchema });
export type StartEvaluate = z.input<typeof startEvaluateSchema>;

/** POST /generate/preview and POST /generate */
export const previewSchema = z.object({
  model_id: idSchema,
  options: generateOptionsSchema,
  /** Goes on from the entities' real events: so many of each entity's newest, read as the current user from what the model learned from. */
  continue_last: z.number().int().min(1).max(200).optional(),
  /** Writes the identifiers that the model's pseudonyms stand for. Only at /generate/revealed and /generate/revealed/preview. */
  reveal: z.boolean().optional(),
});
export type Preview = z.input<typeof previewSchema>;
export const previewResultSchema = z.object({
  events: z.array(
    z.object({
      entity: z.string(),
      log_type: z.string(),
      technique: z.string().optional(),
      variant: z.number().int().optional(),
      timestamp: z.string(),
      _source: z.record(z.string(), z.unknown()),
    })
  ),
  malformed: z.number().int(),
  /** As a job counts them: events that would have been read as another entity's, or that could not be completed after a first model. */
  left_out: z.number().int().optional(),
});
export type PreviewResult = z.infer<typeof previewResultSchema>;
export const startGenerateSchema = previewSchema.extend({
  /** Index to write into; default: one per data set, with the mapping of the index learned from. */
  target_index: z
    .string()
    .max(255)
    .regex(/^[^A-Z\\/*?"<>| ,#:]+$/, 'a lower-case index name without spaces or \\ / * ? " < > | , # :')
    .optional(),
});
export type StartGenerate = z.input<typeof startGenerateSchema>;

const SECONDS = { s: 1, m: 60, h: 3_600, d: 86_400 } as const;

/** Seconds of a time span such as `90s`, `5m`, `2h` or `1d`. */
export function spanSeconds(span: string): number {
  return Number(span.slice(0, -1)) * SECONDS[span.slice(-1) as keyof typeof SECONDS];
}

const timeSpan = (least: string, most: string) =>
  z
    .string()
    .regex(/^\d{1,6}[smhd]$/, 'a time span such as 90s, 5m, 2h or 1d')
    .refine((span) => spanSeconds(span) >= spanSeconds(least) && spanSeconds(span) <= spanSeconds(most), `from ${least} to ${most}`);

/** How a job goes on scoring what comes in, in the words of Elastic ML's datafeeds. */
export const datafeedSchema = z.object({
  /** Time between two looks. */
  frequency: timeSpan('1s', '1d').default('1m'),
  /** How long after its time an event is given to arrive before it is read. */
  query_delay: timeSpan('0s', '1d').default('1m'),
  /** Events that arrive later still. */
  delayed_data_check_config: z
    .object({
      enabled: z.boolean().default(true),
      /** Events up to this much older than what is read are found, and scored late; older ones are counted as missed, for ten times as long. */
      check_window: timeSpan('1s', '1d').default('2h'),
    })
    .prefault({}),
});
export type Datafeed = z.output<typeof datafeedSchema>;

/** POST /score */
export const startScoreSchema = z.object({
  model_id: idSchema,
  source: sourceSchema,
  /** Only events that score at least this are written as records (all are counted in buckets). */
  min_record_score: z.number().min(0).max(100).default(95),
  bucket_span: z.enum(BUCKET_SPANS).default('1h'),
  /** Days, with their weight fading, of which buckets say how rare a bucket is; default: the longer of 30 days and 100 buckets. Earlier results within are scored anew when that changes. */
  renormalization_window_days: z.number().min(1).max(3650).optional(),
  /** With it the job goes on in real time, until it is stopped or the source's `to` has passed. */
  datafeed: datafeedSchema.optional(),
});
export type StartScore = z.input<typeof startScoreSchema>;

/** Where a job that scores in real time stands. */
export const datafeedStateSchema = z.object({
  /** It has caught up with what was there when it began. */
  real_time_running: z.boolean(),
  /** When it last looked for events, and when it will next. */
  last_look_at: z.string().optional(),
  next_look_at: z.string().optional(),
  /** Everything before this time was asked for. */
  search_interval_end: z.string().optional(),
  /** Time of the newest event scored. */
  latest_record_timestamp: z.string().optional(),
  /** Events found and not scored yet. */
  behind: z.number().int(),
  /** Events that arrived late and were scored then. */
  late_documents: z.number().int(),
  /** Events that arrived too late to be scored. */
  missed_documents: z.number().int(),
  /** Why it could not look, since when; it goes on trying. */
  problem: z.object({ code: z.enum(ERROR_CODES), message: z.string(), hint: z.string().optional(), since: z.string() }).optional(),
});
export type DatafeedState = z.infer<typeof datafeedStateSchema>;

export const pluginJobSchema = z.object({
  id: idSchema,
  type: z.enum(PLUGIN_JOB_TYPES),
  state: jobStateSchema,
  /** What it is doing now, as a key the app translates: reading, prepare, codec, encode, train, calibrate, measure, generating, comparing, trying, scoring, waiting. */
  stage: z.string().optional(),
  progress: z.number(),
  eta_seconds: z.number().optional(),
  created_at: z.string(),
  updated_at: z.string(),
  finished_at: z.string().optional(),
  created_by: z.string().optional(),
  model_id: idSchema.optional(),
  /** The request that started it: enough to resume it. */
  params: z.record(z.string(), z.unknown()),
  counts: z.object({
    read: z.number().int().default(0),
    generated: z.number().int().default(0),
    written: z.number().int().default(0),
    /** Already there from an earlier run of the same job. */
    duplicate: z.number().int().default(0),
    refused: z.number().int().default(0),
    scored: z.number().int().default(0),
    records: z.number().int().default(0),
    malformed: z.number().int().default(0),
    /** Generated events that repeated a rare training event: drawn anew. */
    copies_redrawn: z.number().int().default(0),
    /** Those left out because each new draw repeated one, too. */
    copies_given_up: z.number().int().default(0),
    /** Events left out because they would have been read as another entity's, or because the second of two models could not complete them. */
    left_out: z.number().int().default(0),
  }),
  skipped: skippedSchema,
  /** Why the index refused documents, by Elasticsearch's error type and reason. */
  refusals: z.record(z.string(), z.number().int()),
  /** A few of the refused documents: id, Elasticsearch's error type and reason, nothing of their contents. */
  refusal_samples: z.array(z.object({ id: z.string(), type: z.string(), reason: z.string() })).max(5).optional(),
  /** A few of the events that could not be scored, each for its own reason. They are counted in `skipped`. */
  set_aside: z.array(z.object({ index: z.string(), id: z.string(), reason: z.string() })).max(5).optional(),
  /** Of jobs that score in real time. */
  datafeed: datafeedStateSchema.optional(),
  /** Records that were hidden when they were written, by the rule that did. */
  ignored: z.record(z.string(), z.number().int()).optional(),
  target_index: z.string().optional(),
  loss_curve: z.array(lossPointSchema),
  error: z.object({ code: z.enum(ERROR_CODES), message: z.string(), hint: z.string().optional() }).optional(),
});
export type PluginJob = z.infer<typeof pluginJobSchema>;
export const pluginJobsSchema = z.object({ jobs: z.array(pluginJobSchema) });

/** GET /models, GET /models/{id}, DELETE /models/{id} */
export const modelsSchema = z.object({ models: z.array(modelCardSchema) });

// ---- anomalies ------------------------------------------------------------------------------------------------

/** A document of `lyrebird-anomalies-*` with result_type record; names as in Elastic ML's results. */
export const anomalyRecordSchema = z.object({
  _id: z.string(),
  job_id: z.string(),
  result_type: z.literal('record'),
  timestamp: z.string(),
  /** Seconds. */
  bucket_span: z.number(),
  record_score: z.number(),
  initial_record_score: z.number(),
  probability: z.number(),
  field_name: z.string(),
  actual: z.array(z.string()),
  typical: z.array(z.string()),
  influencers: z.array(z.object({ influencer_field_name: z.string(), influencer_field_values: z.array(z.string()) })),
  lyrebird: z.object({
    model_id: z.string(),
    entity: z.string(),
    log_type: z.string(),
    surprisal: z.number(),
    /** What it adds to its entity's bucket beside its surprise; see `BucketEvidence`. */
    breadth: z.number().optional(),
    event: z.object({ index: z.string(), id: z.string() }),
    top_fields: z.array(fieldSurprisalSchema),
    /** The rule that hides the record; its score is 0 then. */
    ignored_by: z.string().optional(),
    /** What the score was before, and is again when the rule is undone. */
    hidden_score: z.number().optional(),
  }),
});
export type AnomalyRecord = z.infer<typeof anomalyRecordSchema>;

/** GET /anomalies */
export const anomaliesQuerySchema = z.object({
  job_id: idSchema.optional(),
  model_id: idSchema.optional(),
  entity: z.string().optional(),
  from: z.string().datetime({ offset: true }).optional(),
  to: z.string().datetime({ offset: true }).optional(),
  min_score: z.coerce.number().min(0).max(100).default(0),
  /** What rules hide: left out, or nothing else. */
  ignored: z.enum(['hide', 'only']).default('hide'),
  size: z.coerce.number().int().min(1).max(1000).default(50),
  page: z.coerce.number().int().min(0).max(199).default(0),
  sort: z.enum(['record_score', 'timestamp']).default('record_score'),
  order: z.enum(['asc', 'desc']).default('desc'),
});
export type AnomaliesQuery = z.output<typeof anomaliesQuerySchema>;
export const anomaliesSchema = z.object({
  total: z.number().int(),
  records: z.array(anomalyRecordSchema),
  /** Timeline: highest score of a bucket, or of the entity's where one is asked for, and number of events. */
  timeline: z.array(z.object({ timestamp: z.string(), max_score: z.number(), records: z.number().int(), events: z.number().int() })),
  /** Entities whose buckets score highest; of what rules hide, whose records do. */
  entities: z.array(z.object({ name: z.string(), max_score: z.number(), records: z.number().int() })),
});
export type Anomalies = z.infer<typeof anomaliesSchema>;

/** GET /entity_risk: an entity's buckets over time. */
export const entityRiskQuerySchema = anomaliesQuerySchema.pick({ job_id: true, model_id: true, from: true, to: true }).extend({ entity: z.string().min(1) });
export type EntityRiskQuery = z.output<typeof entityRiskQuerySchema>;
const riskSchema = z.object({
  timestamp: z.string(),
  /** Now, and what could be said when its events came. */
  score: z.number(),
  initial_score: z.number(),
  events: z.number().int(),
  records: z.number().int(),
});
export const entityRiskSchema = z.object({
  /** Length of what `risk` tells apart, seconds: a bucket, or several where the time is long; of these the highest. */
  interval: z.number(),
  risk: z.array(riskSchema),
  /** The highest buckets themselves. */
  highest: z.array(riskSchema.extend({ job_id: z.string(), bucket_span: z.number() })),
});
export type EntityRisk = z.infer<typeof entityRiskSchema>;

/** GET /anomalies/{id}: the record, the event itself and the entity's events before it. */
export const anomalyDetailSchema = z.object({
  record: anomalyRecordSchema,
  event: z.record(z.string(), z.unknown()).optional(),
  before: z.array(z.object({ timestamp: z.string(), log_type: z.string(), summary: z.string() })),
});
export type AnomalyDetail = z.infer<typeof anomalyDetailSchema>;

/** POST /pseudonyms/reveal */
export const revealSchema = z.object({
  model_id: idSchema,
  /** `field`: dotted path that the value was found in; without it the value is taken for an identifier as a whole. */
  values: z.array(z.object({ field: z.string().min(1).optional(), value: z.string().max(10_000) })).min(1).max(1_000),
});
export type Reveal = z.input<typeof revealSchema>;
export const revealedSchema = z.object({ values: z.array(z.string()) });
export type Revealed = z.infer<typeof revealedSchema>;

/** Paths of the routes, below API_BASE. */
export const ROUTES = {
  status: '/status',
  sources: '/sources',
  fields: '/fields',
  identifierFields: '/fields/identifiers',
  train: '/train',
  finetune: '/finetune',
  augment: '/augment',
  evaluate: '/evaluate',
  jobs: '/jobs',
  job: '/jobs/{id}',
  jobEvents: '/jobs/{id}/events',
  jobCancel: '/jobs/{id}/cancel',
  jobResume: '/jobs/{id}/resume',
  revealedJobResume: '/jobs/{id}/resume/revealed',
  models: '/models',
  model: '/models/{id}',
  report: '/models/{id}/report',
  reportPage: '/models/{id}/report.html',
  preview: '/generate/preview',
  generate: '/generate',
  revealedPreview: '/generate/revealed/preview',
  revealedGenerate: '/generate/revealed',
  reveal: '/pseudonyms/reveal',
  score: '/score',
  anomalies: '/anomalies',
  anomaly: '/anomalies/{id}',
  entityRisk: '/entity_risk',
  rules: '/rules',
  rulePreview: '/rules/preview',
  ruleUndo: '/rules/{id}/undo',
} as const;
