import type { Differentiable, Value } from '../graph';

/**
 * Weighted mean negative log-likelihood with a head tied to the token table: sum(w nll) / sum(w), nats, a scalar.
 * hidden [N, d], table [V, d], targets [N], weights [N, 1]. All weights 0 gives a loss of 0 and no gradient.
 *
 * With p = softmax(logits) and f = w / sum(w): dlogits = f (p - onehot). The factor is applied to the [N, d] sides of the two
 * products instead of the far larger [N, V] matrix.
 */
export function tiedHeadLoss({ ops, tape }: Differentiable, hidden: Value, table: Value, targets: Value, weights: Value, rows: number): Value {
  const probabilities = ops.softmax(ops.gemm(hidden, table, { transB: true })); // [N, V]
  const places = ops.reshape(targets, [rows, 1]);
  // Below 1e-30 the logarithm would be infinite; the gradient does not depend on it.
  const likelihood = ops.max(ops.gatherElements(probabilities, places, 1), ops.scalar(1e-30)); // [N, 1]
  const fractions = ops.div(weights, ops.max(ops.sumAll(weights), ops.scalar(1e-9))); // [N, 1]
  const loss = ops.neg(ops.sumAll(ops.mul(ops.log(likelihood), fractions)));
  tape.record(() => {
    const minusOnes = ops.graph.shared('minusOnes', [rows, 1], () => new Float32Array(rows).fill(-1));
    const difference = ops.scatterAdd(probabilities, places, minusOnes, 1); // [N, V]
    if (tape.wants(table)) tape.accumulate(table, ops.gemm(difference, ops.mul(hidden, fractions), { transA: true })); // [V, d]
    tape.accumulate(hidden, ops.mul(ops.matmul(difference, table), fractions)); // [N, d]
  });
  return loss;
}
