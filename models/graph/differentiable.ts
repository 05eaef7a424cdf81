import type { Value } from './graph';
import type { Ops } from './ops';
import type { Tape } from './tape';

/**
 * Forward operations that record their backward. Shapes: N rows, I inputs, O outputs. Formulas follow from the chain rule;
 * the golden tensors of the tests check every one against PyTorch.
 */
export class Differentiable {
  constructor(
    readonly ops: Ops,
    readonly tape: Tape
  ) {}

  /** [N, I] x [I, O] -> [N, O] */
  linear(input: Value, weight: Value): Value {
    const { ops, tape } = this;
    const output = ops.matmul(input, weight);
    tape.record(() => {
      const gradient = tape.gradient(output); // [N, O]
      if (tape.wants(weight)) tape.accumulate(weight, ops.gemm(input, gradient, { transA: true })); // [I, O]
      tape.accumulate(input, ops.gemm(gradient, weight, { transB: true })); // [N, I]
    });
    return output;
  }

  /**
   * x W + scale x A B, a frozen matrix with a low-rank adapter: [N, I] x [I, O] -> [N, O], A is [I, r] and B [r, O].
   * Hu et al., "LoRA", 2021.
   */
  adaptedLinear(input: Value, weight: Value, adapter: { down: Value; up: Value; scale: number }): Value {
    const { ops, tape } = this;
    const { down, up, scale: alpha } = adapter;
    const inner = ops.matmul(input, down); // [N, r]
    const output = ops.gemm(inner, up, { alpha, add: ops.matmul(input, weight) });
    tape.record(() => {
      const gradient = tape.gradient(output); // [N, O]
      const innerGradient = ops.gemm(gradient, up, { transB: true, alpha }); // [N, r]
      tape.accumulate(up, ops.gemm(inner, gradient, { transA: true, alpha })); // [r, O]
      tape.accumulate(down, ops.gemm(input, innerGradient, { transA: true })); // [I, r]
      tape.accumulate(input, ops.gemm(innerGradient, down, { transB: true, add: ops.gemm(gradient, weight, { transB: true }) })); // [N, I]
    });
    return output;
  }

  /** The sum of two branches; both receive the whole gradient. */
  add(a: Value, b: Value): Value {
    const { ops, tape } = this;
    const output = ops.add(a, b);
    tape.record(() => {
      const gradient = tape.gradient(output);
      tape.accumulate(a, gradient);
      tape.accumulate(b, gradient);
    });
    return output;
  }

  /** Parameter-free RMSNorm over the last axis: y = x r, dx = r (dy - y mean(dy y)), with r = 1 / rms(x). */
  rmsNorm(input: Value, width: number): Value {
    const { ops, tape } = this;
    const { output, factor } = ops.rmsNorm(input, width);
    tape.record(() => {
      const gradient = tape.gradient(output);
      const projection = ops.mul(output, ops.reduceMean(ops.mul(gradient, output), -1));
      tape.accumulate(input, ops.mul(ops.sub(gradient, projection), factor));
    });
    return output;
  }

  relu(input: Value): Value {
    const { ops, tape } = this;
    const output = ops.relu(input);
    tape.record(() => {
      // The sign of the output is 1 where it is open and 0 where it is shut.
      tape.accumulate(input, ops.mul(tape.gradient(output), ops.graph.op('Sign', [output])));
    });
    return output;
  }

  /**
   * max(x W, 0)^2 of a linear layer: [N, I] x [I, O] -> [N, O]. So et al., "Primer", 2021. The factor 2 of the square's derivative
   * goes into the two products of the linear backward, which saves a pass over [N, O].
   */
  linearRelu2(input: Value, weight: Value): Value {
    const { ops, tape } = this;
    const open = ops.relu(ops.matmul(input, weight));
    const output = ops.mul(open, open);
    tape.record(() => {
      const half = ops.mul(tape.gradient(output), open); // [N, O], half the gradient before the activation
      tape.accumulate(weight, ops.gemm(input, half, { transA: true, alpha: 2 })); // [I, O]
      tape.accumulate(input, ops.gemm(half, weight, { transB: true, alpha: 2 })); // [N, I]
    });
    return output;
  }

  /** max(x, 0)^2 by itself, for layers that `linearRelu2` does not cover. */
  relu2(input: Value): Value {
    const { ops, tape } = this;
    const open = ops.relu(input);
    const output = ops.mul(open, open);
    tape.record(() => tape.accumulate(input, ops.scale(ops.mul(tape.gradient(output), open), 2)));
    return output;
  }

  /**
   * A table of which only some rows are trained: [n, d] and [m, d] -> [n, d].
   *
   * @param place by row of the table its place in frozen and trained rows one above the other, [n]
   * @param rows the trained ones, [m]
   */
  withRows(frozen: Value, trained: Value, place: Value, rows: Value): Value {
    const { ops, tape } = this;
    const output = ops.gather(ops.concat([frozen, trained], 0), place);
    tape.record(() => tape.accumulate(trained, ops.gather(tape.gradient(output), rows)));
    return output;
  }

  /**
   * The tanh form of GELU, y = x s with s = (1 + tanh(u)) / 2 and u = x (k + k a x^2). As 1 - tanh(u)^2 = 4 s (1 - s),
   * dy/dx = s (1 + (1 - s) x (2 k + 6 k a x^2)).
   */
  gelu(input: Value): Value {
    const { ops, tape } = this;
    const k = Math.sqrt(2 / Math.PI);
    const a = 0.044715;
    const output = ops.fastGelu(input);
    tape.record(() => {
      const square = ops.mul(input, input);
      const u = ops.mul(input, ops.add(ops.scale(square, k * a), ops.scalar(k)));
      const s = ops.add(ops.scale(ops.tanh(u), 0.5), ops.scalar(0.5));
      const slope = ops.mul(input, ops.add(ops.scale(square, 6 * k * a), ops.scalar(2 * k)));
      const derivative = ops.mul(s, ops.add(ops.mul(ops.sub(ops.scalar(1), s), slope), ops.scalar(1)));
      tape.accumulate(input, ops.mul(tape.gradient(output), derivative));
    });
    return output;
  }
}
