import { channelCount, createPrivateTrainingSession, createTrainingSession, zeroWeights, type GptConfig, type PrivateBatch, type PrivateTrainingOptions, type TrainingState } from '../../../models/gpt';
import { golden, goldenBatches, goldenWeights, norm } from './golden/reference';

const { config: golden_, ...reference } = golden.cases.relu2 ?? Object.values(golden.cases)[0];
const { batch: B, ...rest } = golden_;
const config: GptConfig = rest;
const { context: T } = config;
const S = channelCount(config);
const optimizer = { ...golden.optimizer, clip: 1e9 };
const initial = (): TrainingState => ({ weights: goldenWeights(config), moment1: zeroWeights(config), moment2: zeroWeights(config), step: 0 });

/** The first golden batch, row-major, each position of the same weight. */
function examples(): PrivateBatch & { timeMajor: { tokens: Int32Array; side: Int32Array; targets: Int32Array } } {
  const all = goldenBatches({ config: golden_, ...reference });
  const timeMajor = { tokens: all.tokens.slice(0, T * B), side: all.side.slice(0, T * B * S), targets: all.targets.slice(0, T * B) };
  const rows = (a: Int32Array, size: number) => {
    const out = new Int32Array(a.length);
    for (let t = 0; t < T; t++) for (let b = 0; b < B; b++) out.set(a.subarray((t * B + b) * size, (t * B + b + 1) * size), (b * T + t) * size);
    return out;
  };
  return {
    rows: B,
    tokens: rows(timeMajor.tokens, 1),
    side: rows(timeMajor.side, S),
    targets: rows(timeMajor.targets, 1),
    weights: new Float32Array(B * T).fill(1),
    learningRate: 1e-3,
    timeMajor,
  };
}

async function oneStep(batch: PrivateBatch, options: Pick<PrivateTrainingOptions, 'clip' | 'noiseMultiplier' | 'expectedRows'>, normal = () => 0): Promise<TrainingState> {
  const session = await createPrivateTrainingSession(config, initial(), { optimizer, device: 'cpu', threads: 2, ...options });
  await session.run(batch, normal);
  expect(session.step).toBe(1);
  const state = await session.state();
  await session.dispose();
  return state;
}

/** After the first step the first moment is (1 - beta1) times the gradient. */
const gradient = ({ moment1 }: TrainingState) => Float32Array.from(Object.values(moment1).flatMap(({ data }) => [...data]), (value) => value / (1 - optimizer.beta1));

test('without clipping and noise it is the ordinary step', async () => {
  const { timeMajor, ...batch } = examples();
  const made = await oneStep(batch, { clip: 1e6, noiseMultiplier: 0, expectedRows: B });
  const session = await createTrainingSession(config, initial(), { batch: B, optimizer, device: 'cpu', threads: 2 });
  await session.run({ steps: 1, ...timeMajor, weights: new Float32Array(T * B).fill(1), learningRates: Float32Array.of(1e-3) });
  const usual = await session.state();
  await session.dispose();
  for (const kind of ['moment1', 'weights'] as const) {
    const wrong: Record<string, number> = {};
    for (const [name, { data }] of Object.entries(usual[kind])) {
      const error = norm(data.map((value, i) => value - made[kind][name].data[i])) / norm(data);
      if (!(error < 1e-4)) wrong[name] = error;
    }
    expect(wrong).toEqual({});
  }
});

test('each example counts for at most the clipping norm', async () => {
  const { timeMajor: _, ...batch } = examples();
  const first = (rows: number): PrivateBatch => ({ ...batch, rows, tokens: batch.tokens.slice(0, rows * T), side: batch.side.slice(0, rows * T * S), targets: batch.targets.slice(0, rows * T), weights: batch.weights.slice(0, rows * T) });
  const clip = 1e-3;
  const one = gradient(await oneStep(first(1), { clip, noiseMultiplier: 0, expectedRows: 1 }));
  expect(norm(one) / clip).toBeCloseTo(1, 2);
  expect(norm(one)).toBeLessThanOrEqual(clip * (1 + 1e-5));
  const three = gradient(await oneStep(first(3), { clip, noiseMultiplier: 0, expectedRows: 3 }));
  expect(norm(three)).toBeLessThanOrEqual(clip * (1 + 1e-5));
  // Removing an example moves the sum by no more than the norm.
  const two = gradient(await oneStep(first(2), { clip, noiseMultiplier: 0, expectedRows: 3 }));
  expect(norm(three.map((value, i) => 3 * (value - two[i])))).toBeLessThanOrEqual(clip * (1 + 1e-4));
});

test('noise is added once, of the size asked for, also to a step without examples', async () => {
  const { timeMajor: _, ...batch } = examples();
  const none: PrivateBatch = { ...batch, rows: 1, tokens: batch.tokens.slice(0, T), side: batch.side.slice(0, T * S), targets: batch.targets.slice(0, T), weights: new Float32Array(T) };
  let drawn = 0;
  // +1 and -1 in turn: a standard deviation of exactly 1.
  const made = gradient(await oneStep(none, { clip: 0.5, noiseMultiplier: 2, expectedRows: 4 }, () => (drawn++ % 2 === 0 ? 1 : -1)));
  expect(drawn).toBe(made.length);
  made.forEach((value, i) => {
    if (Math.abs(Math.abs(value) - (2 * 0.5) / 4) > 1e-6) throw new Error(`noise ${value} at ${i}`);
  });
});
