import { z } from 'zod';

/** A JSON value; a log event is a JSON object. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type LogEvent = { [key: string]: Json };

/**
 * One event on its way from an index (or a file) to the model node: the shape of an Elasticsearch search hit.
 * Datasets and score requests are NDJSON of these.
 */
export const logHitSchema = z.object({
  _id: z.string().max(512).optional(),
  _index: z.string().max(255).optional(),
  _source: z.record(z.string(), z.unknown()),
});
export interface LogHit {
  _id?: string;
  _index?: string;
  _source: LogEvent;
}

/** One synthetic event as the node streams it. */
export interface GeneratedEvent {
  /** 0-based position in this run; together with model, seed and options it identifies the event. */
  seq: number;
  entity: string;
  log_type: string;
  technique?: string;
  /** Which of several attacks it belongs to, from 1; all of a variant's events have it, the normal ones around too. */
  variant?: number;
  /** ISO 8601, UTC. */
  timestamp: string;
  _source: LogEvent;
}

/** What a field of an event contributed to its surprise. */
export const fieldSurprisalSchema = z.object({
  /**
   * Dotted path, or `@gap` (time since the entity's last event), `@type` (log type), `@structure` (broken dependencies), `@burst` (events
   * of the entity in the last ten minutes).
   */
  field: z.string(),
  actual: z.string(),
  /** -ln p(value | everything before it), nats. */
  surprisal: z.number(),
  /** p(value | everything before it). */
  probability: z.number(),
  /**
   * Why it surprised: `unlikely` known value, `unseen` value, `first` time that the entity has a value that others have had, `violation` of a
   * dependency that held in training.
   */
  reason: z.enum(['unlikely', 'unseen', 'first', 'violation']),
  /** What the model expected instead, or what the entity otherwise has, most probable first. */
  typical: z.array(z.object({ value: z.string(), probability: z.number() })),
  /** Seconds ago, where it was not this event but an earlier one of the entity that had it. */
  earlier_seconds: z.number().optional(),
});
export type FieldSurprisal = z.infer<typeof fieldSurprisalSchema>;

export const scoredEventSchema = z.object({
  /** Position of the event in the request, 0-based. */
  seq: z.number().int(),
  id: z.string().optional(),
  index: z.string().optional(),
  timestamp: z.string(),
  entity: z.string(),
  log_type: z.string(),
  /** 0-100: the share of held-out normal events that score lower, in percent. Rises when the entity's next half hour shows the event to be the beginning of something. */
  score: z.number(),
  /** What the score was when nothing later was known. */
  initial_score: z.number(),
  /** Total surprisal of the event, nats. */
  surprisal: z.number(),
  /** Share of held-out normal events that are at least this surprising. */
  probability: z.number(),
  top_fields: z.array(fieldSurprisalSchema),
});
export type ScoredEvent = z.infer<typeof scoredEventSchema>;

/** An event of an earlier request of the session, whose score has risen by what this one's events showed. */
export const revisedEventSchema = scoredEventSchema.omit({ seq: true }).extend({ /** Its score until now. */ previous_score: z.number() });
export type RevisedEvent = z.infer<typeof revisedEventSchema>;

/** Events set aside, by reason, so that every event that came in is accounted for. */
export const skippedSchema = z.record(z.string(), z.number().int());
export type Skipped = z.infer<typeof skippedSchema>;
