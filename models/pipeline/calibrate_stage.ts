import { codecFromJSON } from '../codec';
import type { Codec, PreparedEvent } from '../codec/types';
import { rehearse } from '../generate';
import { createDecodingSession, createScoringSession } from '../gpt';
import type { GptConfig, Weights } from '../gpt/types';
import { isEnd } from '../prepare';
import { Calibration, EvidenceStream, HistoryBuilder, MakeUp, measureSession, SessionCalibration, StreamScorer } from '../score';
import type { KindedEvent, MakeUpJson, ReadEvent, SessionCalibrationJson } from '../score';
import { heldoutStreams, trainStreams } from './codec_stage';
import { readJson, writeJson } from './stages';
import type { Encoded, Layout, Prepared } from './stages';

/** Held-out events measured: the score's resolution is one in as many. */
const MAX_EVENTS = 20_000;
/** Tokens that these may have: reading more takes longer than it tells. */
const MAX_TOKENS = 250_000;
/** Events of the sessions that say what sessions consist of. */
const MAX_MAKE_UP_EVENTS = 100_000;
/** Events of a stream that are measured at least, as far as it has them. */
const LEAST_EVENTS = 10;
/** Events before the held-out ones that are read as context. */
const CONTEXT_EVENTS = 20;
/** Share of the training period in which everything is new because the data begins. */
const SETTLING = 1 / 3;

/** Learns who has had what, measures held-out normal events, keeps what is normal, and how far the model strays from entities' habits. */
export async function calibrateStage(files: Layout, prepared: Prepared, config: GptConfig, weights: Weights, device: 'cpu' | 'cuda' | 'webgpu', seed: number) {
  const codec = codecFromJSON(await readJson(files.codecDraft));
  const builder = new HistoryBuilder(prepared.from + SETTLING * (prepared.cutoff - prepared.from));
  for await (const stream of trainStreams(files, prepared)) builder.add(stream);
  const all = await readHeldout(files, prepared, codec, config, weights, device);
  const { sessions } = prepared.fields;
  if (sessions) {
    const makeUp = MakeUp.learn(codec, await someTrainSessions(files, prepared, codec));
    const calibration = SessionCalibration.fit(bySession(all).map((session) => measureSession(session, makeUp, codec)));
    await writeJson(files.sessions, { makeUp: makeUp.toJSON(), calibration: calibration.toJSON() } satisfies SessionsJson);
  }
  // Where a session ends is known of whole ones alone: no event that is scored by itself says so.
  const read = all.filter((event) => !isEnd(event.prepared));
  // As they will be scored: in time order over all entities, each judged by what was known before it.
  read.sort((a, b) => a.prepared.time - b.prepared.time);
  const stream = new EvidenceStream(builder.finish());
  const evidence = read.map((event) => stream.add(event.prepared, event.encoded, event.logProbabilities));
  const calibration = Calibration.fit(evidence, stream.remembered());
  await writeJson(files.calibration, calibration.toJSON());
  const decoding = (rows: number) => createDecodingSession(config, weights, rows, { device });
  // A session that was learned from never comes again: it has no habits to keep to.
  const rehearsed = sessions ? undefined : codec.rehearsed?.(await rehearse({ codec, config, createSession: decoding }, prepared.entities, prepared.cutoff, seed));
  await writeJson(files.codec, rehearsed ?? codec.toJSON());
  const nats = evidence.reduce((sum, event) => sum + event.measure.nats, 0);
  return { events: evidence.length, natsPerEvent: evidence.length === 0 ? 0 : nats / evidence.length, buckets: calibration.buckets };
}

/** What a model folder has for whole sessions. */
export interface SessionsJson {
  makeUp: MakeUpJson;
  calibration: SessionCalibrationJson;
}

/** Training sessions, evenly over all of them. */
async function someTrainSessions(files: Layout, prepared: Prepared, codec: Codec) {
  const share = MAX_MAKE_UP_EVENTS / Math.max(1, prepared.entities.reduce((sum, [, events]) => sum + events, 0));
  const sessions: KindedEvent[][] = [];
  let credit = 0;
  for await (const session of trainStreams(files, prepared)) {
    credit = Math.min(credit + share, 1);
    if (credit < 1 || session.length === 0) continue;
    credit -= 1;
    const stream = codec.startStream({ entity: session[0].entity, time: session[0].time });
    sessions.push(session.map((event) => ({ prepared: event, encoded: stream.encode(event) })));
  }
  return sessions;
}

/** What was read, a list for each session. */
function bySession(read: readonly ReadEvent[]): ReadEvent[][] {
  const sessions = new Map<string, ReadEvent[]>();
  for (const event of read) {
    const { entity } = event.prepared;
    const session = sessions.get(entity);
    if (session === undefined) sessions.set(entity, [event]);
    else session.push(event);
  }
  return [...sessions.values()];
}

async function readHeldout(files: Layout, prepared: Prepared, codec: Codec, config: GptConfig, weights: Weights, device: 'cpu' | 'cuda' | 'webgpu') {
  const share = await measuredShare(files);
  const session = await createScoringSession(config, weights, { device });
  const read: ReadEvent[] = [];
  try {
    // Batches of whole streams: each stream is short, and the graph wants many rows.
    let batch: Array<{ before: readonly PreparedEvent[]; events: readonly PreparedEvent[] }> = [];
    let size = 0;
    const flush = async () => {
      const scorer = new StreamScorer({ codec, session, config, fields: prepared.fields, topFields: 0 });
      await scorer.readPrepared(batch.flatMap(({ before }) => before));
      read.push(...(await scorer.readPrepared(batch.flatMap(({ events }) => events))));
      batch = [];
      size = 0;
    };
    let credit = 0;
    for await (const stream of heldoutStreams(files, prepared, CONTEXT_EVENTS)) {
      // Of sessions some, each whole. Of other streams the first events of each, so that no entity is left out and each event has the one before it.
      credit += share;
      if (prepared.fields.sessions && credit < 1) continue;
      credit -= 1;
      const events = prepared.fields.sessions ? stream.events : stream.events.slice(0, Math.max(LEAST_EVENTS, Math.ceil(share * stream.events.length)));
      batch.push({ before: stream.before, events });
      size += events.length;
      if (size >= 2_000) await flush();
      if (read.length >= MAX_EVENTS) break;
    }
    if (batch.length > 0) await flush();
  } finally {
    await session.dispose();
  }
  return read;
}

/** Share of each stream's held-out events that is measured. */
async function measuredShare(files: Layout): Promise<number> {
  const { events, tokens } = await readJson<Encoded>(files.encoded);
  const [held, length] = events.heldout > 0 ? [events.heldout, tokens.heldout] : [events.train, tokens.train];
  return held === 0 ? 1 : Math.min(1, MAX_EVENTS / held, MAX_TOKENS / Math.max(1, length));
}
