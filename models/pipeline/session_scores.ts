import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { LogHit } from '../../common';
import { asKnownType, prepareHit, type SkipReason } from '../prepare';
import type { ScoredSession } from '../score';
import { SHARDS, readShard, ShardWriter } from './shards';
import type { Model } from './types';

export interface SessionScoresOptions {
  /** Events named for each session. */
  topEvents?: number;
  /** Fields explained for each of them. */
  topFields?: number;
  /** Told each event that was set aside, and why. */
  onSkip?: (reason: SkipReason) => void;
}

/** Sessions scored at once. */
const BATCH = 256;

/**
 * Scores all sessions of a log, however its events are mixed: they are sorted on the disk first, so memory holds a part of them. Sessions come in no
 * order that means anything, but always in the same.
 */
export async function* scoreSessions(model: Model, hits: AsyncIterable<LogHit>, { topEvents, topFields, onSkip }: SessionScoresOptions = {}): AsyncGenerator<ScoredSession> {
  const scorer = await model.createSessionScorer({ topEvents, topFields });
  const folder = await mkdtemp(path.join(tmpdir(), 'lyrebird-sessions-'));
  try {
    const shards = await ShardWriter.create(folder);
    try {
      for await (const hit of hits) {
        const prepared = prepareHit(hit, model.fields);
        if (typeof prepared === 'string') onSkip?.(prepared);
        else await shards.write(asKnownType(prepared, hit, model.generator.codec.logTypes));
      }
    } finally {
      await shards.close();
    }
    for (let shard = 0; shard < SHARDS; shard++) {
      const sessions = await readShard(folder, shard);
      for (let from = 0; from < sessions.length; from += BATCH) yield* await scorer.score(sessions.slice(from, from + BATCH));
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
