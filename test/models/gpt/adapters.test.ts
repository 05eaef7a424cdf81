import { InferenceSession, Tensor } from 'onnxruntime-node';
import {
  adapterParameterCount,
  adapterSpecs,
  adaptersOf,
  buildGradientGraph,
  channelCount,
  createTrainingSession,
  initAdapters,
  mergeAdapters,
  parameterCount,
  seededNormal,
  zeroTensors,
  type AdapterOptions,
  type GptConfig,
  type Trained,
  type TrainingBatches,
  type Weights,
} from '../../../models/gpt';
import { golden, goldenBatches, goldenWeights, norm } from './golden/reference';

const OPTIONS: AdapterOptions = { rank: 4, alpha: 10, rows: 2, tokens: [3, 7], fields: [1] };

/** Adapters in the middle of a training: nothing is zero any more. */
function someAdapters(config: GptConfig, base: Weights): Weights {
  const normal = seededNormal(3);
  const adapters = initAdapters(config, base, OPTIONS, 1);
  for (const { data } of Object.values(adapters)) for (let i = 0; i < data.length; i++) data[i] += 0.05 * normal();
  return adapters;
}

async function lossAndGradients(config: GptConfig & { batch: number }, batches: TrainingBatches, values: Weights, trained?: Trained): Promise<{ loss: number; gradients: Record<string, Float32Array> }> {
  const { context: T, batch: B } = config;
  const session = await InferenceSession.create(buildGradientGraph(config, B, trained), { intraOpNumThreads: 2 });
  const first = <A extends Int32Array | Float32Array>(a: A) => a.slice(0, a.length / batches.steps) as A;
  const feeds: Record<string, Tensor> = {
    tokens: new Tensor('int32', first(batches.tokens), [T, B]),
    side: new Tensor('int32', first(batches.side), [T, B, channelCount(config)]),
    targets: new Tensor('int32', first(batches.targets), [T, B]),
    lossWeights: new Tensor('float32', first(batches.weights), [T, B]),
  };
  for (const [name, { dims, data }] of Object.entries(values)) feeds[`weights.${name}`] = new Tensor('float32', data, dims);
  const outputs = await session.run(feeds);
  await session.release();
  const gradients = Object.fromEntries(
    Object.keys(outputs)
      .filter((name) => name.startsWith('gradient.'))
      .map((name) => [name.slice('gradient.'.length), outputs[name].data as Float32Array])
  );
  return { loss: outputs.loss.data[0] as number, gradients };
}

/** Size of the difference by the size of what is expected. */
const deviation = (actual: Float32Array, expected: Float64Array | Float32Array) => norm(Float32Array.from(actual, (value, i) => value - expected[i])) / norm(Float32Array.from(expected));

describe.each(Object.entries(golden.cases))('adapters on %s', (_, reference) => {
  const { config } = reference;
  const base = goldenWeights(config);
  const batches = goldenBatches(reference);

  test('new adapters are few and change nothing', () => {
    const adapters = initAdapters(config, base, OPTIONS, 1);
    expect(adapterParameterCount(config, OPTIONS)).toBeLessThan(parameterCount(config) / 4);
    const merged = mergeAdapters(config, base, adapters, OPTIONS);
    for (const [name, { data }] of Object.entries(base)) expect({ name, same: Buffer.compare(Buffer.from(merged[name].data.buffer), Buffer.from(data.buffer)) }).toEqual({ name, same: 0 });
  });

  /**
   * With W' = W + s A B the chain rule gives dL/dA = s dL/dW' B' and dL/dB = s A' dL/dW', where dL/dW' is the gradient of the whole model
   * at the merged weights, which PyTorch's golden tensors prove.
   */
  test('loss and gradients are those of the merged model', async () => {
    const adapters = someAdapters(config, base);
    const own = await lossAndGradients(config, batches, adapters, adaptersOf(config, base, OPTIONS));
    const whole = await lossAndGradients(config, batches, mergeAdapters(config, base, adapters, OPTIONS));
    expect(Math.abs(own.loss - whole.loss)).toBeLessThan(1e-5);
    expect(Object.keys(own.gradients)).toEqual(adapterSpecs(config, OPTIONS).map(({ name }) => name));
    const scale = OPTIONS.alpha / OPTIONS.rank;
    const wrong: Record<string, number> = {};
    for (const [name, gradient] of Object.entries(own.gradients)) {
      let expected: Float64Array | Float32Array;
      if (name.endsWith('.rows')) {
        const table = name.slice(0, -'.rows'.length);
        const [count, width] = base[table].dims;
        const ids = table === 'token' ? OPTIONS.tokens! : [...OPTIONS.fields!, count - 2, count - 1];
        expected = Float32Array.from(ids.flatMap((id) => [...whole.gradients[table].subarray(id * width, (id + 1) * width)]));
      } else {
        const matrix = name.slice(0, name.lastIndexOf('.'));
        const [inputs, outputs] = base[matrix].dims;
        const dW = whole.gradients[matrix];
        expected = new Float64Array(gradient.length);
        const other = adapters[`${matrix}.${name.endsWith('.down') ? 'up' : 'down'}`].data;
        for (let i = 0; i < inputs; i++) {
          for (let o = 0; o < outputs; o++) {
            for (let r = 0; r < OPTIONS.rank; r++) {
              if (name.endsWith('.down')) expected[i * OPTIONS.rank + r] += scale * dW[i * outputs + o] * other[r * outputs + o];
              else expected[r * outputs + o] += scale * dW[i * outputs + o] * other[i * OPTIONS.rank + r];
            }
          }
        }
      }
      const error = deviation(gradient, expected);
      if (!(error < 1e-4)) wrong[name] = error;
    }
    expect(wrong).toEqual({});
  });

  test('training them lowers the loss of the merged model', async () => {
    const trained = adaptersOf(config, base, OPTIONS);
    const state = { weights: initAdapters(config, base, OPTIONS, 1), moment1: zeroTensors(trained.specs), moment2: zeroTensors(trained.specs), step: 0 };
    const session = await createTrainingSession(config, state, { batch: config.batch, optimizer: golden.optimizer, device: 'cpu', threads: 2, trained });
    const { losses } = await session.run({ ...batches, learningRates: batches.learningRates.map(() => 5e-3) });
    expect(losses[0]).toBeCloseTo(reference.losses[0], 4);
    const { weights } = await session.state();
    await session.dispose();
    expect(Object.keys(weights)).toEqual(trained.specs.map(({ name }) => name));
    const before = await lossAndGradients(config, batches, base);
    const after = await lossAndGradients(config, batches, mergeAdapters(config, base, weights, OPTIONS));
    expect(after.loss).toBeLessThan(before.loss - 0.05);
  });
});

test('adapters of another model or rank are refused by name and shape', async () => {
  const { config } = Object.values(golden.cases)[0];
  const base = goldenWeights(config);
  const trained = adaptersOf(config, base, OPTIONS);
  const weights = initAdapters(config, base, { ...OPTIONS, rank: 3 }, 1);
  const zeros = zeroTensors(trained.specs);
  await expect(createTrainingSession(config, { weights, moment1: zeros, moment2: zeros, step: 0 }, { batch: 2, optimizer: golden.optimizer, device: 'cpu', trained })).rejects.toMatchObject({
    code: 'LYREBIRD_CORRUPT',
    message: expect.stringContaining('layer0.query.down'),
  });
});
