import { LyrebirdError } from '../../../common';
import { createPrivateTrainingSession, type PrivateTrainingSession, type Trained, type TrainingState } from '../../gpt';
import { windowRows } from '../batches';
import type { TokenFile } from '../token_files';
import type { PrivacySpent, TrainingPlan } from '../types';
import type { Window } from '../windows';
import { epsilonOf, noiseMultiplierFor } from './accountant';
import { disjointExamples } from './examples';
import { SecureRandom } from './secure_random';

/** Share of the time that steps are planned for; measuring and checkpoints take the rest. */
const STEPPING = 0.85;
/** More steps than any training takes. */
const MANY = 1e7;
/** Fewer examples hide nothing among themselves. */
const MIN_EXAMPLES = 8;

/** What is decided before the first step, and kept in the checkpoint. */
export interface PrivateSettings {
  noiseMultiplier: number;
  /** Steps that the epsilon allows, or the plan. */
  maxSteps: number;
}

/** Examples of one file, each in a step's sample with the same probability. */
interface Pool {
  file: TokenFile;
  examples: Window[];
  sampleRate: number;
  /** Examples in a step, on average. */
  rows: number;
}

/** The steps of a private training: each takes a Poisson sample of the examples. */
export class PrivateSteps {
  private readonly random = new SecureRandom();

  private constructor(
    private readonly plan: TrainingPlan,
    private readonly pools: readonly Pool[],
    readonly settings: PrivateSettings,
    readonly session: PrivateTrainingSession
  ) {}

  /** @throws LYREBIRD_TOO_FEW_EVENTS when the examples are too few to hide anything */
  static async create(plan: TrainingPlan, file: TokenFile, replay: { file: TokenFile; share: number } | undefined, trained: Trained, state: TrainingState, known?: PrivateSettings): Promise<PrivateSteps> {
    const privacy = plan.privacy!;
    const pool = (of: TokenFile, rows: number): Pool => {
      const examples = disjointExamples(of, plan.bos, plan.config.context);
      const expected = Math.min(rows, examples.length);
      return { file: of, examples, sampleRate: expected / Math.max(1, examples.length), rows: expected };
    };
    const share = replay?.share ?? 0;
    const pools = [pool(file, plan.batch * (1 - share)), ...(replay ? [pool(replay.file, plan.batch * share)] : [])];
    const [{ examples }] = pools;
    if (examples.length < MIN_EXAMPLES) {
      throw new LyrebirdError(
        'LYREBIRD_TOO_FEW_EVENTS',
        `The training events are ${examples.length} examples of ${plan.config.context} tokens; a private training needs at least ${MIN_EXAMPLES}.`,
        'Choose a longer time range, or train without privacy.'
      );
    }
    const expectedRows = pools.reduce((sum, { rows }) => sum + rows, 0);
    // Each example spends by its own rate; the bound that holds for all of them is that of the largest.
    const sampleRate = Math.max(...pools.map((each) => each.sampleRate));
    const start = (noiseMultiplier: number) => createPrivateTrainingSession(plan.config, state, { ...plan, trained, clip: privacy.clip, noiseMultiplier, expectedRows });
    const steps = (settings: PrivateSettings, session: PrivateTrainingSession) => new PrivateSteps(plan, pools, settings, session);
    if (known) return steps(known, await start(known.noiseMultiplier));

    let affordable = plan.maxSteps ?? MANY;
    let { noiseMultiplier } = privacy;
    if (noiseMultiplier === undefined) {
      affordable = Math.min(affordable, await rehearse(steps({ noiseMultiplier: 1, maxSteps: 1 }, await start(1)), plan.minutes));
      noiseMultiplier = noiseMultiplierFor(privacy.epsilon!, { delta: privacy.delta, sampleRate, steps: affordable });
    }
    const mechanism = { sampleRate, noiseMultiplier };
    const maxSteps = privacy.epsilon === undefined ? affordable : mostSteps((n) => epsilonOf(mechanism, n, privacy.delta) <= privacy.epsilon!, affordable);
    if (maxSteps === 0) {
      throw new LyrebirdError(
        'LYREBIRD_BAD_REQUEST',
        `With the noise multiplier ${noiseMultiplier} the first step spends epsilon ${epsilonOf(mechanism, 1, privacy.delta).toFixed(2)}; ${privacy.epsilon} are allowed.`,
        'Leave the noise multiplier out, and it is chosen; or allow a larger epsilon.'
      );
    }
    return steps({ noiseMultiplier, maxSteps }, await start(noiseMultiplier));
  }

  async take(learningRate: number): Promise<void> {
    const { plan, random } = this;
    // What a field was before belongs to another window, which is an example of its own.
    const hideFormer = true;
    const drawn = this.pools.flatMap(({ file, examples, sampleRate }) =>
      examples.filter(() => random.uniform() < sampleRate).map((window) => ({ file, window: { ...window, hideEntity: random.uniform() < plan.entityDropout, hideFormer } }))
    );
    // A step without an example is a step of noise; the graph wants a row, and one of length 0 has no gradient.
    if (drawn.length === 0) drawn.push({ file: this.pools[0].file, window: { start: 0, length: 0, hideEntity: true, hideFormer } });
    const batch = windowRows(plan.config, plan.bos, drawn);
    await this.session.run({ ...batch, learningRate }, random.normal);
  }

  get spent(): PrivacySpent {
    const { clip, delta } = this.plan.privacy!;
    const { session, pools } = this;
    const sampleRate = Math.max(...pools.map((pool) => pool.sampleRate));
    const examples = pools.reduce((sum, pool) => sum + pool.examples.length, 0);
    const { noiseMultiplier } = this.settings;
    return { epsilon: epsilonOf({ sampleRate, noiseMultiplier }, session.step, delta), delta, noiseMultiplier, clip, sampleRate, steps: session.step, examples };
  }
}

/** How many steps the plan's time allows, from the time of one whose result is thrown away. */
async function rehearse(steps: PrivateSteps, minutes: number): Promise<number> {
  try {
    const before = performance.now();
    await steps.take(0);
    const seconds = (performance.now() - before) / 1000;
    return Math.max(1, Math.floor((STEPPING * minutes * 60) / seconds));
  } finally {
    await steps.session.dispose();
  }
}

/** The largest n up to `limit` for which `allowed` holds, which it does up to some n. */
function mostSteps(allowed: (steps: number) => boolean, limit: number): number {
  let [low, high] = [0, limit];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (allowed(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}
