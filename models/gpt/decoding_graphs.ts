import { Graph, type Value } from '../graph';
import { channelCount } from './config';
import { InferenceLayers } from './inference_layers';
import type { GptConfig, Weights } from './types';

/**
 * Both graphs are time-major: keys and values are [P, R, H, D], so that the first P positions of a cache are one contiguous
 * piece of memory and new positions are appended at its end. All layers' new keys and values come back in one output
 * [2 L, positions, R, H, D] (keys of layer 0, values of layer 0, keys of layer 1, ...).
 */
export const cacheInput = (layer: number, kind: 'keys' | 'values') => `${kind}.${layer}`;

/**
 * One new position for every row. Inputs: tokens, positions [R], side [R, S], int32; bias [R, P] (0 or -1e9 for padding); for
 * each layer the cached keys and values [P, R, H, D]. Outputs: logits [R, V]; appended [2 L, 1, R, H, D].
 */
export function buildStepGraph(config: GptConfig, weights: Weights): Uint8Array {
  const { layers, heads: H, width: d, vocabulary: V } = config;
  const D = d / H;
  const graph = new Graph('step');
  const m = new InferenceLayers(graph, config, weights);
  const { ops } = m;
  const tokens = graph.input('tokens', 'int32', ['R']);
  const positions = graph.input('positions', 'int32', ['R']);
  const S = channelCount(config);
  const channels = m.channels(S > 0 ? graph.input('side', 'int32', ['R', S]) : undefined, 1);
  const bias = graph.op('Unsqueeze', [graph.input('bias', 'float32', ['R', 'P']), graph.int64s([1, 2])]); // [R, 1, 1, P]
  const scale = 1 / Math.sqrt(D);
  const appended: Value[] = [];

  let hidden = m.embed(tokens, positions, channels, 1); // [R, d]
  for (let l = 0; l < layers; l++) {
    const keys = graph.input(cacheInput(l, 'keys'), 'float32', ['P', 'R', H, D]);
    const values = graph.input(cacheInput(l, 'values'), 'float32', ['P', 'R', H, D]);
    const projected = ops.matmul(m.norm(hidden), m.queryKeyValue(l)); // [R, 3 d]
    const [query, key, value] = ops.split(projected, 1, 3).map((part) => ops.reshape(part, [1, -1, H, D])); // [1, R, H, D]
    appended.push(key, value);

    const past = ops.add(ops.fusedMatmul(query, keys, { batchA: true, batchB: true, transB: true, alpha: scale }), bias); // [R, H, 1, P]
    const own = ops.reshape(ops.scale(ops.reduceSum(ops.mul(query, key), -1, true), scale), [-1, H, 1, 1]); // [R, H, 1, 1]
    const probabilities = ops.softmax(ops.concat([past, own], 3)); // [R, H, 1, P + 1]
    const cut = (from: Value, to: Value) => graph.op('Slice', [probabilities, from, to, graph.int64s([3])]);
    const last = graph.int64s([-1]);
    const fromPast = ops.fusedMatmul(cut(graph.int64s([0]), last), values, { batchB: true }); // [R, H, 1, D]
    const fromOwn = ops.mul(cut(last, graph.int64s([2 ** 31])), ops.reshape(value, [-1, H, 1, D]));
    const mixed = ops.reshape(ops.add(fromPast, fromOwn), [-1, d]);
    hidden = ops.add(hidden, ops.matmul(mixed, m.layer(l, 'output')));
    hidden = m.feedForward(hidden, l);
  }
  graph.output('logits', m.logits(m.finish(hidden, channels, 1)), 'float32', ['R', V]);
  graph.output('appended', ops.concat(appended.map((a) => graph.op('Unsqueeze', [a, graph.int64s([0])])), 0), 'float32', [2 * layers, 1, 'R', H, D]);
  return graph.model();
}

/**
 * The keys and values of whole prefixes, left-padded to the longest. Inputs: tokens, positions [P, R], side [P, R, S], int32;
 * bias [R, 1, P, P] (0 where the query position may see the key). Output: appended [2 L, P, R, H, D].
 */
export function buildPrefillGraph(config: GptConfig, weights: Weights): Uint8Array {
  const { layers, heads: H, width: d } = config;
  const D = d / H;
  const graph = new Graph('prefill');
  const m = new InferenceLayers(graph, config, weights);
  const { ops } = m;
  const tokens = graph.input('tokens', 'int32', ['P', 'R']);
  const positions = graph.input('positions', 'int32', ['P', 'R']);
  const S = channelCount(config);
  const channels = m.channels(S > 0 ? graph.input('side', 'int32', ['P', 'R', S]) : undefined, 2);
  const bias = graph.input('bias', 'float32', ['R', 1, 'P', 'P']);
  const appended: Value[] = [];

  let hidden = m.embed(tokens, positions, channels, 2); // [P, R, d]
  for (let l = 0; l < layers; l++) {
    const projected = ops.matmul(m.norm(hidden), m.queryKeyValue(l)); // [P, R, 3 d]
    const [query, key, value] = ops.split(projected, 2, 3).map((part) => ops.reshape(part, [0, 0, H, D])); // [P, R, H, D]
    appended.push(key, value);
    if (l === layers - 1) break; // Nothing reads what the last layer would make of them.

    const scores = ops.fusedMatmul(query, key, { batchA: true, batchB: true, transB: true, alpha: 1 / Math.sqrt(D) }); // [R, H, P, P]
    const mixed = ops.fusedMatmul(ops.softmax(ops.add(scores, bias)), value, { batchB: true }); // [R, H, P, D]
    const flat = ops.reshape(ops.transpose(mixed, [2, 0, 1, 3]), [0, 0, d]); // [P, R, d]
    hidden = ops.add(hidden, ops.matmul(flat, m.layer(l, 'output')));
    hidden = m.feedForward(hidden, l);
  }
  graph.output('appended', ops.concat(appended.map((a) => graph.op('Unsqueeze', [a, graph.int64s([0])])), 0), 'float32', [2 * layers, 'P', 'R', H, D]);
  return graph.model();
}
