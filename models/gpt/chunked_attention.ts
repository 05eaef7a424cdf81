import type { Ops, Value } from '../graph';
import type { GptConfig } from './types';

/** Queries of a chunk. Smaller ones skip more of the masked half of the scores, larger ones make faster products. */
export const CHUNK = 64;

/**
 * Causal attention without a backward pass: query, key and value are time-major, [T, B, d], and so is the result. Chunk i of the
 * queries attends the keys up to its own end. The last chunk may be short, but none may be empty (the runtime's matrix product
 * divides by its sizes and takes the process down): `(chunks - 1) * CHUNK < T <= chunks * CHUNK`. (The runtime's own
 * MultiHeadAttention takes more than twice as long: it computes the masked half too.)
 */
export function chunkedAttention(ops: Ops, { heads: H, width: d }: GptConfig, chunks: number, query: Value, key: Value, value: Value): Value {
  const { graph } = ops;
  const D = d / H;
  const [q, k, v] = [query, key, value].map((a) => ops.reshape(a, [0, 0, H, D])); // [T, B, H, D]
  const outputs: Value[] = [];
  for (let chunk = 0; chunk < chunks; chunk++) {
    const from = chunk * CHUNK;
    const to = from + CHUNK;
    const qi = ops.slice(q, 0, from, to); // [t, B, H, D] with t <= CHUNK
    const ki = ops.slice(k, 0, 0, to); // [s, B, H, D] with s <= to
    const vi = ops.slice(v, 0, 0, to);
    const scores = ops.fusedMatmul(qi, ki, { batchA: true, batchB: true, transB: true, alpha: 1 / Math.sqrt(D) }); // [B, H, t, s]
    const probabilities = ops.softmax(ops.add(scores, mask(ops, from, qi, ki)));
    const mixed = ops.fusedMatmul(probabilities, vi, { batchB: true }); // [B, H, t, D]
    outputs.push(ops.transpose(mixed, [2, 0, 1, 3]));
  }
  const size = graph.op('Shape', [query]); // [T, B, d]
  return graph.op('Reshape', [ops.concat(outputs, 0), size]);
}

/** [t, s]: 0 where query `from + row` may see the key, -1e9 where it lies in the future; cut to the sizes of query and key. */
function mask(ops: Ops, from: number, query: Value, key: Value): Value {
  const { graph } = ops;
  const to = from + CHUNK;
  const whole = graph.shared(`mask${from}`, [CHUNK, to], () => {
    const values = new Float32Array(CHUNK * to);
    for (let row = 0; row < CHUNK; row++) values.fill(-1e9, row * to + from + row + 1, (row + 1) * to);
    return values;
  });
  const ends = ops.concat([query, key].map((a) => ops.slice(graph.op('Shape', [a]), 0, 0, 1)), 0);
  return graph.op('Slice', [whole, graph.int64s([0, 0]), ends]);
}
