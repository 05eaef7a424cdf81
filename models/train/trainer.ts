import { mkdirSync } from 'node:fs';
import { LyrebirdError, type LossPoint } from '../../common';
import {
  adaptersOf,
  allParameters,
  checkTensors,
  createTrainingSession,
  initAdapters,
  initWeights,
  mergeAdapters,
  readSafetensors,
  zeroTensors,
  type Trained,
  type TrainingSession,
  type Weights,
} from '../gpt';
import { trainingBatches } from './batches';
import {
  loadWeights,
  planKey,
  readCheckpoint,
  readResult,
  weightsPath,
  writeCheckpoint,
  writeResult,
  writeWeights,
  type CheckpointProgress,
} from './checkpoint';
import { meanLoss } from './heldout';
import { Mixture } from './mixture';
import { PrivateSteps } from './privacy/private_steps';
import { learningRate } from './schedule';
import { TokenFile } from './token_files';
import type { TrainingPlan, TrainingProgress, TrainingResult } from './types';
import { spread, windowStarts } from './windows';

/** Held-out windows of the measurements on the way, and of the last one. */
const WINDOWS_ON_THE_WAY = 64;
const WINDOWS_AT_END = 512;
/** Held-out measurements, and points of the loss curve, in one training. */
const MEASUREMENTS = 10;
const POINTS = 200;
/** A run of the graph cannot be interrupted: it is kept shorter than this once the speed is known. */
const SECONDS_PER_RUN = 3;

export interface TrainerControl {
  /** Asked between runs: a checkpoint is written, then LYREBIRD_CANCELLED is thrown. */
  shouldStop(): boolean;
  onProgress(progress: TrainingProgress): void;
}

/**
 * The training loop; it blocks its thread for seconds at a time, so `train` runs it in a worker.
 *
 * Errors: LYREBIRD_CANCELLED, LYREBIRD_TOO_FEW_EVENTS (no events at all), LYREBIRD_CONFLICT (the folder belongs to another plan),
 * LYREBIRD_CORRUPT, LYREBIRD_UNSUPPORTED (device), LYREBIRD_INTERNAL when the loss is no longer a number.
 */
export async function runTraining(plan: TrainingPlan, control: TrainerControl): Promise<TrainingResult> {
  mkdirSync(plan.folder, { recursive: true });
  const finished = readResult(plan.folder, plan);
  if (finished) return finished;

  const files: TokenFile[] = [];
  const open = (path: string) => {
    const file = new TokenFile(path);
    files.push(file);
    return file;
  };
  try {
    const train = open(plan.trainFile);
    if (train.events === 0) {
      throw new LyrebirdError('LYREBIRD_TOO_FEW_EVENTS', `${plan.trainFile} has no events to train on.`, 'Choose a longer time range.');
    }
    const heldout = open(plan.heldoutFile);
    if (plan.privacy && (heldout.events === 0 || plan.heldoutFile === plan.trainFile)) {
      // The best weights are chosen by held-out loss; chosen by that of the examples, they would tell of these.
      throw new LyrebirdError('LYREBIRD_TOO_FEW_EVENTS', 'A private training needs events that are held out, and there are none.', 'Choose a longer time range.');
    }
    // Too little data to hold any back: the training windows are the best estimate there is.
    const replay = plan.replay && { train: open(plan.replay.trainFile), heldout: open(plan.replay.heldoutFile), share: plan.replay.share };
    return await new Training(plan, control, pair(train, heldout), replay && { ...pair(replay.train, replay.heldout), share: replay.share }).run();
  } finally {
    files.forEach((file) => file.close());
  }
}

/** A file to train on and one to measure on. */
interface Split {
  train: TokenFile;
  heldout: TokenFile;
}

function pair(train: TokenFile, heldout: TokenFile): Split {
  return { train, heldout: heldout.events > 0 ? heldout : train };
}

class Training {
  private readonly heldout: Array<{ file: TokenFile; windows: Uint32Array; share: number }>;
  /** What adapters stand beside, or the whole model starts from. */
  private readonly start?: Weights;
  private readonly trained: Trained;
  /** Where the weights are: of `ordinary` or of `private`. */
  private session!: Pick<TrainingSession, 'step' | 'state' | 'dispose'>;
  private ordinary?: TrainingSession;
  private private?: PrivateSteps;
  private sampler!: Mixture;
  private secondsBefore = 0;
  private stepSeconds = 0;
  private readonly started = performance.now();
  private curve: LossPoint[] = [];
  private bestLoss: number | undefined;
  private worse = 0;
  /** Sum and number of the losses since the last point. */
  private pending = { sum: 0, count: 0 };

  constructor(
    private readonly plan: TrainingPlan,
    private readonly control: TrainerControl,
    private readonly data: Split,
    private readonly replay: (Split & { share: number }) | undefined
  ) {
    const { config, adapter } = plan;
    const measured = (file: TokenFile, share: number) => ({ file, windows: windowStarts(file, config.context), share });
    this.heldout = replay ? [measured(data.heldout, 1 - replay.share), measured(replay.heldout, replay.share)] : [measured(data.heldout, 1)];
    if (plan.startFile !== undefined) this.start = loadWeights(plan.startFile, config);
    if (adapter && !this.start) throw new LyrebirdError('LYREBIRD_INTERNAL', 'Adapters were to be trained without weights beside which to train them.');
    this.trained = adapter ? adaptersOf(config, this.start!, adapter) : allParameters(config);
  }

  private initial(): Weights {
    const { config, adapter, seed } = this.plan;
    if (adapter) return initAdapters(config, this.start!, adapter, seed);
    return this.start ?? initWeights(config, seed);
  }

  /** The whole model's weights, of what is trained. */
  private whole(weights: Weights): Weights {
    return this.plan.adapter ? mergeAdapters(this.plan.config, this.start!, weights, this.plan.adapter) : weights;
  }

  private get seconds(): number {
    return this.secondsBefore + (performance.now() - this.started) / 1000;
  }

  /** Share of the budget that is used after `step` steps and `seconds`, 0-1. */
  private share(step: number, seconds: number): number {
    return Math.min(1, Math.max(seconds / (this.plan.minutes * 60), step / this.maxSteps));
  }

  private get maxSteps(): number {
    return this.private?.settings.maxSteps ?? this.plan.maxSteps ?? Infinity;
  }

  private get secondsPerStep(): number {
    return this.session.step > 0 ? this.stepSeconds / this.session.step : 0;
  }

  private get tokensPerSecond(): number {
    return this.stepSeconds > 0 ? (this.session.step * this.plan.batch * this.plan.config.context) / this.stepSeconds : 0;
  }

  async run(): Promise<TrainingResult> {
    const { plan } = this;
    await this.begin();
    try {
      let lastCheckpoint = performance.now();
      let share = this.share(this.session.step, this.seconds);
      let measured = Math.floor(share * MEASUREMENTS);
      let drawn = Math.floor(share * POINTS);
      while ((this.session.step === 0 || share < 1) && this.worse < (plan.patience ?? Infinity)) {
        if (this.control.shouldStop()) {
          await this.checkpoint();
          throw new LyrebirdError(
            'LYREBIRD_CANCELLED',
            `The training was cancelled at step ${this.session.step}.`,
            'Start it again to go on from there.'
          );
        }
        await this.steps();
        share = this.share(this.session.step, this.seconds);
        const points: LossPoint[] = [];
        const measure = share >= 1 || Math.floor(share * MEASUREMENTS) > measured;
        // A private training says nothing of its examples' loss.
        if (measure || (!this.private && Math.floor(share * POINTS) > drawn)) {
          points.push(this.point(measure ? await this.measure() : undefined));
          if (measure) measured = Math.floor(share * MEASUREMENTS);
          drawn = Math.floor(share * POINTS);
        }
        this.report(points);
        if (performance.now() - lastCheckpoint >= plan.checkpointSeconds * 1000) {
          await this.checkpoint();
          lastCheckpoint = performance.now();
        }
      }
      return await this.finish();
    } finally {
      await this.session.dispose();
    }
  }

  private async begin(): Promise<void> {
    const { plan } = this;
    const { specs } = this.trained;
    const checkpoint = readCheckpoint(plan.folder, plan, specs);
    const state = checkpoint?.state ?? { weights: this.initial(), moment1: zeroTensors(specs), moment2: zeroTensors(specs), step: 0 };
    this.sampler = new Mixture(
      this.data.train,
      this.replay && { file: this.replay.train, share: this.replay.share },
      { context: plan.config.context, seed: plan.seed, entityDropout: plan.entityDropout, formerDropout: plan.formerDropout },
      checkpoint?.progress.sampler
    );
    if (checkpoint) {
      this.secondsBefore = checkpoint.progress.seconds;
      this.stepSeconds = checkpoint.progress.stepSeconds;
      this.curve = checkpoint.progress.curve;
      this.bestLoss = checkpoint.progress.bestLoss;
      this.worse = checkpoint.progress.worse;
    }
    if (plan.privacy) {
      this.private = await PrivateSteps.create(plan, this.data.train, this.replay && { file: this.replay.train, share: this.replay.share }, this.trained, state, checkpoint?.progress.privacy);
      this.session = this.private.session;
    } else {
      this.ordinary = await createTrainingSession(plan.config, state, { ...plan, trained: this.trained });
      this.session = this.ordinary;
    }
  }

  /** One run of the graph. */
  private async steps(): Promise<void> {
    const { plan, session } = this;
    const rates = new Float32Array(this.stepsOfRun());
    const { seconds } = this;
    for (let i = 0; i < rates.length; i++) {
      const step = session.step + i;
      rates[i] = learningRate(plan.learningRate, plan.warmupSteps, step, this.share(step, seconds + i * this.secondsPerStep));
    }
    const before = performance.now();
    if (this.private) {
      for (const rate of rates) await this.private.take(rate);
      this.stepSeconds += (performance.now() - before) / 1000;
      return;
    }
    const batches = trainingBatches(plan.config, plan.bos, () => this.sampler.next(), plan.batch, rates, plan.emphasis);
    const { losses, gradientNorms } = await this.ordinary!.run(batches);
    this.stepSeconds += (performance.now() - before) / 1000;
    for (let i = 0; i < losses.length; i++) {
      if (!Number.isFinite(losses[i]) || !Number.isFinite(gradientNorms[i])) {
        throw this.diverged(session.step - losses.length + i + 1, `loss ${losses[i]}, gradient norm ${gradientNorms[i]}`);
      }
      this.pending.sum += losses[i];
      this.pending.count += 1;
    }
  }

  private diverged(step: number, how: string): LyrebirdError {
    return new LyrebirdError('LYREBIRD_INTERNAL', `The training diverged at step ${step}: ${how}.`, `Train again with a learning rate below ${this.plan.learningRate}.`);
  }

  private stepsOfRun(): number {
    const { plan, session, secondsPerStep } = this;
    const left = this.maxSteps - session.step;
    // The first run measures the speed, which for a large model on a slow machine is worth knowing after one step.
    const affordable = secondsPerStep > 0 ? Math.floor(SECONDS_PER_RUN / secondsPerStep) : 1;
    return Math.max(1, Math.min(plan.stepsPerRun, left, affordable));
  }

  private point(heldout: number | undefined): LossPoint {
    const train = this.private ? heldout! : this.pending.sum / this.pending.count;
    this.pending = { sum: 0, count: 0 };
    const point: LossPoint = { step: this.session.step, seconds: this.seconds, train };
    if (heldout !== undefined) point.heldout = heldout;
    this.curve.push(point);
    return point;
  }

  /** Held-out loss of the weights as they are; the weights file keeps the best. */
  private async measure(): Promise<number> {
    // What is written here may be read: no step before it is ever taken again, with other noise.
    if (this.private) await this.checkpoint();
    const { weights } = await this.session.state();
    const loss = await this.heldoutLoss(weights, WINDOWS_ON_THE_WAY);
    if (!Number.isFinite(loss)) throw this.diverged(this.session.step, `held-out loss ${loss}`);
    this.worse += 1;
    if (this.bestLoss === undefined || loss < this.bestLoss) {
      writeWeights(weightsPath(this.plan.folder), this.plan.config, weights);
      this.bestLoss = loss;
      this.worse = 0;
    }
    return loss;
  }

  private async heldoutLoss(trained: Weights, count: number): Promise<number> {
    const { plan } = this;
    const weights = this.whole(trained);
    let loss = 0;
    for (const { file, windows, share } of this.heldout) loss += share * (await meanLoss(file, plan.config, plan.bos, weights, spread(windows, count), plan, plan.heldoutNormal));
    return loss;
  }

  private report(points: LossPoint[]): void {
    const { seconds } = this;
    const { step } = this.session;
    const progress = this.share(step, seconds);
    const byTime = this.plan.minutes * 60 - seconds;
    const bySteps = this.maxSteps === Infinity ? Infinity : (this.maxSteps - step) * this.secondsPerStep;
    const etaSeconds = Math.max(0, Math.min(byTime, bySteps));
    this.control.onProgress({ step, seconds, progress, etaSeconds, tokensPerSecond: this.tokensPerSecond, points });
  }

  private async checkpoint(): Promise<void> {
    const { plan, seconds, stepSeconds, curve, bestLoss, worse } = this;
    const state = await this.session.state();
    const progress: CheckpointProgress = { step: state.step, seconds, stepSeconds, sampler: this.sampler.state, curve, bestLoss, worse, privacy: this.private?.settings, plan: planKey(plan) };
    writeCheckpoint(plan.folder, { state, progress });
  }

  private async finish(): Promise<TrainingResult> {
    const { plan, curve } = this;
    const { seconds, tokensPerSecond } = this;
    const weightsFile = weightsPath(plan.folder);
    // A checkpoint from before the first measurement may meet a budget that has been cut since.
    if (this.bestLoss === undefined) await this.measure();
    const best = readSafetensors(weightsFile).tensors;
    checkTensors(this.trained.specs, best, 'weights');
    const heldoutLoss = await this.heldoutLoss(best, WINDOWS_AT_END);
    const result: TrainingResult = {
      weightsFile,
      steps: this.session.step,
      seconds,
      tokensPerSecond,
      trainLoss: curve.at(-1)?.train ?? heldoutLoss,
      heldoutLoss,
      curve,
      privacy: this.private?.spent,
    };
    writeResult(plan.folder, plan, result);
    return result;
  }
}
