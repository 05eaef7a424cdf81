import type { Differentiable, Value } from '../graph';

/** Token rows, with the gradient added onto what the tied head has left there. indices [N] -> [N, d] */
export function tokenEmbedding({ ops, tape }: Differentiable, table: Value, indices: Value, rows: number, width: number): Value {
  const output = ops.gather(table, indices);
  if (!tape.wants(table)) return output;
  tape.record(() => {
    const places = ops.expand(ops.reshape(indices, [rows, 1]), [rows, width]);
    tape.update(table, (current) => {
      if (current === undefined) throw new Error('The token table is tied to the head: its gradient must come first.');
      return ops.scatterAdd(current, places, tape.gradient(output), 0);
    });
  });
  return output;
}

/** The sum over the side channels of their rows in one table, for [N] positions. */
export interface SideLookup {
  /** table [total, width] -> [N, width] */
  (table: Value, width: number): Value;
}

/** Above this many rows, gathering and scattering is faster than multiplying by the multi-hot matrix. */
const MULTI_HOT_LIMIT = 1024;

/**
 * indices [N, S] are rows of the combined table. Small tables are multiplied by the multi-hot matrix [N, total], made once
 * and used forward and backward by every table; large ones are gathered, and their gradients scattered.
 */
export function sideLookup({ ops, tape }: Differentiable, indices: Value, shape: { rows: number; channels: number; total: number }): SideLookup {
  const { rows, channels, total } = shape;
  if (total <= MULTI_HOT_LIMIT) {
    const zeros = ops.graph.shared('zeros', [rows, total], () => new Float32Array(rows * total));
    const ones = ops.graph.shared('ones', [rows, channels], () => new Float32Array(rows * channels).fill(1));
    const multiHot = ops.scatterAdd(zeros, indices, ones, 1); // [N, total]
    return (table) => {
      const output = ops.matmul(multiHot, table); // [N, width]
      if (tape.wants(table)) tape.record(() => tape.accumulate(table, ops.gemm(multiHot, tape.gradient(output), { transA: true })));
      return output;
    };
  }
  return (table, width) => {
    const output = ops.reduceSum(ops.gather(table, indices), 1, false); // [N, S, width] -> [N, width]
    if (!tape.wants(table)) return output;
    tape.record(() => {
      const places = ops.expand(ops.reshape(indices, [rows, channels, 1]), [rows, channels, width]);
      const gradient = ops.expand(ops.reshape(tape.gradient(output), [rows, 1, width]), [rows, channels, width]);
      const zeros = ops.graph.shared(`zeros${total}_${width}`, [total, width], () => new Float32Array(total * width));
      const flat = (a: Value) => ops.reshape(a, [rows * channels, width]);
      tape.accumulate(table, ops.scatterAdd(zeros, flat(places), flat(gradient), 0));
    });
    return output;
  };
}
