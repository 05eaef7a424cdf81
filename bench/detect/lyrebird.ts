import { existsSync } from 'node:fs';
import path from 'node:path';
import { trainOptionsSchema, type ScoredEvent } from '../../common';
import { loadModel, trainModel } from '../../models/pipeline';
import { readerOf } from '../sample';
import type { DetectionTask } from './organisation';

const BATCH = 2_000;

export interface LyrebirdScores {
  /** 0-100, aligned with the test events; events that cannot be scored have 0. `initial`: before anything later was known. */
  scores: number[];
  initial: number[];
  skipped: number;
  /** Start-up of the graphs aside. */
  events_per_second: number;
}

/** Trains on the task's events, unless `folder` holds a model already, and scores the others as a job of the node does. */
export async function lyrebirdScores({ entityFields, train, test }: DetectionTask, folder: string, budget: { minutes: number; max_steps?: number; seed: number }): Promise<LyrebirdScores> {
  if (!existsSync(path.join(folder, 'model.json'))) {
    await trainModel({ dataset: readerOf(train.map(({ hit }) => hit)), folder, modelId: 'detect', options: trainOptionsSchema.parse({ name: 'detect', entity_fields: entityFields, ...budget }) });
  }
  const model = await loadModel(folder);
  const scorer = model.createScorer();
  const found: Array<ScoredEvent | undefined> = new Array(test.length);
  let scored = 0;
  const began = Date.now();
  for (let from = 0; from < test.length; from += BATCH) {
    const { events } = await scorer.score(test.slice(from, from + BATCH).map(({ hit }) => hit));
    // The very objects whose scores rise later.
    for (const event of events) found[from + event.seq] = event;
    scored += events.length;
  }
  const seconds = (Date.now() - began) / 1000;
  await scorer.dispose();
  await model.dispose();
  return { scores: found.map((event) => event?.score ?? 0), initial: found.map((event) => event?.initial_score ?? 0), skipped: test.length - scored, events_per_second: scored / seconds };
}
