/**
 * Gradient boosted trees for two classes on features cut into at most 256 bins (Friedman 2001; histograms, leaf-wise growth
 * and the ordering of categories by gradient as in LightGBM, Ke et al. 2017). The tree packages on npm sort every
 * feature at every node and need minutes for what this does in a second.
 */

export interface Feature {
  name: string;
  /** Bin per row, below `size`. */
  bins: Uint8Array;
  /** At most 256. */
  size: number;
  /** Bins have no order. */
  categorical: boolean;
}

export interface BoostingOptions {
  trees: number;
  leaves: number;
  learningRate: number;
  /** Rows in a leaf, at least. */
  minRows: number;
  /** L2 penalty on leaf values. */
  lambda: number;
}

export const DEFAULT_BOOSTING: BoostingOptions = { trees: 50, leaves: 8, learningRate: 0.15, minRows: 20, lambda: 1 };

/** Bins 0..255; `left` says on which side of the split each lies. */
interface Split {
  feature: number;
  left: Uint8Array;
  gain: number;
}

/** A leaf has a value and `feature` -1. Monomorphic, since walking it is what takes the time. */
interface Node {
  feature: number;
  left: Uint8Array;
  yes: Node | undefined;
  no: Node | undefined;
  value: number;
}

const NOTHING = new Uint8Array(0);
const leafNode = (value: number): Node => ({ feature: -1, left: NOTHING, yes: undefined, no: undefined, value });

export class BoostedTrees {
  private constructor(
    private readonly trees: readonly Node[],
    /** Log odds of class 1 among the rows learned from. */
    readonly base: number
  ) {}

  /** `labels` are 0 or 1, per row of the features; only `rows` are learned from. */
  static fit(features: readonly Feature[], labels: Uint8Array, rows: Int32Array, options: BoostingOptions = DEFAULT_BOOSTING): BoostedTrees {
    const positives = rows.reduce((sum, row) => sum + labels[row], 0);
    const share = Math.min(1 - 1e-6, Math.max(1e-6, positives / Math.max(1, rows.length)));
    const base = Math.log(share / (1 - share));
    const scores = new Float64Array(labels.length).fill(base);
    const gradients = new Float64Array(labels.length);
    const hessians = new Float64Array(labels.length);
    const trees: Node[] = [];
    for (let t = 0; t < options.trees; t++) {
      for (let i = 0; i < rows.length; i++) {
        const p = 1 / (1 + Math.exp(-scores[rows[i]]));
        gradients[rows[i]] = p - labels[rows[i]];
        hessians[rows[i]] = p * (1 - p);
      }
      const tree = grow(features, gradients, hessians, rows, options);
      if (tree.feature < 0) break;
      trees.push(tree);
      for (let i = 0; i < rows.length; i++) scores[rows[i]] += valueOf(tree, features, rows[i]);
    }
    return new BoostedTrees(trees, base);
  }

  /** Log odds of class 1. */
  score(features: readonly Feature[], row: number): number {
    let score = this.base;
    for (const tree of this.trees) score += valueOf(tree, features, row);
    return score;
  }

  /** Indices of the features that any tree asks for. */
  used(): Set<number> {
    const found = new Set<number>();
    const visit = (node: Node | undefined) => {
      if (node === undefined || node.feature < 0) return;
      found.add(node.feature);
      visit(node.yes);
      visit(node.no);
    };
    this.trees.forEach(visit);
    return found;
  }
}

function valueOf(tree: Node, features: readonly Feature[], row: number): number {
  let node = tree;
  while (node.feature >= 0) node = node.left[features[node.feature].bins[row]] === 1 ? node.yes! : node.no!;
  return node.value;
}

interface Leaf {
  rows: Int32Array;
  g: number;
  h: number;
  split: Split | undefined;
  /** Puts the node in its place in the tree. */
  place: (node: Node) => void;
}

/** The leaf whose split gains most is split first, until there are enough leaves. */
function grow(features: readonly Feature[], gradients: Float64Array, hessians: Float64Array, rows: Int32Array, options: BoostingOptions): Node {
  let root = leafNode(0);
  const leaf = (members: Int32Array, place: Leaf['place']): Leaf => {
    let [g, h] = [0, 0];
    for (const row of members) {
      g += gradients[row];
      h += hessians[row];
    }
    return { rows: members, g, h, place, split: members.length < 2 * options.minRows ? undefined : bestSplit(features, gradients, hessians, members, g, h, options) };
  };
  const leaves = [leaf(rows, (node) => (root = node))];
  while (leaves.length < options.leaves) {
    const next = leaves.reduce((best, candidate) => ((candidate.split?.gain ?? 0) > (best.split?.gain ?? 0) ? candidate : best));
    if (next.split === undefined) break;
    const { feature, left } = next.split;
    const { bins } = features[feature];
    const node: Node = { feature, left, yes: undefined, no: undefined, value: 0 };
    next.place(node);
    leaves.splice(
      leaves.indexOf(next),
      1,
      leaf(next.rows.filter((row) => left[bins[row]] === 1), (child) => (node.yes = child)),
      leaf(next.rows.filter((row) => left[bins[row]] === 0), (child) => (node.no = child))
    );
  }
  for (const { g, h, place } of leaves) place(leafNode((-options.learningRate * g) / (h + options.lambda)));
  return root;
}

/** Bins with fewer rows than this are kept together: their gradient is chance. */
const SMALL_BIN = 5;
const SMOOTHING = 10;

function bestSplit(
  features: readonly Feature[],
  gradients: Float64Array,
  hessians: Float64Array,
  rows: Int32Array,
  g: number,
  h: number,
  { minRows, lambda }: BoostingOptions
): Split | undefined {
  let best: { feature: number; order: number[]; cut: number; gain: number } | undefined;
  const whole = (g * g) / (h + lambda);
  const sumG = new Float64Array(256);
  const sumH = new Float64Array(256);
  const keys = new Float64Array(256);
  const counts = new Int32Array(256);
  features.forEach(({ bins, size, categorical }, feature) => {
    sumG.fill(0, 0, size);
    sumH.fill(0, 0, size);
    counts.fill(0, 0, size);
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i];
      const bin = bins[row];
      sumG[bin] += gradients[row];
      sumH[bin] += hessians[row];
      counts[bin]++;
    }
    const order: number[] = [];
    for (let bin = 0; bin < size; bin++) if (counts[bin] > 0) order.push(bin);
    if (order.length < 2) return;
    // Ordered by the mean gradient, the best two sides of a category lie next to each other (Fisher 1958).
    if (categorical) {
      for (const bin of order) keys[bin] = counts[bin] < SMALL_BIN ? 0 : sumG[bin] / (sumH[bin] + SMOOTHING);
      order.sort((a, b) => keys[a] - keys[b] || a - b);
    }
    let [leftG, leftH, leftRows] = [0, 0, 0];
    for (let cut = 0; cut < order.length - 1; cut++) {
      leftG += sumG[order[cut]];
      leftH += sumH[order[cut]];
      leftRows += counts[order[cut]];
      if (leftRows < minRows || rows.length - leftRows < minRows) continue;
      const gain = (leftG * leftG) / (leftH + lambda) + ((g - leftG) * (g - leftG)) / (h - leftH + lambda) - whole;
      if (gain > 1e-6 && gain > (best?.gain ?? 0)) best = { feature, order, cut, gain };
    }
  });
  if (best === undefined) return undefined;
  const left = new Uint8Array(256);
  if (features[best.feature].categorical) for (const bin of best.order.slice(0, best.cut + 1)) left[bin] = 1;
  // Ordered bins that no row of the node has still lie on one side.
  else for (let bin = 0; bin <= best.order[best.cut]; bin++) left[bin] = 1;
  return { feature: best.feature, left, gain: best.gain };
}
