import { z } from 'zod';
import { logHitSchema } from './events';
import { idSchema } from './node_api';

const valueSchema = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const boundSchema = z.union([z.number(), z.string().min(1)]);
const rangeSchema = z
  .object({ gte: boundSchema.optional(), gt: boundSchema.optional(), lte: boundSchema.optional(), lt: boundSchema.optional() })
  .strict()
  .refine((range) => Object.values(range).some((bound) => bound !== undefined), 'a range needs at least one of gte, gt, lte and lt');

/** What a field must be: one value, one of several, or within a range of numbers or times. */
export const conditionSchema = z.union([valueSchema, z.array(valueSchema).min(1).max(1000), rangeSchema]);

const clockSchema = z.string().regex(/^([01]\d|2[0-3]):(00|15|30|45)$|^24:00$/, 'a quarter hour such as 08:00 or 17:45');
/** When events may happen, whatever the habits say. From 22:00 to 06:00 is the night. */
export const hoursSchema = z.object({
  from: clockSchema.default('00:00'),
  to: clockSchema.default('24:00'),
  /** 0 = Sunday; empty: all days. */
  weekdays: z.array(z.number().int().min(0).max(6)).default([]),
  /** Of the clock that the hours are read from, minutes east of UTC in quarter hours. */
  utc_offset: z.number().int().min(-14 * 60).max(14 * 60).multipleOf(15).default(0),
});

/** As many events as there are, within the limit of one run. */
export const MAX_GENERATED = 10_000_000;

export const generateOptionsSchema = z.object({
  /** Events to write. Left out, with `to`: as many as each entity's own rate gives until then. */
  count: z.number().int().min(1).max(MAX_GENERATED).default(MAX_GENERATED),
  /** Entities to write as; empty: all, in proportion to the events that each has. */
  entities: z.array(z.string().min(1)).default([]),
  /** Entities that never were: a fresh name and identity each, with the habits of one of the entities that they are `like`. */
  new_entities: z.number().int().min(0).max(100_000).default(0),
  /** Entities whose habits new ones take; empty: any. */
  like: z.array(z.string().min(1)).default([]),
  log_types: z.array(z.string().min(1)).default([]),
  /** MITRE ATT&CK technique or sub-technique id that the model has learned; a technique stands for its sub-techniques, too. */
  technique: z.string().regex(/^T\d{4}(\.\d{3})?$/, 'a MITRE ATT&CK id such as T1078 or T1078.004').optional(),
  /** Writes the technique's attack into this entity's stream, by the entity's own habits, with its normal events around. */
  into: z.string().min(1).optional(),
  /** When the attack begins, ISO 8601; default: four hours after `from`. */
  at: z.string().datetime({ offset: true }).optional(),
  /** Attacks to write, each into a stream of its own, one after the other. */
  variants: z.number().int().min(1).max(100_000).default(1),
  /** Field (dotted path) to what every event must have there. */
  where: z.record(z.string().min(1), conditionSchema).default({}),
  hours: hoursSchema.optional(),
  /** Start of the generated period, ISO 8601; default: after the last of the `context` events, or the end of the training data. */
  from: z.string().datetime({ offset: true }).optional(),
  /** End of the generated period, ISO 8601, excluded. */
  to: z.string().datetime({ offset: true }).optional(),
  /** Recent events to go on from, of any entities, in any order: each entity's stream continues after its own. */
  context: z.array(logHitSchema).max(20_000).default([]),
  /** Draws anew what would repeat a rare training event: one that nothing but its time and fresh ids tells from the copy. */
  memorisation_guard: z.boolean().default(true),
  /** Id of a model of chosen fields (`fields` of its training), which writes these, the times and the log types; this model writes the rest of each event. */
  cascade: idSchema.optional(),
  temperature: z.number().min(0.05).max(5).default(1),
  top_p: z.number().gt(0).max(1).default(1),
  seed: z.number().int().min(0).max(2 ** 31 - 1).default(1),
});
export type GenerateOptions = z.output<typeof generateOptionsSchema>;
export type GenerateOptionsInput = z.input<typeof generateOptionsSchema>;

/**
 * Last line of a generate answer, after one GeneratedEvent a line: a reader that has not seen it knows that the
 * stream broke.
 */
export const generateSummarySchema = z.object({
  done: z.literal(true),
  generated: z.number().int(),
  /** Events that did not parse (raw tokenisers only; the field codec cannot make one). */
  malformed: z.number().int(),
  /** Events that repeated a rare training event and were drawn anew; `given_up` of them, after several draws, were left out. */
  copies: z.object({ redrawn: z.number().int(), given_up: z.number().int() }).optional(),
  /** With `cascade`: events of the first model that this one could not complete. They were left out. */
  unfit: z.number().int().optional(),
  /** Events left out because they would have been read as another entity's. */
  misnamed: z.number().int().optional(),
});
export type GenerateSummary = z.infer<typeof generateSummarySchema>;
