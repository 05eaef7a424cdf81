import { z } from 'zod';
import type { FieldSurprisal } from './events';
import { idSchema } from './node_api';

/** Rules for what is no anomaly to the people who look: as Elastic ML's custom rules and calendars, their action is to skip the result. */

/** Fields that say nothing by their value: how long ago, how many. */
const VALUELESS = new Set(['@gap', '@burst', '@structure']);
/** A field that surprised this much less than the most surprising one did not carry the event. */
const CARRIES = 0.25;

/** The fields that made an event stand out, the most surprising first. */
export function carriers(fields: readonly FieldSurprisal[]): FieldSurprisal[] {
  const sorted = [...fields].sort((a, b) => b.surprisal - a.surprisal);
  const least = Math.max(Math.LN2, CARRIES * (sorted[0]?.surprisal ?? 0));
  const carrying = sorted.filter(({ surprisal }) => surprisal >= least);
  return carrying.length > 0 ? carrying : sorted.slice(0, 1);
}

/** Whether the value of a field tells like events from others. */
export const hasTellingValue = (field: string): boolean => !VALUELESS.has(field);

export const RULE_KINDS = ['ignore', 'not_an_anomaly'] as const;

/** What a rule matches: everything that is given must hold. */
export const ruleScopeSchema = z.object({
  /** Records of one scoring job; absent: of all. */
  job_id: idSchema.optional(),
  entity: z.string().min(1).max(1000).optional(),
  log_type: z.string().min(1).max(1000).optional(),
  /**
   * Of `ignore`: fields of the event, by dotted path, and the values that they have. Of `not_an_anomaly`: all that carried the event, an
   * event that another field carries, too, is not alike; without a value, whatever it is.
   */
  fields: z.array(z.object({ field: z.string().min(1).max(1000), value: z.string().max(10_000).optional() })).max(20).default([]),
  /** From when to when, as Elastic ML's scheduled events. */
  from: z.string().datetime({ offset: true }).optional(),
  to: z.string().datetime({ offset: true }).optional(),
});
export type RuleScope = z.output<typeof ruleScopeSchema>;

export const ruleSchema = z.object({
  id: idSchema,
  kind: z.enum(RULE_KINDS),
  scope: ruleScopeSchema,
  description: z.string().max(1000).optional(),
  /** The record that it was made from. */
  record_id: z.string().optional(),
  created_at: z.string(),
  created_by: z.string().optional(),
  /** Set once it is not in force any more. */
  undone_at: z.string().optional(),
  undone_by: z.string().optional(),
});
export type Rule = z.infer<typeof ruleSchema>;

/** POST /rules and POST /rules/preview */
export const createRuleSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('ignore'),
    scope: ruleScopeSchema
      .refine(({ entity, fields, from, to }) => entity !== undefined || fields.length > 0 || from !== undefined || to !== undefined, { message: 'give an entity, a field with its value, or a time: a rule without any would hide everything' })
      .refine(({ fields }) => fields.every(({ value }) => value !== undefined), { message: 'each field needs the value that it has', path: ['fields'] })
      .refine(({ from, to }) => from === undefined || to === undefined || Date.parse(from) < Date.parse(to), { message: 'ends before it starts', path: ['to'] }),
    description: z.string().max(1000).optional(),
  }),
  z.object({
    kind: z.literal('not_an_anomaly'),
    record_id: z.string().min(1).max(100),
    /** Like events of the same entity, or of everybody. */
    entity: z.enum(['same', 'everybody']).default('same'),
    /** Like events have the same values in the fields that carried it, or any. */
    values: z.enum(['same', 'any']).default('same'),
    /** Of the record's job, or of all. */
    jobs: z.enum(['same', 'all']).default('all'),
    description: z.string().max(1000).optional(),
  }),
]);
export type CreateRule = z.input<typeof createRuleSchema>;

/** What a rule would hide, or hides: `examples` are some of it, the highest scores first. */
export const rulePreviewSchema = z.object({
  scope: ruleScopeSchema,
  records: z.number().int(),
  /** Looked at this many records and no more. */
  truncated: z.boolean(),
});
export type RulePreview = z.infer<typeof rulePreviewSchema>;

/** GET /rules: newest first, with the records that each hides. */
export const rulesSchema = z.object({ rules: z.array(ruleSchema.extend({ records: z.number().int() })) });
export type Rules = z.infer<typeof rulesSchema>;
