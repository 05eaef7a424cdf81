import { rm } from 'node:fs/promises';
import path from 'node:path';
import { LyrebirdError, generateOptionsSchema, trainOptionsSchema } from '../../common';
import { loadModel, trainModel } from '../../models/pipeline';
import { readerOf } from '../sample';
import { writeLines, writtenFile } from './events';
import type { Events, Written } from './events';
import type { Made, Task } from './settings';

/** Newest share of the training events that Lyrebird keeps for itself: early stopping and calibration. The least that it takes. */
const HOLDOUT = 0.02;

export const modelFolder = (folder: string) => path.join(folder, 'model');

/** One of Lyrebird's tokenisers: trained, then made to write the period as all entities until it is done or the time is up. */
export async function runLyrebird(tokenizer: 'field' | 'char' | 'bpe', { train }: Events, { settings, period, folder }: Task): Promise<Made> {
  const options = trainOptionsSchema.parse({ name: tokenizer, tokenizer, minutes: settings.minutes, seed: settings.seed, holdout: HOLDOUT });
  await rm(modelFolder(folder), { recursive: true, force: true });
  const card = await trainModel({ dataset: readerOf(train), folder: modelFolder(folder), modelId: tokenizer, options });
  const model = await loadModel(modelFolder(folder));
  const timeUp = AbortSignal.timeout(settings.writingMinutes * 60_000);
  const began = performance.now();
  let [generated, malformed, complete] = [0, 0, true];
  async function* write(): AsyncGenerator<Written> {
    const control = { signal: timeUp, onOmitted: (more: { malformed: number }) => (malformed += more.malformed) };
    try {
      for await (const { entity, log_type, _source } of model.generate(generateOptionsSchema.parse({ ...period, seed: settings.seed }), control)) {
        generated++;
        yield { entity, hit: { _index: log_type, _source } };
      }
    } catch (error) {
      // LYREBIRD_UNSUPPORTED: hardly any text was an event.
      if (!(error instanceof LyrebirdError) || (error.code !== 'LYREBIRD_CANCELLED' && error.code !== 'LYREBIRD_UNSUPPORTED')) throw error;
      complete = false;
    }
  }
  try {
    await writeLines(writtenFile(folder), write());
  } finally {
    await model.dispose();
  }
  return {
    parameters: card.parameters,
    training_seconds: card.training.seconds,
    steps: card.training.steps,
    per_event: card.tokens.per_event,
    unit: tokenizer === 'char' ? 'characters' : 'tokens',
    writing_seconds: (performance.now() - began) / 1000,
    generated,
    malformed,
    complete,
  };
}
