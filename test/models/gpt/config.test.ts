import { SIZES, gptConfig, gptConfigSchema, initWeights, parameterCount, parameterSpecs } from '../../../models/gpt';

const data = { vocabulary: 2000, side: [40, 250, 97, 8, 5] };

test.each(Object.keys(SIZES) as Array<keyof typeof SIZES>)('%s is a valid config', (size) => {
  const config = gptConfig(size, data);
  expect(gptConfigSchema.parse(config)).toEqual(config);
});

test('initial weights have the shapes and deviations of the specification', () => {
  const config = gptConfig('tiny', data);
  const weights = initWeights(config, 1);
  const counted = Object.values(weights).reduce((sum, tensor) => sum + tensor.data.length, 0);
  expect(counted).toBe(parameterCount(config));
  for (const { name, dims, deviation } of parameterSpecs(config)) {
    const { data: values } = weights[name];
    expect(weights[name].dims).toEqual(dims);
    const measured = Math.sqrt(values.reduce((sum, x) => sum + x * x, 0) / values.length);
    expect(measured).toBeGreaterThanOrEqual(deviation * 0.95);
    expect(measured).toBeLessThanOrEqual(deviation * 1.05);
  }
});

test('the small model has the size that its speed was measured with', () => {
  expect(parameterCount(gptConfig('small', data))).toBe(1_160_192);
});

test('weights come from the seed alone', () => {
  const config = gptConfig('tiny', data);
  const bytes = (seed: number) => Buffer.concat(Object.values(initWeights(config, seed)).map(({ data: values }) => Buffer.from(values.buffer)));
  expect(bytes(3).equals(bytes(3))).toBe(true);
  expect(bytes(3).equals(bytes(4))).toBe(false);
});

test('heads that do not divide the width are refused', () => {
  expect(gptConfigSchema.safeParse({ ...gptConfig('tiny', data), heads: 3 }).success).toBe(false);
});

test('without side channels there are no tables for them', () => {
  const names = parameterSpecs(gptConfig('tiny', { vocabulary: 50, side: [] })).map(({ name }) => name);
  expect(names.filter((name) => name.includes('side') || name.includes('skip'))).toEqual([]);
});
