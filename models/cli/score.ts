import { getPath, LyrebirdError, type Json, type LogHit, type ScoredEvent, type Skipped } from '../../common';
import type { EventPseudonymiser } from '../../common/pseudonyms';
import { addCounts, count, logFilesSize, readLogFiles } from '../dataset';
import { loadModel } from '../pipeline';
import { HINDSIGHT_EVENTS, HINDSIGHT_MS } from '../score';
import { Output } from './output';
import { startProgress } from './progress';
import { hitUnder, pseudonymiserFor, type PseudonymFlags } from './pseudonym_key';
import { inTimeOrder } from './time_order';

export interface ScoreFlags extends PseudonymFlags {
  model: string;
  logs: string[];
  idField: string[];
  unwrap?: string;
  topFields: number;
  topEvents: number;
  sessions?: boolean;
  device: 'cpu' | 'cuda' | 'webgpu';
  json?: boolean;
}

/** Events scored at once: of each entity's stream in them, what went before is read again. */
const BATCH = 2_000;

export async function score(flags: ScoreFlags, signal: AbortSignal): Promise<void> {
  const began = Date.now();
  // Before the model is loaded: a misspelt name is found out at once.
  const size = await logFilesSize(flags.logs);
  const model = await loadModel(flags.model, { device: flags.device });
  const pseudonymiser = await pseudonymiserFor(model.card, flags);
  // Names may be mentioned before they act.
  if (pseudonymiser) for await (const { _source } of readLogFiles(flags.logs, { unwrap: flags.unwrap })) pseudonymiser.collect(_source);
  const scorer = model.createScorer({ topFields: flags.topFields });
  const output = new Output(() => undefined);
  const progress = startProgress(flags.json ?? false);
  const skipped: Skipped = {};
  let [scored, late, arrived, sent, bytes] = [0, 0, 0, 0, 0];
  let firstBatch: number | undefined;
  /** Scores that what comes next may still raise. */
  const held: Array<{ event: ScoredEvent; id: Json; time: number }> = [];
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
    const result = await scorer.score(hits.map((hit) => hitUnder(pseudonymiser, hit)));
    addCounts(skipped, result.skipped);
    scored += result.events.length;
    for (const event of result.events) held.push({ event, id: idOf(hits[event.seq], flags.idField), time: Date.parse(event.timestamp) });
    sent += hits.length;
    showProgress();
    const newest = held.at(-1)?.time ?? 0;
    const settled = held.findIndex(({ time }) => time >= newest - HINDSIGHT_MS);
    await write(held.splice(0, Math.max(settled, held.length - HINDSIGHT_EVENTS)));
  };
  const write = async (settled: typeof held) => {
    for (const { event, id } of settled) {
      const { timestamp, score: value, initial_score, surprisal } = event;
      const { entity, top_fields } = pseudonymiser ? namesOf(event, pseudonymiser, model.card.entity_fields) : event;
      await output.line({ id, timestamp, entity, score: value, initial_score, surprisal, top_fields });
      if (output.isClosed) return;
    }
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
    await write(held);
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

/** What a person may read of an event that was scored under pseudonyms. */
function namesOf({ entity, top_fields }: ScoredEvent, pseudonymiser: EventPseudonymiser, entityFields: readonly string[]): Pick<ScoredEvent, 'entity' | 'top_fields'> {
  return { entity: pseudonymiser.revealEntity(entity, entityFields), top_fields: revealFields(top_fields, pseudonymiser) };
}

export function revealFields(fields: ScoredEvent['top_fields'], pseudonymiser: EventPseudonymiser): ScoredEvent['top_fields'] {
  // `(new id)` and the like are words of ours.
  const name = (field: string, text: string) => (/^\(.*\)$/.test(text) ? text : pseudonymiser.revealValue(field.replace(/\[\d+\]/g, ''), text));
  return fields.map((top) => ({
    ...top,
    actual: name(top.field, top.actual),
    typical: top.typical.map((typical) => ({ ...typical, value: name(top.field, typical.value) })),
  }));
}

/** The first of the fields that the event has; else the document's own id; else null. */
function idOf(hit: LogHit, fields: readonly string[]): Json {
  for (const field of fields) {
    const value = getPath(hit._source, field);
    if (value !== undefined && value !== null) return value;
  }
  return hit._id ?? null;
}
