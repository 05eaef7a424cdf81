import { BoostedTrees } from '../../../models/evaluate/boosting';
import type { Feature } from '../../../models/evaluate/boosting';
import { roc } from '../../../models/evaluate/distances';
import { seeded } from '../../../models/evaluate/random';

const ROWS = 2_000;

function data(seed: number, label: (values: number[]) => number) {
  const random = seeded(seed);
  const columns = [0, 1, 2].map(() => Uint8Array.from({ length: ROWS }, () => Math.floor(random() * 20)));
  const labels = Uint8Array.from({ length: ROWS }, (_, row) => label(columns.map((column) => column[row])));
  return { columns, labels, random };
}
const features = (columns: Uint8Array[], categorical: boolean): Feature[] => columns.map((bins, i) => ({ name: `f${i}`, bins, size: 20, categorical }));
const half = (from: number) => Int32Array.from({ length: ROWS / 2 }, (_, i) => from + i);
function auc(trees: BoostedTrees, of: Feature[], labels: Uint8Array): number {
  const rows = half(ROWS / 2);
  const score = (wanted: number) => Float64Array.from(rows.filter((row) => labels[row] === wanted), (row) => trees.score(of, row));
  return roc(score(1), score(0)).auc!;
}

describe('boosted trees', () => {
  it.each([false, true])('learn an interaction of two features, and leave the third alone (categorical: %s)', (categorical) => {
    const { columns, labels } = data(1, ([a, b]) => (a < 10 === b < 10 ? 1 : 0));
    const of = features(columns, categorical);
    const trees = BoostedTrees.fit(of, labels, half(0));
    expect(auc(trees, of, labels)).toBeGreaterThan(0.97);
  });

  it('find categories that have no order', () => {
    const odd = new Set([1, 4, 5, 11, 13, 18]);
    const { columns, labels } = data(2, ([a]) => (odd.has(a) ? 1 : 0));
    const of = features(columns, true);
    const trees = BoostedTrees.fit(of, labels, half(0), { trees: 5, leaves: 2, learningRate: 0.3, minRows: 20, lambda: 1 });
    // Stumps: only a split by category gets all of it.
    expect(auc(trees, of, labels)).toBe(1);
    expect([...trees.used()]).toEqual([0]);
  });

  it('cannot tell labels that mean nothing', () => {
    const { columns, labels, random } = data(3, () => 0);
    labels.forEach((_, row) => (labels[row] = random() < 0.5 ? 1 : 0));
    const of = features(columns, true);
    expect(Math.abs(auc(BoostedTrees.fit(of, labels, half(0)), of, labels) - 0.5)).toBeLessThan(0.05);
  });

  it('answer the prior where there is one class, or nothing to split', () => {
    const { columns, labels } = data(4, () => 1);
    const of = features(columns, false);
    expect(BoostedTrees.fit(of, labels, half(0)).score(of, 0)).toBeGreaterThan(5);
    const constant: Feature[] = [{ name: 'same', bins: new Uint8Array(ROWS), size: 1, categorical: false }];
    expect(BoostedTrees.fit(constant, Uint8Array.from(labels.map((_, i) => i % 2)), half(0)).score(constant, 0)).toBeCloseTo(0, 6);
  });
});
