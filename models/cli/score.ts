import { getPath, LyrebirdError, type Json, type LogHit, type Skipped } from '../../common';
import { addCounts, count, logFilesSize, readLogFiles } from '../dataset';
import { loadModel } from '../pipeline';
import { Output } from './output';
import { startProgress } from './progress';
import { inTimeOrder } from './time_order';

export interface ScoreFlags {
  model: string;
  logs: string[];
  idField: string[];
  unwrap?: string;
  topFields: number;
  device: 'cpu' | 'cuda' | 'webgpu';
  json?: boolean;
}

const BATCH = 512;

export async function score(flags: ScoreFlags, signal: AbortSignal): Promise<void> {
  const began = Date.now();
  // Before the model is loaded: a misspelt name is found out at once.
  const size = await logFilesSize(flags.logs);
  const model = await loadModel(flags.model, { device: flags.device });
  const scorer = model.createScorer({ topFields: flags.topFields });
  const output = new Output(() => undefined);
  const progress = startProgress(flags.json ?? false);
  const skipped: Skipped = {};
  let [scored, late, arrived, sent, bytes] = [0, 0, 0, 0, 0];
  let firstBatch: number | undefined;
  const showProgress = () => {
    const perSecond = scored / ((Date.now() - (firstBatch ?? began)) / 1000);
    // Events that are read but held back to be put in order count as to come, so bytes alone would promise too much.
    const total = size === undefined || bytes === 0 ? undefined : (arrived * Math.max(size, bytes)) / bytes;
    const rate = `score, ${scored} events, ${Math.round(perSecond)}/s`;
    progress.update(total === undefined ? 0 : sent / total, rate, total === undefined || scored === 0 ? undefined : (total - sent) / perSecond);
  };
  const flush = async (hits: LogHit[]) => {
    if (hits.length === 0) return;
    firstBatch ??= Date.now();
    const result = await scorer.score(hits);
    addCounts(skipped, result.skipped);
    for (const event of result.events) {
      const { timestamp, entity, score: value, surprisal, top_fields } = event;
      await output.line({ id: idOf(hits[event.seq], flags.idField), timestamp, entity, score: value, surprisal, top_fields });
      if (output.isClosed) return;
      scored += 1;
    }
    sent += hits.length;
    showProgress();
  };
  try {
    const { time_field, entity_fields } = model.card;
    const hits = readLogFiles(flags.logs, {
      unwrap: flags.unwrap,
      keep: [time_field, ...entity_fields, ...flags.idField],
      onSkip: (reason) => count(skipped, reason),
      onRead: (piece) => (bytes += piece),
    });
    const counted = async function* () {
      for await (const hit of hits) {
        arrived += 1;
        yield hit;
      }
    };
    let batch: LogHit[] = [];
    for await (const hit of inTimeOrder(counted(), time_field, () => (late += 1))) {
      if (signal.aborted) throw new LyrebirdError('LYREBIRD_CANCELLED', `Scoring was cancelled after ${scored} events.`);
      if (output.isClosed) return;
      batch.push(hit);
      if (batch.length < BATCH) continue;
      await flush(batch);
      batch = [];
    }
    await flush(batch);
  } finally {
    progress.stop();
    await scorer.dispose();
    await model.dispose();
  }
  if (flags.json) process.stderr.write(`${JSON.stringify({ scored, skipped, late, seconds: (Date.now() - began) / 1000 })}\n`);
  else if (Object.keys(skipped).length > 0 || late > 0) process.stderr.write(`Set aside: ${JSON.stringify(skipped)}; out of order beyond the window: ${late}\n`);
  if (scored === 0 && !output.isClosed) {
    throw new LyrebirdError('LYREBIRD_NO_EVENTS', `${flags.logs.join(', ')}: no event could be scored (set aside: ${JSON.stringify(skipped)}).`, 'Check that the files are NDJSON of the logs that the model has learned.');
  }
}

/** The first of the fields that the event has; else the document's own id; else null. */
function idOf(hit: LogHit, fields: readonly string[]): Json {
  for (const field of fields) {
    const value = getPath(hit._source, field);
    if (value !== undefined && value !== null) return value;
  }
  return hit._id ?? null;
}
