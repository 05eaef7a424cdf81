import { learningRate } from '../../../models/train';

test('the rate warms up, holds and falls to zero with the budget', () => {
  expect(learningRate(1, 100, 0, 0)).toBeCloseTo(0.01);
  expect(learningRate(1, 100, 49, 0.01)).toBeCloseTo(0.5);
  expect(learningRate(1, 100, 99, 0.2)).toBe(1);
  expect(learningRate(1, 100, 500, 0.4)).toBe(1);
  expect(learningRate(1, 100, 900, 0.7)).toBeCloseTo(0.5);
  expect(learningRate(1, 100, 1300, 1)).toBe(0);
});

test('a slow machine has warmed up after a tenth of its time', () => {
  expect(learningRate(1, 1000, 5, 0.05)).toBeCloseTo(0.5);
  expect(learningRate(1, 1000, 10, 0.1)).toBe(1);
});
