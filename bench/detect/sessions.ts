import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { trainOptionsSchema, type LogHit, type ModelCard, type TrainOptionsInput } from '../../common';
import { roc } from '../../models/evaluate';
import { loadModel, scoreSessions, trainModel } from '../../models/pipeline';
import type { ScoredSession } from '../../models/score';
import { readerOf } from '../sample';

/**
 * Learns from normal sessions and scores others, by the same pipeline as `lyrebird train --sessions` and `score --sessions`. `keep` is a folder for
 * the model: one that is there already, or half trained, is gone on with.
 */
export async function trainAndScore(learned: readonly LogHit[], tests: Readonly<Record<string, readonly LogHit[]>>, options: TrainOptionsInput, keep?: string) {
  const folder = keep ?? (await mkdtemp(path.join(tmpdir(), 'lyrebird-detect-')));
  const say = (text: string) => process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${text}\n`);
  let stage: string | undefined;
  try {
    const card = await trainModel({
      dataset: readerOf(learned),
      folder,
      modelId: 'sessions',
      options: trainOptionsSchema.parse({ name: 'sessions', sessions: true, ...options }),
      onProgress: (progress) => {
        if (progress.stage !== stage) say((stage = progress.stage));
      },
    });
    say(`trained: ${aboutTraining(card)}`);
    const model = await loadModel(folder);
    const scored: Record<string, ScoredSession[]> = {};
    try {
      for (const [name, hits] of Object.entries(tests)) {
        scored[name] = [];
        for await (const session of scoreSessions(model, readerOf(hits).hits(), { topEvents: 0, topFields: 3 })) scored[name].push(session);
        say(`scored: ${scored[name].length} sessions (${name})`);
      }
    } finally {
      await model.dispose();
    }
    return { card, scored };
  } finally {
    if (keep === undefined) await rm(folder, { recursive: true, force: true });
  }
}

/** Share of sessions that are reported: those rarer than one in `1 / rate` normal ones, as held-out training sessions say. */
export const reported = (sessions: readonly ScoredSession[], rate: number): number => sessions.filter(({ probability }) => probability <= rate).length / sessions.length;

/** ROC AUC: how often an abnormal session is rarer than a normal one, ties by halves. */
export function auc(normal: readonly ScoredSession[], abnormal: readonly ScoredSession[]): number {
  const rarity = ({ probability }: ScoredSession) => -probability;
  return roc(abnormal.map(rarity), normal.map(rarity)).auc!;
}

export const aboutTraining = ({ events, training, tokens }: ModelCard): string =>
  `${events.train} events learned, ${events.heldout} held out, ${tokens.per_event.toFixed(1)} tokens per event, ${training.steps} steps in ${training.seconds.toFixed(0)} s`;
