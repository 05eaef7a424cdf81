import type { Codec, Rehearsal } from '../codec/types';
import type { DecodingSession, GptConfig } from '../gpt/types';
import { EntityWriter, type StreamPlan, type WrittenEvent } from './entity_writer';
import { MOST_ROWS, SessionPool } from './session_pool';
import { StreamGroup } from './stream_group';

/** Events that are written: enough to see a share of one in a hundred. */
const EVENTS = 2500;
/** Events that a stream holds ready before it waits for the others. */
const MOST_READY = 128;

export interface RehearsalModel {
  codec: Codec;
  config: GptConfig;
  createSession(rows: number): Promise<DecodingSession>;
}

/**
 * Lets some of the entities write as the model will, to see what it makes of them; `entities` as [name, events], from `from` (ms) on.
 */
export async function rehearse({ codec, config, createSession }: RehearsalModel, entities: ReadonlyArray<readonly [string, number]>, from: number, seed: number): Promise<Rehearsal> {
  const events = new Map<string, number>();
  const fresh = new Map<number, number[]>();
  // From the most to the least active: habits are those of all.
  const ranked = entities.filter(([name]) => codec.entities.indexOf(name) > 0).sort((a, b) => b[1] - a[1]);
  const chosen = ranked.length <= MOST_ROWS ? ranked : Array.from({ length: MOST_ROWS }, (_, i) => ranked[Math.floor((i * ranked.length) / MOST_ROWS)]);
  const pool = new SessionPool(createSession);
  const plans = chosen.map(([name]): StreamPlan => ({ voice: name, name, key: name, decode: {}, history: [], start: from, from, to: Infinity }));
  const writers = plans.map((plan, place) => new EntityWriter(codec, plan, seed, config, undefined, place));
  const onFresh = (field: number, probability: number): void => {
    const seen = fresh.get(field);
    if (seen) seen.push(probability);
    else fresh.set(field, [probability]);
  };
  const group = new StreamGroup(writers, { config, onFresh }, [], pool, MOST_READY);
  try {
    const written: WrittenEvent[] = [];
    const ready = () => writers.reduce((sum, writer) => sum + writer.ready.length, 0);
    while (written.length + ready() < EVENTS && group.safeTime < Infinity) {
      await group.advance();
      written.push(...group.take(group.safeTime));
    }
    for (const { logType } of [...written, ...writers.flatMap((writer) => writer.ready)]) events.set(logType, (events.get(logType) ?? 0) + 1);
  } finally {
    await pool.dispose();
  }
  return { events, fresh };
}
