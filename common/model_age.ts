import { z } from 'zod';

/** How the events that were scored since training compare with those that were held out of it; the newest seven days with any. */
export const modelAgeSchema = z.object({
  /** Days of the events, YYYY-MM-DD. */
  from: z.string(),
  to: z.string(),
  events: z.number().int(),
  /** Share of the scores that are 99 or more; one in a hundred when the model was new. */
  high_share: z.number(),
  /** Mean of an event, nats; what is a nat beyond the highest fiftieth of held-out events, or more, counts as that. */
  surprisal: z.number(),
  expected_surprisal: z.number(),
  /** By how many standard deviations of held-out events it has risen. */
  rise: z.number(),
  /** Entities with enough events, and those of them whose high scores come thrice as often as they should. */
  entities: z.object({ judged: z.number().int(), raised: z.number().int() }),
  /** Fields that surprise more than they did, the most risen first. */
  fields: z.array(z.object({ log_type: z.string(), path: z.string(), events: z.number().int(), surprisal: z.number(), expected: z.number(), rise: z.number() })),
  /** Training again is due. */
  aged: z.boolean(),
});
export type ModelAge = z.infer<typeof modelAgeSchema>;
