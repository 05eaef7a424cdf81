import { LyrebirdError } from '../../common';
import { checkTensors } from './weights';
import { channelCount, elements } from './config';
import { createSession, float32Tensor, floats, int32Tensor, int64Scalar, type Tensor } from './runtime';
import { allParameters, type Trained } from './trained';
import { STATE, buildTrainingGraph, nextName, stateName } from './training_graph';
import type { AdamWOptions, GptConfig, SessionOptions, TrainingBatches, TrainingSession, TrainingState, Weights } from './types';

export interface TrainingSessionOptions extends SessionOptions {
  /** Windows in a step, B. Each is `config.context` long. */
  batch: number;
  optimizer: AdamWOptions;
  /** What is trained, and what the state holds. Default: all parameters. */
  trained?: Trained;
}

/**
 * Forward, backward, clip and AdamW as one model; state goes from run to run as the runtime returned it.
 * Throws LYREBIRD_CORRUPT if the state's shapes are not those of what is trained, LYREBIRD_UNSUPPORTED if there is no such device.
 */
export async function createTrainingSession(config: GptConfig, state: TrainingState, options: TrainingSessionOptions): Promise<TrainingSession> {
  const { batch, optimizer, trained = allParameters(config) } = options;
  const { specs } = trained;
  for (const kind of STATE) checkTensors(specs, state[kind], kind);
  const session = await createSession(buildTrainingGraph(config, batch, optimizer, trained), options);

  let step = state.step;
  let feeds: Record<string, Tensor> = {};
  for (const kind of STATE) {
    for (const { name, dims } of specs) feeds[stateName(kind, name)] = float32Tensor(state[kind][name].data, dims);
  }

  return {
    get step() {
      return step;
    },

    async run(batches: TrainingBatches) {
      const { steps: K } = batches;
      checkLengths(config, batch, batches);
      const dims = [K, config.context, batch];
      const corrections1 = new Float32Array(K);
      const corrections2 = new Float32Array(K);
      for (let i = 0; i < K; i++) {
        const t = step + i + 1;
        corrections1[i] = 1 / (1 - optimizer.beta1 ** t);
        corrections2[i] = 1 / Math.sqrt(1 - optimizer.beta2 ** t);
      }
      const inputs: Record<string, Tensor> = {
        ...feeds,
        steps: int64Scalar(K),
        tokens: int32Tensor(batches.tokens, dims),
        targets: int32Tensor(batches.targets, dims),
        lossWeights: float32Tensor(batches.weights, dims),
        learningRates: float32Tensor(batches.learningRates, [K]),
        corrections1: float32Tensor(corrections1, [K]),
        corrections2: float32Tensor(corrections2, [K]),
      };
      if (channelCount(config) > 0) inputs.side = int32Tensor(batches.side, [...dims, channelCount(config)]);
      const outputs = await session.run(inputs);
      feeds = Object.fromEntries(Object.keys(feeds).map((name) => [name, outputs[nextName(name)]]));
      step += K;
      return { losses: floats(outputs.losses), gradientNorms: floats(outputs.gradientNorms) };
    },

    async state(): Promise<TrainingState> {
      const read = (kind: (typeof STATE)[number]): Weights =>
        Object.fromEntries(specs.map(({ name, dims }) => [name, { dims, data: floats(feeds[stateName(kind, name)]) }]));
      return { weights: read('weights'), moment1: read('moment1'), moment2: read('moment2'), step };
    },

    async dispose() {
      feeds = {};
      await session.release();
    },
  };
}

function checkLengths(config: GptConfig, batch: number, batches: TrainingBatches): void {
  const positions = elements([batches.steps, config.context, batch]);
  const expected = { tokens: positions, side: positions * channelCount(config), targets: positions, weights: positions, learningRates: batches.steps };
  for (const [name, length] of Object.entries(expected) as Array<[keyof typeof expected, number]>) {
    if (batches[name].length !== length) {
      throw new LyrebirdError(
        'LYREBIRD_INTERNAL',
        `The batches' ${name} hold ${batches[name].length} values; ${batches.steps} steps of ${batch} windows of ${config.context} tokens need ${length}.`
      );
    }
  }
}
