import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { LyrebirdError, modelCardSchema } from '../../common';
import type { ModelCard } from '../../common';
import { adapterSpecs, checkTensors, checkWeights, mergeAdapters, readSafetensors, sideOffsets } from '../gpt';
import type { GptConfig, Weights } from '../gpt/types';
import type { EventFields } from '../prepare';
import { layout, readJson } from './stages';

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
export async function readModelWeights({ folder, card, config }: ModelFiles): Promise<Weights> {
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
  checkTensors(adapterSpecs(config, lora), adapters, 'adapters');
  // The rows that the base lacks are among those that the adapters bring.
  return mergeAdapters(config, widen(await readModelWeights(below), below.config, config, () => 0), adapters, lora);
}

/** SHA-256 of what a model folder was trained to: its weights, or its adapters. */
export async function weightsHash(folder: string): Promise<string> {
  const { weights, adapter } = layout(folder);
  const hash = createHash('sha256');
  await pipeline(createReadStream(existsSync(weights) ? weights : adapter), hash);
  return hash.digest('hex');
}

/**
 * Weights for a config whose last side channel (the technique) has more rows: each new one starts as the row `like` of that channel, so that
 * the model at first does with it what it does with that.
 */
export function widen(weights: Weights, from: GptConfig, to: GptConfig, like: (row: number) => number): Weights {
  const before = sideOffsets(from.side);
  const after = sideOffsets(to.side);
  if (before.total === after.total) return weights;
  const first = before.offsets[before.offsets.length - 1];
  const widened = { ...weights };
  for (const name of ['side', 'skip.side']) {
    if (weights[name] === undefined) continue;
    const { dims, data } = weights[name];
    const width = dims[1];
    const table = new Float32Array(after.total * width);
    table.set(data);
    for (let row = before.total; row < after.total; row++) {
      const source = first + like(row - first);
      table.copyWithin(row * width, source * width, (source + 1) * width);
    }
    widened[name] = { dims: [after.total, width], data: table };
  }
  return widened;
}
