import type { FinetuneOptions, ModelCard, TrainOptions } from '../../common';
import type { Codec } from '../codec/types';
import type { AdapterOptions } from '../gpt';
import type { GptConfig } from '../gpt/types';
import type { TrainingPlan } from '../train/types';
import type { FinetuneEncoded } from './finetune/encode';
import { privacyPlan } from './privacy';
import type { Encoded, Layout } from './stages';

/** Tokens in one step: small models learn from small batches in minutes, large ones want fewer, steadier steps. */
const BATCH_TOKENS: Record<TrainOptions['size'], number> = { tiny: 1024, small: 2048, medium: 8192, large: 16_384 };
/** Peak learning rate of AdamW; smaller for wider models (as in nanoGPT and the codec study that chose 1.5e-3 for small). */
const LEARNING_RATE: Record<TrainOptions['size'], number> = { tiny: 3e-3, small: 1.5e-3, medium: 1e-3, large: 6e-4 };

/** Times that the training data is gone through at most: beyond that, small data is only learned by heart. */
const MAX_EPOCHS = 40;
/** Steps in an epoch below which batches get smaller, down to MIN_ROWS. */
const EPOCH_STEPS = 32;
const MIN_ROWS = 4;
/** A handful of events still gets enough steps to learn what they look like. */
const MIN_STEPS = 100;

/** When the next session begins is said by two tokens in a hundred, and all of a day's events hang on them: a weekday learned late is a Sunday of work. */
const EMPHASIS: Record<string, number> = { '@day': 4, '@slot': 2 };
/** What happens next is said by one token in ten, and makes an event, or an attack, what it is. */
const OF_CHANGING = { base: 2, finetune: 4 };

/** What every training is done with. */
function sharedPlan(files: Layout, codec: Codec, config: GptConfig, heldout: number, ofChanging: number, { minutes, seed, device }: Pick<TrainOptions, 'minutes' | 'seed' | 'device'>) {
  return {
    config,
    trainFile: files.trainTokens,
    // Too little data to hold any out: the training events stand in, and the card's counts say so.
    heldoutFile: heldout > 0 ? files.heldoutTokens : files.trainTokens,
    bos: codec.bos,
    folder: files.training,
    optimizer: { beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0.1, clip: 1 },
    emphasis: Array.from({ length: codec.side.field }, (_, field) => EMPHASIS[codec.fieldPath(field)] ?? (codec.isChanging(field) ? ofChanging : 1)),
    entityDropout: 0.05,
    formerDropout: 0.1,
    minutes,
    seed,
    device,
    stepsPerRun: 10,
    checkpointSeconds: 60,
  };
}

/** Rows of a step: the size's own number, or fewer, so that little data still makes enough steps in an epoch. */
function rowsFor(size: TrainOptions['size'], context: number, tokens: number, least: number): number {
  const full = Math.max(1, Math.round(BATCH_TOKENS[size] / context));
  return Math.min(full, Math.max(least, Math.floor(tokens / (context * EPOCH_STEPS))));
}

/** How a model of this size is trained on these tokens. */
export function trainingPlan(files: Layout, codec: Codec, config: GptConfig, encoded: Encoded, options: TrainOptions): TrainingPlan {
  const batch = rowsFor(options.size, config.context, encoded.tokens.train, MIN_ROWS);
  const epoch = encoded.tokens.train / (batch * config.context);
  const maxSteps = Math.min(options.max_steps ?? Infinity, Math.max(MIN_STEPS, Math.ceil(MAX_EPOCHS * epoch)));
  return {
    ...sharedPlan(files, codec, config, encoded.events.heldout, OF_CHANGING.base, options),
    heldoutNormal: true,
    batch,
    learningRate: LEARNING_RATE[options.size],
    warmupSteps: Math.min(50, Math.ceil(maxSteps / 10)),
    maxSteps,
    privacy: privacyPlan(options.privacy),
  };
}

/** Of the size's own learning rate: all weights move a little from where they are, adapters begin anew. */
const FINETUNE_RATE = { full: 0.4, lora: 1 };
/** Times that the few events are gone through at most; early stopping mostly ends it sooner. */
const FINETUNE_EPOCHS = 30;
const FINETUNE_MIN_STEPS = 60;
/** Held-out measurements in a row that may be worse than the best. */
const PATIENCE = 3;

/** How a base of this size learns these events. */
export function finetunePlan(files: Layout, codec: Codec, encoded: FinetuneEncoded, size: ModelCard['size'], adapter: AdapterOptions | undefined, options: FinetuneOptions): TrainingPlan {
  const { config, lesson, replay } = encoded;
  const share = replay.events.train > 0 ? options.replay : 0;
  const batch = rowsFor(size, config.context, lesson.tokens.train, 2 * MIN_ROWS);
  const epoch = lesson.tokens.train / (batch * (1 - share) * config.context);
  const maxSteps = Math.min(options.max_steps ?? Infinity, Math.max(FINETUNE_MIN_STEPS, Math.ceil(FINETUNE_EPOCHS * epoch)));
  return {
    ...sharedPlan(files, codec, config, lesson.events.heldout, OF_CHANGING.finetune, options),
    batch,
    learningRate: options.learning_rate ?? LEARNING_RATE[size] * (adapter ? FINETUNE_RATE.lora : FINETUNE_RATE.full),
    warmupSteps: Math.min(20, Math.ceil(maxSteps / 10)),
    maxSteps,
    startFile: files.start,
    adapter,
    replay: share > 0 ? { trainFile: files.replayTokens, heldoutFile: replay.events.heldout > 0 ? files.replayHeldoutTokens : files.replayTokens, share } : undefined,
    patience: PATIENCE,
    privacy: privacyPlan(options.privacy),
  };
}
