import type { LossPoint } from '../../common';
import type { AdamWOptions, AdapterOptions, GptConfig } from '../gpt';

/**
 * Encoded streams on disk, so that memory stays flat. Two files per split:
 * - `<name>.tokens`: one record a token, RECORD little-endian uint16: token, field, entity, slot, weekday, place, technique, former token.
 *   Streams stand one after the other; each opens with a BOS record, which is never a target.
 * - `<name>.starts`: one little-endian uint32 an event, the record at which it starts: training windows start there.
 */
export const RECORD = 8;

export interface TrainingPlan {
  config: GptConfig;
  /** Paths without the suffix: `train` and `heldout` in the job's folder. */
  trainFile: string;
  heldoutFile: string;
  bos: number;
  /** Held-out losses, by which the best weights are chosen, are of unlabelled events: a few attacks, which come as they like, say little about the rest. */
  heldoutNormal?: boolean;
  /** Checkpoints (safetensors) and the final weights go here. */
  folder: string;
  batch: number;
  learningRate: number;
  warmupSteps: number;
  optimizer: AdamWOptions;
  /** Weight in the training loss of the tokens of each field id; 1 where it is left out. The held-out loss weighs all alike. */
  emphasis?: number[];
  /** Share of windows whose entity is hidden (id 0), so that new entities can be written and scored. */
  entityDropout: number;
  /** Share of windows that are not shown what fields were before: streams begin without a past. */
  formerDropout: number;
  minutes: number;
  maxSteps?: number;
  seed: number;
  device: 'cpu' | 'cuda' | 'webgpu';
  threads?: number;
  /** Steps in one run of the graph. */
  stepsPerRun: number;
  checkpointSeconds: number;
  /** Weights to start from, in the config's shapes. Default: drawn from the seed. */
  startFile?: string;
  /** Train adapters beside the weights of `startFile` instead of these; the weights file then holds the adapters. */
  adapter?: AdapterOptions;
  /**
   * Windows of a second pair of files make up `share` of every batch, and of the held-out loss. They keep a model that learns something
   * new from forgetting what it knew.
   */
  replay?: { trainFile: string; heldoutFile: string; share: number };
  /**
   * Differentially private training: gradients clipped example by example, and noise. Ends when `epsilon` is spent at `delta`; without a
   * noise multiplier, it is chosen so that the time suffices for the steps. Replayed windows are examples like the others.
   */
  privacy?: { epsilon?: number; noiseMultiplier?: number; delta: number; clip: number };
  /** Training ends after so many held-out measurements in a row without a better one. Default: it does not. */
  patience?: number;
}

export interface TrainingProgress {
  step: number;
  seconds: number;
  /** 0-1, by time or steps, whichever is nearer to its end. */
  progress: number;
  etaSeconds: number;
  tokensPerSecond: number;
  /** New points since the last message. */
  points: LossPoint[];
}

/** What a private training guarantees of each of its examples, windows of at most one context of one entity. */
export interface PrivacySpent {
  epsilon: number;
  delta: number;
  noiseMultiplier: number;
  clip: number;
  /** Probability of an example to be in a step's sample; the largest where replayed examples have another. */
  sampleRate: number;
  steps: number;
  examples: number;
}

export interface TrainingResult {
  /** Path of the best weights by held-out loss. */
  weightsFile: string;
  steps: number;
  seconds: number;
  tokensPerSecond: number;
  trainLoss: number;
  heldoutLoss: number;
  curve: LossPoint[];
  /** Of private trainings; their losses are all of held-out events, since training losses tell of the examples. */
  privacy?: PrivacySpent;
}
