import { z } from 'zod';
import { TECHNIQUE_FIELDS } from './constants';
import { DEVICES, idSchema } from './model_terms';

/** How events are written for entities with little history, after the habits of others that are like them, and a model is trained anew with them. */
export const augmentOptionsSchema = z.object({
  /** Name people see; the model id is derived from it. */
  name: z.string().min(1).max(100).default('augmented'),
  /** Entities to write for; empty: all that have little history. */
  entities: z.array(z.string().min(1)).max(2_000).default([]),
  /** Only entities most of whose events have these values, by dotted path. */
  where: z.record(z.string().min(1), z.union([z.string(), z.number(), z.boolean()])).default({}),
  /** Who has at most so many events has little history. Absent: a quarter of what the entity in the middle has, at least 30; of entities that are named, any number. */
  at_most: z.number().int().min(1).optional(),
  /** Events written for each, at most. Absent: as many as it lacks to the entity in the middle. */
  per_entity: z.number().int().min(1).max(100_000).optional(),
  /** How many others each entity's events are written after. */
  peers: z.number().int().min(1).max(20).default(3),
  /** Fields that say of an event that it is an attack's, whatever they hold. Attacks are not what is normal of anybody; how many are found is measured. */
  label_fields: z.array(z.string().min(1)).default([...TECHNIQUE_FIELDS]),
  /** As for a training; default: the base's own. */
  minutes: z.number().positive().max(7 * 24 * 60).optional(),
  max_steps: z.number().int().positive().optional(),
  seed: z.number().int().min(0).max(2 ** 31 - 1).default(1),
  device: z.enum(DEVICES).default('cpu'),
});
export type AugmentOptions = z.output<typeof augmentOptionsSchema>;
export type AugmentOptionsInput = z.input<typeof augmentOptionsSchema>;

/** The same scores' threshold under the base and under the augmented model. */
const countsSchema = z.object({ before: z.number().int(), after: z.number().int() });

/** What two models report of the same held-out events. */
export const augmentFiguresSchema = z.object({
  /** Events that are no attack's, and events and attacks that are labelled. */
  normal: z.number().int(),
  attack_events: z.number().int(),
  attacks: z.number().int(),
  /** `score_99`: a score of 99 or more. `one_in_100`, `one_in_1000`: what one normal event in as many exceeded under the base, of all entities. */
  at: z.array(
    z.object({
      name: z.enum(['score_99', 'one_in_100', 'one_in_1000']),
      threshold: z.number(),
      /** Normal events that are reported. */
      false_positives: countsSchema,
      /** Labelled events that are reported, and attacks with an event at least that is. */
      attack_events: countsSchema,
      attacks: countsSchema,
      /** Normal events that the augmented model reports where it finds as many labelled events, of all entities, as the base does here. Absent where the base finds none. */
      as_many_found: z.object({ threshold: z.number(), false_positives: z.number().int() }).optional(),
    })
  ),
});
export type AugmentFigures = z.infer<typeof augmentFiguresSchema>;

/** How a model came about from another and synthetic events, and what that changed. */
export const augmentCardSchema = z.object({
  base: z.object({ id: idSchema, name: z.string(), weights_sha256: z.string() }),
  options: augmentOptionsSchema,
  /** Up to so many events counted as little history. */
  at_most: z.number().int(),
  /** For whom, the ones with the least history first; of many, some. */
  entities: z.array(z.object({ name: z.string(), /** Real ones. */ events: z.number().int(), added: z.number().int(), peers: z.array(z.string()) })),
  /** Entities chosen, those of them that nobody is like, and events written for them. */
  chosen: z.number().int(),
  without_peers: z.number().int(),
  added: z.number().int(),
  /** Events from `from` on were in no training, and no event was written after them. Absent: there were none to judge by. */
  comparison: z.object({ from: z.string(), to: z.string(), events: z.number().int(), chosen: augmentFiguresSchema, all: augmentFiguresSchema }).optional(),
});
export type AugmentCard = z.infer<typeof augmentCardSchema>;

export const AUGMENT_STAGES = ['read', 'generate', 'train', 'compare'] as const;
export type AugmentStage = (typeof AUGMENT_STAGES)[number];
