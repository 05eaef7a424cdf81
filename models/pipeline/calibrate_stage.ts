import { codecFromJSON } from '../codec';
import { createScoringSession } from '../gpt';
import type { GptConfig, Weights } from '../gpt/types';
import type { PreparedEvent } from '../codec/types';
import { Calibration, StreamScorer } from '../score';
import type { MeasuredEvent } from '../score';
import { heldoutStreams } from './codec_stage';
import { readJson, writeJson } from './stages';
import type { Layout, Prepared } from './stages';

/** Held-out events measured: the score's resolution is one in as many. */
const MAX_EVENTS = 20_000;
/** Events before the held-out ones that are read as context. */
const CONTEXT_EVENTS = 20;

/** Measures held-out normal events, and keeps what is normal. */
export async function calibrateStage(files: Layout, prepared: Prepared, config: GptConfig, weights: Weights, device: 'cpu' | 'cuda' | 'webgpu') {
  const codec = codecFromJSON(await readJson(files.codecDraft));
  const session = await createScoringSession(config, weights, { device });
  const measured: MeasuredEvent[] = [];
  try {
    // Batches of whole streams: each stream is short, and the graph wants many rows.
    let batch: Array<{ before: readonly PreparedEvent[]; events: readonly PreparedEvent[] }> = [];
    let size = 0;
    const flush = async () => {
      const scorer = new StreamScorer({ codec, session, context: config.context, width: config.width, fields: prepared.fields, topFields: 0 });
      await scorer.measurePrepared(batch.flatMap(({ before }) => before));
      measured.push(...(await scorer.measurePrepared(batch.flatMap(({ events }) => events))));
      batch = [];
      size = 0;
    };
    for await (const stream of heldoutStreams(files, prepared, CONTEXT_EVENTS)) {
      batch.push(stream);
      size += stream.events.length;
      if (size >= 2_000) await flush();
      if (measured.length >= MAX_EVENTS) break;
    }
    if (batch.length > 0) await flush();
  } finally {
    await session.dispose();
  }
  await writeJson(files.calibration, Calibration.fit(measured).toJSON());
  const nats = measured.reduce((sum, event) => sum + event.measure.nats, 0);
  return { events: measured.length, natsPerEvent: measured.length === 0 ? 0 : nats / measured.length };
}
