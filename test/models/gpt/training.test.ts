import { InferenceSession, Tensor } from 'onnxruntime-node';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  buildGradientGraph,
  channelCount,
  createScoringSession,
  createTrainingSession,
  initWeights,
  parameterSpecs,
  readSafetensors,
  writeSafetensors,
  zeroWeights,
  type GptConfig,
  type TrainingBatches,
  type TrainingState,
} from '../../../models/gpt';
import { golden, goldenBatches, goldenWeights, norm, sampleError } from './golden/reference';

/**
 * Two threads and 2,048 tokens: a race between threads in a sum (as ScatterND has) shows at this size only. The reference is in
 * float64, so what is tolerated is the rounding of float32 sums over 2,048 tokens (seen: 1.2e-5 and, for weights, 3.3e-5).
 */
const THREADS = 2;
const GRADIENT_TOLERANCE = 5e-5;
const NORM_TOLERANCE = 1e-5;
const LOSS_TOLERANCE = 1e-5;
const WEIGHTS_TOLERANCE = 2e-4;

/** Entries that are too large, so that a failure names them. */
const above = (limit: number, errors: Record<string, number>) => Object.fromEntries(Object.entries(errors).filter(([, error]) => !(error < limit)));

/** The first `count` of the batches, from step `from` on. */
function steps({ tokens, side, targets, weights, learningRates, steps: all }: TrainingBatches, from: number, count: number): TrainingBatches {
  const part = <A extends Int32Array | Float32Array>(a: A) => a.slice((from * a.length) / all, ((from + count) * a.length) / all) as A;
  return {
    steps: count,
    tokens: part(tokens),
    side: part(side),
    targets: part(targets),
    weights: part(weights),
    learningRates: part(learningRates),
  };
}

const bytes = ({ data }: { data: Float32Array }) => Buffer.from(data.buffer, data.byteOffset, data.byteLength);

const initial = (config: GptConfig): TrainingState => ({
  weights: goldenWeights(config),
  moment1: zeroWeights(config),
  moment2: zeroWeights(config),
  step: 0,
});

describe.each(Object.entries(golden.cases))('%s against PyTorch', (_, reference) => {
  const { config } = reference;
  const { context: T, batch } = config;

  test('loss and gradients', async () => {
    const session = await InferenceSession.create(buildGradientGraph(config, batch), { intraOpNumThreads: THREADS });
    const first = steps(goldenBatches(reference), 0, 1);
    const feeds: Record<string, Tensor> = {
      tokens: new Tensor('int32', first.tokens, [T, batch]),
      side: new Tensor('int32', first.side, [T, batch, channelCount(config)]),
      targets: new Tensor('int32', first.targets, [T, batch]),
      lossWeights: new Tensor('float32', first.weights, [T, batch]),
    };
    for (const [name, { dims, data }] of Object.entries(goldenWeights(config))) feeds[`weights.${name}`] = new Tensor('float32', data, dims);
    const outputs = await session.run(feeds);
    expect(Math.abs((outputs.loss.data[0] as number) - reference.losses[0])).toBeLessThan(LOSS_TOLERANCE);
    expect(reference.gradients.map(({ name }) => name)).toEqual(parameterSpecs(config).map(({ name }) => name));
    const errors: Record<string, number> = {};
    reference.gradients.forEach((expected, i) => {
      const data = outputs[`gradient.${expected.name}`].data as Float32Array;
      errors[expected.name] = sampleError(i, expected, data);
      expect(Math.abs(norm(data) / expected.norm - 1)).toBeLessThan(NORM_TOLERANCE);
    });
    expect(above(GRADIENT_TOLERANCE, errors)).toEqual({});
    await session.release();
  });

  test('steps of AdamW with clipping, cut into runs of different length', async () => {
    const session = await createTrainingSession(config, initial(config), { batch, optimizer: golden.optimizer, device: 'cpu', threads: THREADS });
    const all = goldenBatches(reference);
    const losses: number[] = [];
    const norms: number[] = [];
    for (const [from, count] of [
      [0, 7],
      [7, 1],
      [8, 12],
    ]) {
      const result = await session.run(steps(all, from, count));
      losses.push(...result.losses);
      norms.push(...result.gradientNorms);
    }
    expect(session.step).toBe(20);
    losses.forEach((loss, k) => expect(Math.abs(loss - reference.losses[k])).toBeLessThan(10 * LOSS_TOLERANCE));
    norms.forEach((value, k) => expect(Math.abs(value / reference.gradientNorms[k] - 1)).toBeLessThan(10 * NORM_TOLERANCE));
    const { weights } = await session.state();
    const errors: Record<string, number> = {};
    reference.final.forEach((expected, i) => {
      expect(Math.abs(norm(weights[expected.name].data) / expected.norm - 1)).toBeLessThan(NORM_TOLERANCE);
      errors[expected.name] = sampleError(i, expected, weights[expected.name].data);
    });
    expect(above(WEIGHTS_TOLERANCE, errors)).toEqual({});
    await session.dispose();
  });

  test('the forward pass of training and scoring agree', async () => {
    const weights = goldenWeights(config);
    const scoring = await createScoringSession(config, weights, { device: 'cpu', threads: THREADS });
    const first = steps(goldenBatches(reference), 0, 1);
    /** [T, B, ...] -> [B, T, ...] */
    const rowMajor = (a: Int32Array, size: number) => {
      const out = new Int32Array(a.length);
      for (let t = 0; t < T; t++) {
        for (let b = 0; b < batch; b++) out.set(a.subarray((t * batch + b) * size, (t * batch + b + 1) * size), (b * T + t) * size);
      }
      return out;
    };
    const { logProbabilities } = await scoring.run({
      rows: batch,
      length: T,
      tokens: rowMajor(first.tokens, 1),
      side: rowMajor(first.side, channelCount(config)),
      targets: rowMajor(first.targets, 1),
    });
    let sum = 0;
    let total = 0;
    for (let t = 0; t < T; t++) {
      for (let b = 0; b < batch; b++) {
        sum -= first.weights[t * batch + b] * logProbabilities[b * T + t];
        total += first.weights[t * batch + b];
      }
    }
    expect(Math.abs(sum / total - reference.losses[0])).toBeLessThan(LOSS_TOLERANCE);
    await scoring.dispose();
  });
});

describe('state', () => {
  const reference = golden.cases.gelu;
  const { config } = reference;
  const options = { batch: config.batch, optimizer: golden.optimizer, device: 'cpu', threads: THREADS } as const;
  const all = goldenBatches(reference);

  test('that went through a file continues bit for bit', async () => {
    const whole = await createTrainingSession(config, initial(config), options);
    await whole.run(steps(all, 0, 3));
    const folder = mkdtempSync(join(tmpdir(), 'lyrebird-gpt-'));
    const { weights, moment1, moment2, step } = await whole.state();
    const files = Object.entries({ weights, moment1, moment2 }).map(([name, tensors]) => {
      const path = join(folder, `${name}.safetensors`);
      writeSafetensors(path, tensors);
      return [name, readSafetensors(path).tensors] as const;
    });
    rmSync(folder, { recursive: true });
    const resumed = await createTrainingSession(config, { ...(Object.fromEntries(files) as unknown as TrainingState), step }, options);
    const a = await whole.run(steps(all, 3, 3));
    const b = await resumed.run(steps(all, 3, 3));
    expect(b).toEqual(a);
    const [after, expected] = [await resumed.state(), await whole.state()];
    for (const kind of ['weights', 'moment1', 'moment2'] as const) {
      for (const [name, { data }] of Object.entries(expected[kind])) expect({ name, same: Buffer.compare(bytes(after[kind][name]), bytes({ data })) }).toEqual({ name, same: 0 });
    }
    await whole.dispose();
    await resumed.dispose();
  });

  test('of another model is refused by name and shape', async () => {
    const weights = initWeights({ ...config, vocabulary: 499 }, 1);
    await expect(createTrainingSession(config, { ...initial(config), weights }, options)).rejects.toMatchObject({
      code: 'LYREBIRD_CORRUPT',
      message: expect.stringContaining('"token" with the shape [499, 64]'),
    });
  });

  test('a batch without weight changes nothing but what decay does', async () => {
    const session = await createTrainingSession(config, initial(config), { ...options, optimizer: { ...golden.optimizer, weightDecay: 0 } });
    const batch = steps(all, 0, 1);
    const { losses, gradientNorms } = await session.run({ ...batch, weights: batch.weights.map(() => 0) });
    expect([...losses, ...gradientNorms]).toEqual([0, 0].map((zero) => expect.closeTo(zero, 10)));
    const { weights } = await session.state();
    for (const [name, { data }] of Object.entries(goldenWeights(config))) expect({ name, same: Buffer.compare(bytes(weights[name]), bytes({ data })) }).toEqual({ name, same: 0 });
    await session.dispose();
  });

  test('batches of the wrong length are refused', async () => {
    const session = await createTrainingSession(config, initial(config), options);
    await expect(session.run({ ...steps(all, 0, 2), steps: 3 })).rejects.toMatchObject({ message: expect.stringContaining('3 steps of 16 windows of 128 tokens') });
    await session.dispose();
  });
});
