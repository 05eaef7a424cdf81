import { FeatureTree, featureWeight, type ShapesSpec } from '../shapes';
import type { PreparedEvent } from '../types';

/** Events of a log type looked at, evenly over all of them. */
const MAX_EVENTS = 8000;
/** Signatures compared, the most frequent; the rest finds its place when events are sorted. */
const MAX_SIGNATURES = 4000;
/** From this likeness on (weighted Jaccard) events share a shape. */
const ALIKE = 0.5;
/** A shape of so few events joins the nearest that is at least this like it. */
const SMALL = 8;
const SMALL_ALIKE = 0.2;
export const MAX_SHAPES = 200;
/** Features kept: those that at least this share of a shape's events have. */
const LEAST_SHARE = 0.03;

interface Cluster {
  events: number;
  counts: Map<number, number>;
}

/**
 * Sorts the events of one log type by what they look like: events whose paths and JSON types are mostly the same share a shape. Undefined when
 * all do. The same events give the same shapes.
 */
export function learnShapes(events: readonly PreparedEvent[]): ShapesSpec | undefined {
  const features: string[][] = [];
  const weights: number[] = [];
  const signatures = collectSignatures(events, features, weights);
  let clusters: Cluster[] = [];
  for (const { own, events: times } of signatures) {
    const near = nearest({ events: 1, counts: new Map(own.map((feature) => [feature, 1])) }, clusters, weights);
    if (near && near.likeness >= ALIKE) join(near.cluster, { events: times, counts: new Map(own.map((feature) => [feature, times])) });
    else clusters.push({ events: times, counts: new Map(own.map((feature) => [feature, times])) });
  }
  clusters = joinAlike(clusters, weights);
  if (clusters.length < 2) return undefined;
  return write(clusters, features);
}

function collectSignatures(events: readonly PreparedEvent[], features: string[][], weights: number[]): Array<{ own: number[]; events: number }> {
  const tree = new FeatureTree();
  const add = (type: string, keys: readonly string[]): number => {
    weights.push(featureWeight(keys.length));
    return features.push([type, ...keys]) - 1;
  };
  const signatures = new Map<string, { own: number[]; events: number }>();
  const stride = Math.max(1, Math.ceil(events.length / MAX_EVENTS));
  for (let i = 0; i < events.length; i += stride) {
    const own = new Set<number>();
    tree.walk(events[i].event, (feature) => own.add(feature), add);
    const sorted = [...own].sort((a, b) => a - b);
    const signature = sorted.join();
    const entry = signatures.get(signature);
    if (entry) entry.events++;
    else signatures.set(signature, { own: sorted, events: 1 });
  }
  // A stable sort: of equally frequent ones the first seen comes first.
  return [...signatures.values()].sort((a, b) => b.events - a.events).slice(0, MAX_SIGNATURES);
}

function join(into: Cluster, other: Cluster): void {
  into.events += other.events;
  for (const [feature, count] of other.counts) into.counts.set(feature, (into.counts.get(feature) ?? 0) + count);
}

/** Weighted Jaccard likeness of what the events of each have on average. */
function likenessOf(a: Cluster, b: Cluster, weights: readonly number[]): number {
  let common = 0;
  let all = 0;
  for (const [feature, count] of a.counts) {
    const own = count / a.events;
    const other = (b.counts.get(feature) ?? 0) / b.events;
    common += weights[feature] * own * other;
    all += weights[feature] * (own + other - own * other);
  }
  for (const [feature, count] of b.counts) if (!a.counts.has(feature)) all += (weights[feature] * count) / b.events;
  return all === 0 ? 1 : common / all;
}

function nearest(cluster: Cluster, others: readonly Cluster[], weights: readonly number[]): { cluster: Cluster; likeness: number } | undefined {
  let best: { cluster: Cluster; likeness: number } | undefined;
  for (const other of others) {
    if (other === cluster) continue;
    const likeness = likenessOf(cluster, other, weights);
    if (!best || likeness > best.likeness) best = { cluster: other, likeness };
  }
  return best;
}

/** Joins clusters until those left differ, the small ones first. */
function joinAlike(clusters: Cluster[], weights: readonly number[]): Cluster[] {
  const left = new Set([...clusters].sort((a, b) => b.events - a.events));
  for (const cluster of [...left].reverse()) {
    const near = nearest(cluster, [...left], weights);
    if (!near) break;
    const alike = near.likeness >= ALIKE || (cluster.events < SMALL && near.likeness >= SMALL_ALIKE) || left.size > MAX_SHAPES;
    if (!alike) continue;
    left.delete(cluster);
    join(near.cluster, cluster);
  }
  return [...left];
}

function write(clusters: readonly Cluster[], features: readonly string[][]): ShapesSpec {
  const kept = new Map<number, number>();
  const spec: ShapesSpec = { features: [], shapes: [] };
  for (const { events, counts } of [...clusters].sort((a, b) => b.events - a.events)) {
    const shares: number[] = [];
    for (const [feature, count] of [...counts].sort((a, b) => a[0] - b[0])) {
      if (count < LEAST_SHARE * events) continue;
      let id = kept.get(feature);
      if (id === undefined) kept.set(feature, (id = spec.features.push(features[feature]) - 1));
      shares.push(id, Math.round((100 * count) / events));
    }
    spec.shapes.push(shares);
  }
  return spec;
}
