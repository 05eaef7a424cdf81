import type { TrainOptions } from '../../common';
import type { Codec } from '../codec/types';
import type { GptConfig } from '../gpt/types';
import type { TrainingPlan } from '../train/types';
import type { Encoded, Layout } from './stages';

/** Tokens in one step: small models learn from small batches in minutes, large ones want fewer, steadier steps. */
const BATCH_TOKENS: Record<TrainOptions['size'], number> = { tiny: 1024, small: 4096, medium: 8192, large: 16_384 };
/** Peak learning rate of AdamW; smaller for wider models (as in nanoGPT and the codec study that chose 1.5e-3 for small). */
const LEARNING_RATE: Record<TrainOptions['size'], number> = { tiny: 3e-3, small: 1.5e-3, medium: 1e-3, large: 6e-4 };

/** How a model of this size is trained on these tokens. */
export function trainingPlan(files: Layout, codec: Codec, config: GptConfig, encoded: Encoded, options: TrainOptions): TrainingPlan {
  return {
    config,
    trainFile: files.trainTokens,
    // Too little data to hold any out: the training events stand in, and the card's counts say so.
    heldoutFile: encoded.events.heldout > 0 ? files.heldoutTokens : files.trainTokens,
    bos: codec.bos,
    folder: files.training,
    batch: Math.max(1, Math.round(BATCH_TOKENS[options.size] / config.context)),
    learningRate: LEARNING_RATE[options.size],
    warmupSteps: 50,
    optimizer: { beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0.1, clip: 1 },
    entityDropout: 0.05,
    minutes: options.minutes,
    maxSteps: options.max_steps,
    seed: options.seed,
    device: options.device,
    stepsPerRun: 10,
    checkpointSeconds: 60,
  };
}
