import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { generateOptionsSchema, trainOptionsSchema, type LogHit } from '../common';
import { loadModel, trainModel } from '../models/pipeline';
import { readerOf } from './sample';

export interface MainJobFigures {
  events: number;
  tokens_per_event: number;
  heldout_bits_per_token: number;
  heldout_bits_per_event: number;
  training_tokens_per_second: number;
  generated_events_per_second: number;
  valid_percent: number;
  scored_events_per_second: number;
  seconds: { prepare_codec_encode: number; train: number; calibrate: number };
}

/** Events in time order learned, written and scored once, outside Elasticsearch: what the model node alone does. */
export async function benchMainJob(hits: readonly LogHit[], minutes = 1): Promise<MainJobFigures> {
  const split = Math.floor(hits.length * 0.8);
  const folder = await mkdtemp(path.join(tmpdir(), 'lyrebird-bench-'));
  try {
    const begun: Record<string, number> = {};
    const started = Date.now();
    const card = await trainModel({
      dataset: readerOf(hits.slice(0, split)),
      folder,
      modelId: 'bench',
      options: trainOptionsSchema.parse({ name: 'bench', minutes }),
      onProgress: ({ stage }) => (begun[stage] ??= Date.now()),
    });
    const ended = Date.now();
    const model = await loadModel(folder);
    const count = 3_000;
    const generating = Date.now();
    let generated = 0;
    let malformed = 0;
    for await (const _ of model.generate(generateOptionsSchema.parse({ count }), { onOmitted: (more) => (malformed += more.malformed) })) generated++;
    const generateSeconds = (Date.now() - generating) / 1000;
    const fresh = hits.slice(split);
    const scorer = model.createScorer();
    // The graph is built at the first score; that is start-up, not speed.
    await scorer.score(fresh.slice(0, 100));
    const scoring = Date.now();
    for (let i = 100; i < fresh.length; i += 2_000) await scorer.score(fresh.slice(i, i + 2_000));
    const scoreSeconds = (Date.now() - scoring) / 1000;
    await scorer.dispose();
    await model.dispose();
    return {
      events: hits.length,
      tokens_per_event: card.tokens.per_event,
      heldout_bits_per_token: card.loss.heldout_bits_per_token,
      heldout_bits_per_event: card.loss.heldout_bits_per_event,
      training_tokens_per_second: card.training.tokens_per_second,
      generated_events_per_second: generated / generateSeconds,
      valid_percent: (100 * generated) / (generated + malformed),
      scored_events_per_second: (fresh.length - 100) / scoreSeconds,
      seconds: { prepare_codec_encode: (begun.train - started) / 1000, train: card.training.seconds, calibrate: (ended - begun.calibrate) / 1000 },
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
