import type { TrainOptions } from '../../common';
import type { Codec } from '../codec/types';
import type { GptConfig } from '../gpt/types';
import type { TrainingPlan } from '../train/types';
import type { Encoded, Layout } from './stages';

/** Tokens in one step: small models learn from small batches in minutes, large ones want fewer, steadier steps. */
const BATCH_TOKENS: Record<TrainOptions['size'], number> = { tiny: 1024, small: 4096, medium: 8192, large: 16_384 };
/** Peak learning rate of AdamW; smaller for wider models (as in nanoGPT and the codec study that chose 1.5e-3 for small). */
const LEARNING_RATE: Record<TrainOptions['size'], number> = { tiny: 3e-3, small: 1.5e-3, medium: 1e-3, large: 6e-4 };

/** Times that the training data is gone through at most: beyond that, small data is only learned by heart. */
const MAX_EPOCHS = 40;
/** Steps in an epoch below which batches get smaller, down to MIN_ROWS. */
const EPOCH_STEPS = 32;
const MIN_ROWS = 4;
/** A handful of events still gets enough steps to learn what they look like. */
const MIN_STEPS = 100;

/** How a model of this size is trained on these tokens. */
export function trainingPlan(files: Layout, codec: Codec, config: GptConfig, encoded: Encoded, options: TrainOptions): TrainingPlan {
  const fullBatch = Math.max(1, Math.round(BATCH_TOKENS[options.size] / config.context));
  const batch = Math.min(fullBatch, Math.max(MIN_ROWS, Math.floor(encoded.tokens.train / (config.context * EPOCH_STEPS))));
  const epoch = encoded.tokens.train / (batch * config.context);
  const maxSteps = Math.min(options.max_steps ?? Infinity, Math.max(MIN_STEPS, Math.ceil(MAX_EPOCHS * epoch)));
  return {
    config,
    trainFile: files.trainTokens,
    // Too little data to hold any out: the training events stand in, and the card's counts say so.
    heldoutFile: encoded.events.heldout > 0 ? files.heldoutTokens : files.trainTokens,
    bos: codec.bos,
    folder: files.training,
    batch,
    learningRate: LEARNING_RATE[options.size],
    warmupSteps: Math.min(50, Math.ceil(maxSteps / 10)),
    optimizer: { beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0.1, clip: 1 },
    entityDropout: 0.05,
    minutes: options.minutes,
    maxSteps,
    seed: options.seed,
    device: options.device,
    stepsPerRun: 10,
    checkpointSeconds: 60,
  };
}
