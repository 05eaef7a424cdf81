import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { LyrebirdError, lossPointSchema } from '../../common';
import { checkTensors, checkWeights, readSafetensors, writeSafetensors, type ParameterSpec, type TrainingState, type Weights } from '../gpt';
import type { GptConfig } from '../gpt';
import { mixtureStateSchema } from './mixture';
import type { TrainingPlan, TrainingResult } from './types';

const KINDS = ['weights', 'moment1', 'moment2'] as const;

const progressSchema = z.object({
  step: z.number().int().nonnegative(),
  /** Training time so far. */
  seconds: z.number(),
  /** Time within steps, for the speed. */
  stepSeconds: z.number(),
  sampler: mixtureStateSchema,
  curve: z.array(lossPointSchema),
  /** Loss of the weights in the weights file. */
  bestLoss: z.number().optional(),
  /** Measurements since the best. */
  worse: z.number().int().default(0),
  /** Of private trainings. */
  privacy: z.object({ noiseMultiplier: z.number(), maxSteps: z.number() }).optional(),
  /** What must not change between the runs of one training. */
  plan: z.string(),
});
export type CheckpointProgress = z.infer<typeof progressSchema>;

export interface Checkpoint {
  state: TrainingState;
  progress: CheckpointProgress;
}

const checkpointPath = (folder: string) => join(folder, 'checkpoint.safetensors');
const resultPath = (folder: string) => join(folder, 'training.json');
export const weightsPath = (folder: string) => join(folder, 'weights.safetensors');

/** What decides the meaning of the weights and the order of the data. Time, device and speed may differ from run to run. */
export function planKey(plan: TrainingPlan): string {
  const { config, trainFile, bos, batch, learningRate, optimizer, entityDropout, formerDropout, seed, startFile, adapter, replay, privacy } = plan;
  return JSON.stringify({ config, trainFile, bos, batch, learningRate, optimizer, entityDropout, formerDropout, seed, startFile, adapter, replay, privacy });
}

export function writeCheckpoint(folder: string, { state, progress }: Checkpoint): void {
  const tensors = Object.fromEntries(
    KINDS.flatMap((kind) => Object.entries(state[kind]).map(([name, tensor]) => [`${kind}.${name}`, tensor] as const))
  );
  writeSafetensors(checkpointPath(folder), tensors, { progress: JSON.stringify(progress) });
}

/**
 * The checkpoint in the folder, if there is one. Throws LYREBIRD_CORRUPT if it is damaged and LYREBIRD_CONFLICT if it belongs to a
 * training with another plan.
 */
export function readCheckpoint(folder: string, plan: TrainingPlan, specs: readonly ParameterSpec[]): Checkpoint | undefined {
  const path = checkpointPath(folder);
  if (!existsSync(path)) return undefined;
  const { tensors, metadata } = readSafetensors(path);
  const parsed = progressSchema.safeParse(parseJson(metadata.progress));
  if (!parsed.success) throw damaged(path);
  if (parsed.data.plan !== planKey(plan)) {
    throw new LyrebirdError(
      'LYREBIRD_CONFLICT',
      `The checkpoint ${path} belongs to a training with other settings.`,
      'Go on with the settings it was begun with, or train in an empty folder.'
    );
  }
  const read = (kind: (typeof KINDS)[number]): Weights => {
    const prefix = `${kind}.`;
    const weights = Object.fromEntries(
      Object.entries(tensors)
        .filter(([name]) => name.startsWith(prefix))
        .map(([name, tensor]) => [name.slice(prefix.length), tensor])
    );
    checkTensors(specs, weights, kind);
    return weights;
  };
  const state: TrainingState = { weights: read('weights'), moment1: read('moment1'), moment2: read('moment2'), step: parsed.data.step };
  return { state, progress: parsed.data };
}

/** Weights with their config, as `loadWeights` reads them. */
export function writeWeights(path: string, config: GptConfig, weights: Weights): void {
  writeSafetensors(path, weights, { config: JSON.stringify(config) });
}

/** Throws LYREBIRD_NOT_FOUND or LYREBIRD_CORRUPT, also when the weights are not those of the config. */
export function loadWeights(path: string, config: GptConfig): Weights {
  const { tensors } = readSafetensors(path);
  checkWeights(config, tensors, 'weights');
  return tensors;
}

const resultSchema = z.object({
  plan: z.string(),
  result: z.object({
    weightsFile: z.string(),
    steps: z.number(),
    seconds: z.number(),
    tokensPerSecond: z.number(),
    trainLoss: z.number(),
    heldoutLoss: z.number(),
    curve: z.array(lossPointSchema),
    privacy: z
      .object({ epsilon: z.number(), delta: z.number(), noiseMultiplier: z.number(), clip: z.number(), sampleRate: z.number(), steps: z.number(), examples: z.number() })
      .optional(),
  }),
});

/** The result of a training that has ended in this folder with the same plan. */
export function readResult(folder: string, plan: TrainingPlan): TrainingResult | undefined {
  const path = resultPath(folder);
  if (!existsSync(path) || !existsSync(weightsPath(folder))) return undefined;
  const parsed = resultSchema.safeParse(parseJson(readFileSync(path, 'utf8')));
  if (!parsed.success) throw damaged(path);
  if (parsed.data.plan !== planKey(plan)) {
    throw new LyrebirdError('LYREBIRD_CONFLICT', `${path} is the result of a training with other settings.`, 'Train in an empty folder.');
  }
  return { ...parsed.data.result, weightsFile: weightsPath(folder) };
}

/** Written last; the checkpoint has then served. */
export function writeResult(folder: string, plan: TrainingPlan, result: TrainingResult): void {
  const path = resultPath(folder);
  const file = openSync(`${path}.tmp`, 'w');
  try {
    writeSync(file, JSON.stringify({ plan: planKey(plan), result }, null, 2));
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(`${path}.tmp`, path);
  rmSync(checkpointPath(folder), { force: true });
}

function parseJson(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
}

function damaged(path: string): LyrebirdError {
  return new LyrebirdError('LYREBIRD_CORRUPT', `${path} is damaged.`, 'Delete it and train again.');
}
