import type { Json, LogEvent } from '../../common';

/**
 * Log shapes of one log type: what the events of each look like, so that an event finds its shape again. A feature is a path of keys (elements
 * of arrays share their array's) with the JSON type that stands there.
 */
export interface ShapesSpec {
  /** `s`, `n` or `b` for text, number and boolean, then the keys. */
  features: string[][];
  /** By shape: flat list feature, share of its events that have it in percent. */
  shapes: number[][];
}

/** Deeper keys belong to what an event carries rather than to what it is. */
export const SHAPE_DEPTH = 4;
/** Weight of a feature by the number of its keys: what stands on top tells most. */
const WEIGHTS = [0, 1, 0.5, 0.25, 0.125];
export const featureWeight = (keys: number): number => WEIGHTS[Math.min(keys, SHAPE_DEPTH)];
/** Elements of an array that are looked at. */
const MAX_ELEMENTS = 4;

interface FeatureNode {
  keys: Map<string, FeatureNode>;
  /** Feature by type of the value that stands here. */
  features: Map<string, number>;
}

const newNode = (): FeatureNode => ({ keys: new Map(), features: new Map() });
const typeOf = (value: string | number | boolean): string => (typeof value)[0];

/** Numbers features, and walks events along them. */
export class FeatureTree {
  private readonly root = newNode();

  constructor(features: string[][] = []) {
    features.forEach(([type, ...keys], feature) => {
      let node = this.root;
      for (const key of keys) node = descend(node, key, true)!;
      node.features.set(type, feature);
    });
  }

  /**
   * Calls `visit` with each feature of an event, with repetitions, and the number of its keys; -1 for one that is not known. With `add`, features
   * are made known: it gets their type and keys, and numbers them. Empty values say nothing and have none.
   */
  walk(event: LogEvent, visit: (feature: number, keys: number) => void, add?: (type: string, keys: readonly string[]) => number): void {
    const keys: string[] = [];
    const go = (node: FeatureNode | undefined, value: Json): void => {
      if (value === null) return;
      if (typeof value !== 'object') {
        const type = typeOf(value);
        let feature = node?.features.get(type);
        if (feature === undefined && add) node!.features.set(type, (feature = add(type, keys)));
        return visit(feature ?? -1, keys.length);
      }
      if (Array.isArray(value)) {
        for (let i = 0; i < value.length && i < MAX_ELEMENTS; i++) go(node, value[i]);
        return;
      }
      if (keys.length >= SHAPE_DEPTH) return;
      for (const key of Object.keys(value)) {
        keys.push(key);
        go(node && descend(node, key, add !== undefined), value[key]);
        keys.pop();
      }
    };
    go(this.root, event);
  }
}

function descend(node: FeatureNode, key: string, grow: boolean): FeatureNode | undefined {
  let next = node.keys.get(key);
  if (!next && grow) node.keys.set(key, (next = newNode()));
  return next;
}

/** Finds the shape of events: the one that they have most in common with. */
export class ShapeFinder {
  private readonly tree: FeatureTree;
  private readonly weights: Float64Array;
  /** Of each feature, the shapes that have it and their weighted shares: shape, share, shape, share. */
  private readonly postings: number[][];
  /** Weighted shares of each shape, summed. */
  private readonly totals: Float64Array;
  private readonly common: Float64Array;
  /** The event that last had each feature: one that comes twice counts once. */
  private readonly seen: Int32Array;
  private round = 0;

  constructor({ features, shapes }: ShapesSpec) {
    this.weights = Float64Array.from(features, (feature) => featureWeight(feature.length - 1));
    this.postings = features.map(() => []);
    this.totals = new Float64Array(shapes.length);
    this.common = new Float64Array(shapes.length);
    this.seen = new Int32Array(features.length);
    this.tree = new FeatureTree(features);
    shapes.forEach((shares, shape) => {
      for (let i = 0; i < shares.length; i += 2) {
        const share = (shares[i + 1] / 100) * this.weights[shares[i]];
        this.postings[shares[i]].push(shape, share);
        this.totals[shape] += share;
      }
    });
  }

  /** Number of the shape; the first of equals. */
  find(event: LogEvent): number {
    const { common, totals, postings, weights, seen } = this;
    common.fill(0);
    this.round++;
    let own = 0;
    this.tree.walk(event, (feature, keys) => {
      if (feature < 0) {
        own += featureWeight(keys);
        return;
      }
      if (seen[feature] === this.round) return;
      seen[feature] = this.round;
      own += weights[feature];
      const shapes = postings[feature];
      for (let i = 0; i < shapes.length; i += 2) common[shapes[i]] += shapes[i + 1];
    });
    let best = 0;
    let most = -1;
    for (let shape = 0; shape < totals.length; shape++) {
      const likeness = common[shape] / Math.max(own + totals[shape] - common[shape], 1e-9);
      if (likeness > most + 1e-9) [best, most] = [shape, likeness];
    }
    return best;
  }
}
