import type { Differentiable, Value } from '../graph';

export interface AttentionShape {
  /** Sequence length, batch, heads, size of a head. */
  T: number;
  B: number;
  H: number;
  D: number;
}

/**
 * Causal attention, forward and backward, on time-major activations: query, key and value are [T * B, H * D] with row
 * t * B + b, so that a reshape to [T, B, H, D] costs nothing and the products read it in place.
 *
 * The queries are cut into chunks along time. Chunk i attends only keys up to its own end, which skips most of the masked
 * half of the score matrix.
 *
 * Backward (P the attention probabilities, O the output, dO its gradient): dV = P' dO, dP = dO V',
 * dS = P * (dP - rowsum(dO * O)), dQ = dS K, dK = dS' Q. Dao et al., "FlashAttention", 2022, appendix B.
 */
export function causalAttention(m: Differentiable, query: Value, key: Value, value: Value, shape: AttentionShape): Value {
  const { ops, tape } = m;
  const { T, B, H, D } = shape;
  const scale = 1 / Math.sqrt(D);
  const chunks = chunkCount(T);
  const size = T / chunks;
  const heads = (a: Value) => ops.reshape(a, [T, B, H, D]);
  const flat = (a: Value) => ops.reshape(a, [T * B, H * D]);
  /** [T, B, H, D] -> [to - from, B, H, D] */
  const rows = (a: Value, from: number, to: number) => (to - from === T ? a : ops.slice(a, 0, from, to));

  const q = heads(query);
  const k = heads(key);
  const v = heads(value);
  const saved = Array.from({ length: chunks }, (_, i) => {
    const from = i * size;
    const to = from + size;
    const qi = rows(q, from, to); // [size, B, H, D]
    const ki = rows(k, 0, to); // [to, B, H, D]
    const vi = rows(v, 0, to);
    const scores = ops.fusedMatmul(qi, ki, { batchA: true, batchB: true, transB: true, alpha: scale }); // [B, H, size, to]
    const probabilities = ops.softmax(ops.add(scores, causalMask(m, from, size)));
    const output = ops.fusedMatmul(probabilities, vi, { batchB: true }); // [B, H, size, D]
    return { from, to, qi, ki, vi, probabilities, output: ops.transpose(output, [2, 0, 1, 3]) };
  });
  const output4 = ops.concat(
    saved.map((chunk) => chunk.output),
    0
  ); // [T, B, H, D]
  const output = flat(output4);

  tape.record(() => {
    const gradient = heads(tape.gradient(output)); // [T, B, H, D]
    const rowSums = ops.transpose(ops.reduceSum(ops.mul(gradient, output4), -1, true), [1, 2, 0, 3]); // [B, H, T, 1]
    /** [B, H, to, D] -> [B, H, T, D] */
    const padTime = (a: Value, to: number) => (to === T ? a : ops.pad(a, [0, 0, 0, 0, 0, 0, T - to, 0]));
    const queryParts: Value[] = [];
    const keyParts: Value[] = [];
    const valueParts: Value[] = [];
    for (const { from, to, qi, ki, vi, probabilities } of saved) {
      const gi = rows(gradient, from, to); // [size, B, H, D]
      const sums = chunks === 1 ? rowSums : ops.slice(rowSums, 2, from, to);
      const dP = ops.fusedMatmul(gi, vi, { batchA: true, batchB: true, transB: true }); // [B, H, size, to]
      const dS = ops.mul(ops.sub(dP, sums), probabilities);
      queryParts.push(ops.fusedMatmul(dS, ki, { batchB: true, alpha: scale })); // [B, H, size, D]
      keyParts.push(padTime(ops.fusedMatmul(dS, qi, { transA: true, batchB: true, alpha: scale }), to));
      valueParts.push(padTime(ops.fusedMatmul(probabilities, gi, { transA: true, batchB: true }), to));
    }
    const back = (a: Value) => flat(ops.transpose(a, [2, 0, 1, 3]));
    tape.accumulate(query, back(ops.concat(queryParts, 2)));
    tape.accumulate(key, back(keyParts.reduce(ops.add)));
    tape.accumulate(value, back(valueParts.reduce(ops.add)));
  });
  return output;
}

/** Four chunks skip 3/8 of the products; more make them too small to run fast. */
function chunkCount(T: number): number {
  if (T >= 128 && T % 4 === 0) return 4;
  return T >= 32 && T % 2 === 0 ? 2 : 1;
}

/** [size, from + size]: 0 where the query at `from + row` may see the key, -1e9 where it lies in the future. */
function causalMask({ ops }: Differentiable, from: number, size: number): Value {
  const to = from + size;
  return ops.graph.shared(`mask${from}_${to}`, [size, to], () => {
    const mask = new Float32Array(size * to);
    for (let row = 0; row < size; row++) mask.fill(-1e9, row * to + from + row + 1, (row + 1) * to);
    return mask;
  });
}
