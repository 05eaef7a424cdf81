import type { AugmentCard } from '../../common';
import { loadModel } from '../pipeline';
import { compare } from './compare';
import { attacksOf, type ReadHit } from './held_out';

/** Events that are scored at once. */
const BATCH = 2_000;

export interface Judging {
  /** Folders of the two models. */
  base: string;
  augmented: string;
  device: 'cpu' | 'cuda' | 'webgpu';
  signal?: AbortSignal;
  onProgress?: (share: number) => void;
}

/** Both models on the same held-out events, in time order; undefined when there are none. */
export async function judge(events: readonly ReadHit[], chosen: ReadonlySet<string>, { base, augmented, device, signal, onProgress }: Judging): Promise<AugmentCard['comparison']> {
  if (events.length === 0) return undefined;
  const before = await scoresOf(base, events, device, signal, (share) => onProgress?.(share / 2));
  const after = await scoresOf(augmented, events, device, signal, (share) => onProgress?.(0.5 + share / 2));
  const attacks = attacksOf(events);
  const compared = events.map(({ event: { entity } }, i) => ({ entity, before: before[i], after: after[i], ...(attacks[i] !== undefined && { attack: attacks[i] }) }));
  const timeOf = (i: number) => new Date(events.at(i)!.event.time).toISOString();
  return { from: timeOf(0), to: timeOf(-1), events: events.length, ...compare(compared, (entity) => chosen.has(entity)) };
}

/** A score each, once all is known. */
async function scoresOf(folder: string, events: readonly ReadHit[], device: Judging['device'], signal: AbortSignal | undefined, onProgress: (share: number) => void): Promise<number[]> {
  const model = await loadModel(folder, { device });
  const scorer = model.createScorer({ topFields: 0 });
  // The very objects whose scores rise later.
  const scored: Array<{ score: number } | undefined> = new Array(events.length);
  try {
    for (let from = 0; from < events.length; from += BATCH) {
      signal?.throwIfAborted();
      const found = await scorer.score(events.slice(from, from + BATCH).map(({ hit }) => hit));
      for (const event of found.events) scored[from + event.seq] = event;
      onProgress(Math.min(1, (from + BATCH) / events.length));
    }
  } finally {
    await scorer.dispose();
    await model.dispose();
  }
  return scored.map((event) => event?.score ?? 0);
}
