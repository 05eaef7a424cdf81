import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { LyrebirdError, modelCardSchema } from '../../common';
import type { ModelCard } from '../../common';
import { originOf } from '../codec';
import { adapterSpecs, checkTensors, checkWeights, mergeAdapters, readSafetensors, sideOffsets } from '../gpt';
import type { GptConfig, Weights } from '../gpt/types';
import type { EventFields } from '../prepare';
import { layout, readJson } from './stages';

/** Place of the field among the side channels. */
const FIELD = 0;

/** A model folder but for its weights. */
export interface ModelFiles {
  folder: string;
  card: ModelCard;
  /** For `codecFromJSON`. */
  codec: unknown;
  fields: EventFields;
  config: GptConfig;
}

/** @throws LYREBIRD_NOT_FOUND when the folder holds no (finished) model, LYREBIRD_CORRUPT when a file is damaged */
export async function readModelFiles(folder: string): Promise<ModelFiles> {
  const files = layout(folder);
  const parsed = modelCardSchema.safeParse(await readJson(files.card));
  if (!parsed.success) {
    throw new LyrebirdError('LYREBIRD_CORRUPT', `${files.card} is not a model card of this version: ${parsed.error.issues[0].message}.`, 'Train the model again.');
  }
  const { fields, config } = await readJson<{ fields: EventFields; config: GptConfig }>(files.fields);
  return { folder, card: parsed.data, codec: await readJson(files.codec), fields, config };
}

/**
 * The weights to score and decode with: those of the folder, or those of its base with its adapters in them.
 *
 * @throws LYREBIRD_NOT_FOUND when the base is missing, LYREBIRD_CONFLICT when it is not the one that the adapters were made for
 */
export async function readModelWeights({ folder, card, codec, config }: ModelFiles): Promise<Weights> {
  const files = layout(folder);
  if (card.finetune?.lora === undefined) {
    const weights = readSafetensors(files.weights).tensors;
    checkWeights(config, weights, 'weights');
    return weights;
  }
  const { base, lora } = card.finetune;
  const baseFolder = path.resolve(folder, base.folder);
  const again = 'Or fine-tune again without adapters for a model that stands alone.';
  if (!existsSync(layout(baseFolder).card)) {
    throw new LyrebirdError(
      'LYREBIRD_NOT_FOUND',
      `The model "${card.name}" holds only adapters for the base model "${base.name}" (${base.id}), which is not in ${baseFolder}.`,
      `Put the base model there again. ${again}`
    );
  }
  if ((await weightsHash(baseFolder)) !== base.weights_sha256) {
    throw new LyrebirdError(
      'LYREBIRD_CONFLICT',
      `The model in ${baseFolder} has other weights than the base "${base.name}" (${base.id}) that the adapters of "${card.name}" were made for.`,
      `Put back the base whose weights have the SHA-256 ${base.weights_sha256}. ${again}`
    );
  }
  const below = await readModelFiles(baseFolder);
  const adapters = readSafetensors(files.adapter).tensors;
  const options = { ...lora, ...originOf(below.codec, codec)?.added };
  checkTensors(adapterSpecs(config, options), adapters, 'adapters');
  // The rows that the base lacks are among those that the adapters bring.
  return mergeAdapters(config, widen(below, await readModelWeights(below), codec, config), adapters, options);
}

/** SHA-256 of what a model folder was trained to: its weights, or its adapters. */
export async function weightsHash(folder: string): Promise<string> {
  const { weights, adapter } = layout(folder);
  const hash = createHash('sha256');
  await pipeline(createReadStream(existsSync(weights) ? weights : adapter), hash);
  return hash.digest('hex');
}

/**
 * Weights for a codec that extends the base's: tokens, fields and techniques that are new start as the rows that they come from, so that the
 * model at first does with them what it does with these.
 *
 * @param likes by row of the last side channel (the technique) beyond the base's, the row that it starts as; default: none, a normal event
 */
export function widen(base: ModelFiles, weights: Weights, codec: unknown, config: GptConfig, likes: (row: number) => number = () => 0): Weights {
  const origin = originOf(base.codec, codec);
  const widened = { ...weights };
  const rows = (name: string, sources: readonly number[] | Int32Array): void => {
    if (weights[name] === undefined) return;
    const { dims, data } = weights[name];
    const width = dims[1];
    const table = new Float32Array(sources.length * width);
    sources.forEach((source, row) => table.set(data.subarray(source * width, (source + 1) * width), row * width));
    widened[name] = { dims: [sources.length, width], data: table };
  };
  if (origin) rows('token', origin.tokens);
  const { offsets } = sideOffsets(base.config.side);
  const last = base.config.side.length - 1;
  const sourceOf = (channel: number, id: number): number => {
    if (channel === FIELD) return origin ? origin.fields[id] : id;
    return channel === last && id >= base.config.side[last] ? likes(id) : id;
  };
  const sources = config.side.flatMap((size, channel) => Array.from({ length: size }, (_, id) => offsets[channel] + sourceOf(channel, id)));
  for (const table of ['side', 'skip.side']) rows(table, sources);
  return widened;
}
