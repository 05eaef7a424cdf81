import { Graph, Ops, type Value } from '../graph';
import { adamW, type Named } from './adamw';
import { channelCount } from './config';
import { createSession, float32Tensor, floats, int32Tensor, int64Scalar, type Tensor } from './runtime';
import { allParameters, type Trained } from './trained';
import { STATE, lossAndGradients, nextName, stateName } from './training_graph';
import type { AdamWOptions, GptConfig, SessionOptions, TrainingState, Weights } from './types';
import { checkTensors } from './weights';

export interface PrivateTrainingOptions extends SessionOptions {
  optimizer: AdamWOptions;
  trained?: Trained;
  /** Each example's gradient is cut to this norm. */
  clip: number;
  /** Standard deviation of the noise on the sum of the gradients, in units of `clip`. */
  noiseMultiplier: number;
  /** What the noisy sum is divided by: the number of examples that a step is expected to have. */
  expectedRows: number;
}

/** Examples of one step, row-major: M windows of one context each. */
export interface PrivateBatch {
  rows: number;
  /** [M, T] */
  tokens: Int32Array;
  /** [M, T, S] */
  side: Int32Array;
  /** [M, T] */
  targets: Int32Array;
  /** [M, T]; a row of zeros changes nothing. */
  weights: Float32Array;
  learningRate: number;
}

export interface PrivateTrainingSession {
  readonly step: number;
  /** One step. Draws the noise by `normal`, a standard normal number a call. */
  run(batch: PrivateBatch, normal: () => number): Promise<void>;
  state(): Promise<TrainingState>;
  dispose(): Promise<void>;
}

const SUM = 'sum';
const NOISE = 'noise';

/**
 * One step of DP-SGD (Abadi et al., "Deep learning with differential privacy", 2016) with AdamW: a `Loop` over the examples adds up their
 * clipped gradients, then comes the noise. Inputs: the state; rows (int64 scalar); tokens, targets, lossWeights [M, T], side [M, T, S];
 * noise of the trained tensors' shapes, already of its size; learningRate, correction1, correction2. Outputs: the next state.
 */
export function buildPrivateTrainingGraph(config: GptConfig, { optimizer, clip, expectedRows, trained = allParameters(config) }: Omit<PrivateTrainingOptions, 'device' | 'noiseMultiplier'>): Uint8Array {
  const { context: T } = config;
  const { specs } = trained;
  const channels = channelCount(config);
  const main = new Graph('private');
  const ops = new Ops(main);
  const current: Record<(typeof STATE)[number], Named> = { weights: {}, moment1: {}, moment2: {} };
  for (const kind of STATE) for (const { name, dims } of specs) current[kind][name] = main.input(stateName(kind, name), 'float32', dims);
  const rows = main.input('rows', 'int64', []);
  const tokens = main.input('tokens', 'int32', ['M', T]);
  const side = channels > 0 ? main.input('side', 'int32', ['M', T, channels]) : undefined;
  const targets = main.input('targets', 'int32', ['M', T]);
  const lossWeights = main.input('lossWeights', 'float32', ['M', T]);
  const [learningRate, correction1, correction2] = ['learningRate', 'correction1', 'correction2'].map((name) => main.input(name, 'float32', []));

  const body = new Graph('example', main);
  const inner = new Ops(body);
  const row = body.input('row', 'int64', []);
  const goOn = body.input('goOn', 'bool', []);
  const sums: Named = Object.fromEntries(specs.map(({ name, dims }) => [name, body.input(`${SUM}.${name}`, 'float32', dims)]));
  const pick = (value: Value, dims: number[]) => inner.reshape(inner.gather(value, row), dims);
  const { gradients } = lossAndGradients(inner, config, 1, trained, current.weights, {
    tokens: pick(tokens, [T, 1]),
    side: side && pick(side, [T, 1, channels]),
    targets: pick(targets, [T, 1]),
    weights: pick(lossWeights, [T, 1]),
  });
  const norm = inner.sqrt(inner.sum(specs.map(({ name }) => inner.sumSquares(gradients[name]))));
  const factor = inner.min(inner.div(inner.scalar(clip), inner.add(norm, inner.scalar(1e-6))), inner.scalar(1));
  body.yields(body.op('Identity', [goOn]), 'bool', []);
  for (const { name, dims } of specs) body.yields(inner.add(sums[name], inner.mul(gradients[name], factor)), 'float32', dims);

  // The noise is where the sums begin: what is added first makes no difference.
  const noise = specs.map(({ name, dims }) => main.input(`${NOISE}.${name}`, 'float32', dims));
  const noisy = main.loop(rows, noise, body, 0);
  const mean: Named = Object.fromEntries(specs.map(({ name }, i) => [name, ops.scale(noisy[i], 1 / expectedRows)]));
  const next = adamW(ops, specs, { ...current, gradients: mean, learningRate, correction1, correction2 }, { ...optimizer, clip: Number.MAX_SAFE_INTEGER });
  for (const kind of STATE) for (const { name, dims } of specs) main.output(nextName(stateName(kind, name)), next[kind][name], 'float32', dims);
  return main.model();
}

/** Errors as of `createTrainingSession`. */
export async function createPrivateTrainingSession(config: GptConfig, state: TrainingState, options: PrivateTrainingOptions): Promise<PrivateTrainingSession> {
  const { optimizer, trained = allParameters(config), noiseMultiplier, clip } = options;
  const { specs } = trained;
  for (const kind of STATE) checkTensors(specs, state[kind], kind);
  const session = await createSession(buildPrivateTrainingGraph(config, options), options);
  const deviation = noiseMultiplier * clip;
  let step = state.step;
  let feeds: Record<string, Tensor> = {};
  for (const kind of STATE) for (const { name, dims } of specs) feeds[stateName(kind, name)] = float32Tensor(state[kind][name].data, dims);
  const scalar = (value: number) => float32Tensor(Float32Array.of(value), []);
  const drawn = Object.fromEntries(specs.map(({ name, dims }) => [name, new Float32Array(dims.reduce((a, b) => a * b, 1))]));

  return {
    get step() {
      return step;
    },
    async run({ rows, tokens, side, targets, weights, learningRate }, normal) {
      const dims = [rows, config.context];
      const inputs: Record<string, Tensor> = {
        ...feeds,
        rows: int64Scalar(rows),
        tokens: int32Tensor(tokens, dims),
        targets: int32Tensor(targets, dims),
        lossWeights: float32Tensor(weights, dims),
        learningRate: scalar(learningRate),
        correction1: scalar(1 / (1 - optimizer.beta1 ** (step + 1))),
        correction2: scalar(1 / Math.sqrt(1 - optimizer.beta2 ** (step + 1))),
      };
      if (channelCount(config) > 0) inputs.side = int32Tensor(side, [...dims, channelCount(config)]);
      for (const { name, dims: shape } of specs) {
        const data = drawn[name];
        for (let i = 0; i < data.length; i++) data[i] = deviation * normal();
        inputs[`${NOISE}.${name}`] = float32Tensor(data, shape);
      }
      const outputs = await session.run(inputs);
      feeds = Object.fromEntries(Object.keys(feeds).map((name) => [name, outputs[nextName(name)]]));
      step += 1;
    },
    async state() {
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
