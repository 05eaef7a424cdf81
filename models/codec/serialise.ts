import { z } from 'zod';
import { LyrebirdError } from '../../common';
import { FieldCodec } from './field_codec';
import { OUTSIDE } from './event_grammar';
import { MAX_REFERENCES } from './placeholder';
import { FORMAT, TECHNIQUE, VERSION, type CodecSpec, type FieldCodecSpec, type TypeSpec } from './spec';
import { TextCodec } from './text_codec';
import type { Codec } from './types';

const bins = z.object({
  lo: z.array(z.number()),
  hi: z.array(z.number()),
  values: z.array(z.union([z.array(z.number()), z.literal(0)])),
  knots: z.array(z.union([z.array(z.number()), z.literal(0)])),
  decimals: z.number(),
});
const index = z.number().int().min(0);
const habits = z.object({ novelty: z.number(), odds: z.number().positive().optional(), entities: z.array(index), classes: z.array(z.array(index)) });
const timeFormat = z.union([
  z.object({ type: z.literal('iso'), separator: z.string(), point: z.string(), digits: z.number(), zone: z.string() }),
  z.object({ type: z.literal('epoch'), milliseconds: z.boolean(), decimals: z.number(), text: z.boolean() }),
]);
const template = z.object({
  pieces: z.array(z.string()).refine((pieces) => pieces.length % 2 === 1),
  count: index,
  slots: z.array(z.object({ values: z.array(z.string()), rest: index, samples: z.array(z.string()).min(1) })),
});
const rich = z.union([
  z.object({ kind: z.literal('number'), bins }),
  z.object({ kind: z.literal('time'), bins, formats: z.array(z.object({ format: timeFormat, count: z.number() })) }),
  z.object({
    kind: z.literal('id'),
    patterns: z.array(z.object({ positions: z.array(z.string()), count: z.number() })),
    pool: z.number().int(),
    repeats: z.boolean(),
  }),
  z.object({ kind: z.literal('ip') }),
  z.object({
    kind: z.literal('text'),
    shape: z.object({ most: index, longest: index, empty: z.boolean(), bytes: z.string().regex(/^[0-9a-f]{64}$/) }).optional(),
    templates: z.array(template).optional(),
    free: index.optional(),
  }),
]);
const predictor = z.union([
  z.object({ rule: z.literal('constant'), class: index }),
  z.object({ rule: z.literal('table'), a: z.number().int(), coarse: z.boolean(), table: z.array(index) }),
  z.object({ rule: z.literal('pair'), a: index, entities: z.array(index), tables: z.array(z.array(index)) }),
  z.object({ rule: z.literal('copy'), a: index }),
  z.object({ rule: z.literal('affix'), a: index, cut: z.tuple([z.string(), z.string()]), add: z.tuple([z.string(), z.string()]) }),
  z.object({ rule: z.literal('memory'), a: index }),
]);
const field = z.object({
  path: z.array(z.union([z.string(), index])).min(1),
  order: index,
  vocabulary: z.array(z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(z.never()).length(0), z.object({ json: z.string().optional() })])),
  counts: z.array(index),
  absent: index,
  richCount: index,
  rich: rich.optional(),
  open: z.boolean(),
  placeholder: z.boolean(),
  references: z.array(index),
  written: index,
  changing: z.boolean().optional(),
  timeOrder: z.object({ notBefore: z.array(index), notAfter: z.array(index) }).optional(),
  tokens: z.array(index).optional(),
  chain: z.array(predictor),
  owners: z.array(index).optional(),
  attacks: z.array(z.object({ technique: index, classes: z.array(index) })).optional(),
  normal: index.optional(),
  company: z.array(z.object({ a: index, seen: z.array(z.tuple([index, z.array(index)])) })).optional(),
  habits: habits.optional(),
  support: z
    .object({
      entities: z.array(index),
      classes: z.array(z.array(index)),
      techniques: z.array(z.object({ technique: index, classes: z.array(index), own: z.number() })).optional(),
    })
    .optional(),
});
const merges = z.array(z.tuple([index, index]));
const names = z.array(z.string()).min(1);
const fieldCodec = z.object({
  format: z.literal(FORMAT),
  version: z.literal(VERSION),
  kind: z.literal('field'),
  entities: names,
  techniques: names,
  gap: z.object({ within: bins, far: bins }),
  habits: habits.optional(),
  steady: z.array(z.object({ technique: index, fields: z.array(z.string()) })).optional(),
  merges,
  types: z.array(
    z.object({ name: z.string(), normal: index.optional(), deviations: z.array(z.object({ technique: index, sets: z.array(index) })).optional(), techniques: z.array(index).optional(), shape: index, events: index, resolution: z.number().positive(), fields: z.array(field), exceptions: z.array(z.array(z.number().int())), exclusive: z.array(z.tuple([index, index])) })
  ),
  shapes: z.array(z.object({ name: z.string(), features: z.array(z.array(z.string()).min(1)), shapes: z.array(z.array(index)) })),
});
const textCodec = z.object({
  format: z.literal(FORMAT),
  version: z.literal(VERSION),
  kind: z.enum(['bpe', 'char']),
  entities: names,
  techniques: names,
  logTypes: names,
  merges,
  timeField: z.string(),
  maxTokens: index,
  message: z.boolean(),
  logType: z.string(),
});

const OTHER = z.object({ format: z.literal(FORMAT), version: z.number().refine((version) => version !== VERSION) });

/** Rebuilds a codec from `toJSON`. Throws LYREBIRD_CORRUPT when the value is no codec, is damaged or is of another version. */
export function codecFromJSON(json: unknown): Codec {
  const other = OTHER.safeParse(json);
  if (other.success) {
    throw new LyrebirdError('LYREBIRD_CORRUPT', `The codec is of version ${other.data.version}; version ${VERSION} is the one known here.`, 'Use the Lyrebird that trained the model, or train the model again.');
  }
  const parsed = z.union([fieldCodec, textCodec]).safeParse(json);
  if (!parsed.success) throw corrupt(parsed.error);
  const spec = parsed.data as CodecSpec;
  try {
    if (spec.kind === 'field') {
      spec.types.forEach(checkType);
      spec.shapes.forEach(checkShapes);
    }
    return spec.kind === 'field' ? new FieldCodec(spec) : new TextCodec(spec);
  } catch (error) {
    throw corrupt(error);
  }
}

/** What the shape alone does not say: references point backwards, classes exist, bins are not empty. */
function checkType({ name, fields, exceptions, exclusive }: TypeSpec): void {
  const ensure = (holds: boolean): void => {
    if (!holds) throw new RangeError(`Log type "${name}" contradicts itself.`);
  };
  fields.forEach((spec, b) => {
    const classes = spec.vocabulary.length + 2;
    const isClass = (c: number): boolean => c < classes;
    ensure(spec.counts.length === spec.vocabulary.length && spec.order < fields.length);
    ensure(spec.tokens === undefined || spec.tokens.every((c, i) => c > (spec.tokens![i - 1] ?? 0) && c <= spec.vocabulary.length));
    ensure(spec.references.length <= MAX_REFERENCES && spec.references.every((a) => a < b));
    if (spec.rich?.kind === 'number' || spec.rich?.kind === 'time') {
      const { lo, hi, values, knots } = spec.rich.bins;
      ensure(lo.length > 0 && [hi, values, knots].every(({ length }) => length === lo.length));
    }
    if (spec.rich?.kind === 'text') ensure((spec.rich.templates ?? []).every(({ pieces, slots }) => pieces.filter((piece, i) => i % 2 === 1 && piece === '').length === slots.length));
    for (const rule of spec.chain) {
      ensure(rule.rule === 'constant' ? isClass(rule.class) : rule.a < b && rule.a >= (rule.rule === 'table' ? TECHNIQUE : 0));
      const tables = rule.rule === 'table' ? [rule.table] : rule.rule === 'pair' ? rule.tables : [];
      ensure(tables.every((table) => table.length % 2 === 0 && table.every((value, i) => i % 2 === 0 || isClass(value))));
    }
  });
  ensure(exclusive.every(([a, b]) => a < b && b < fields.length));
  ensure(exceptions.every((set) => set.length > 0 && set.every((b) => b >= OUTSIDE && b < fields.length)));
}

/** Pairs of a feature and its share. */
function checkShapes({ name, features, shapes }: FieldCodecSpec['shapes'][number]): void {
  const holds = shapes.length > 0 && shapes.every((shares) => shares.length % 2 === 0 && shares.every((value, i) => i % 2 === 1 || value < features.length));
  if (!holds) throw new RangeError(`The shapes of log type "${name}" contradict themselves.`);
}

function corrupt(cause: unknown): LyrebirdError {
  return new LyrebirdError('LYREBIRD_CORRUPT', 'The codec file is damaged: its content is not what a codec needs.', 'Restore the model folder from a copy, or train again.', { cause });
}
