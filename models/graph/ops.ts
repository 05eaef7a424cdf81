import type { Attributes, Graph, Value } from './graph';
import { float, int, ints, text } from './graph';

/** The operators used here as typed functions on one graph. Axes are given as positive numbers unless -1, the last. */
export class Ops {
  constructor(readonly graph: Graph) {}

  add = (a: Value, b: Value) => this.graph.op('Add', [a, b]);
  sub = (a: Value, b: Value) => this.graph.op('Sub', [a, b]);
  mul = (a: Value, b: Value) => this.graph.op('Mul', [a, b]);
  div = (a: Value, b: Value) => this.graph.op('Div', [a, b]);
  neg = (a: Value) => this.graph.op('Neg', [a]);
  log = (a: Value) => this.graph.op('Log', [a]);
  sqrt = (a: Value) => this.graph.op('Sqrt', [a]);
  tanh = (a: Value) => this.graph.op('Tanh', [a]);
  relu = (a: Value) => this.graph.op('Relu', [a]);
  max = (a: Value, b: Value) => this.graph.op('Max', [a, b]);
  min = (a: Value, b: Value) => this.graph.op('Min', [a, b]);
  sum = (values: Value[]) => this.graph.op('Sum', values);
  scalar = (value: number) => this.graph.scalar(value);
  scale = (a: Value, factor: number) => this.mul(a, this.scalar(factor));

  matmul = (a: Value, b: Value) => this.graph.op('MatMul', [a, b]);

  /** alpha * A' * B' of matrices, plus `add` where it is given. */
  gemm(a: Value, b: Value, options: { transA?: boolean; transB?: boolean; alpha?: number; add?: Value } = {}): Value {
    return this.graph.op('Gemm', options.add === undefined ? [a, b] : [a, b, options.add], {
      transA: int(options.transA ? 1 : 0),
      transB: int(options.transB ? 1 : 0),
      alpha: float(options.alpha ?? 1),
    });
  }

  /**
   * Batched product that reads time-major tensors in place: with `batchA`, A is [M, b0, b1, K] and is read as [b0, b1, M, K]
   * (the same for B); no transpose is made. The result is [b0, b1, M, N].
   */
  fusedMatmul(
    a: Value,
    b: Value,
    options: { batchA?: boolean; batchB?: boolean; transA?: boolean; transB?: boolean; alpha?: number } = {}
  ): Value {
    const attributes: Attributes = { alpha: float(options.alpha ?? 1) };
    if (options.transA) attributes.transA = int(1);
    if (options.transB) attributes.transB = int(1);
    if (options.batchA) attributes.transBatchA = int(1);
    if (options.batchB) attributes.transBatchB = int(1);
    return this.graph.op('FusedMatMul', [a, b], attributes);
  }

  /** A size of -1 is inferred, 0 is taken over from the input. */
  reshape = (a: Value, dims: number[]) => this.graph.op('Reshape', [a, this.graph.int64s(dims)]);
  transpose = (a: Value, order: number[]) => this.graph.op('Transpose', [a], { perm: ints(order) });
  concat = (values: Value[], axis: number) => (values.length === 1 ? values[0] : this.graph.op('Concat', values, { axis: int(axis) }));
  expand = (a: Value, dims: number[]) => this.graph.op('Expand', [a, this.graph.int64s(dims)]);

  /** Equal parts along `axis`. */
  split = (a: Value, axis: number, parts: number) => this.graph.ops('Split', [a], parts, { axis: int(axis), num_outputs: int(parts) });

  slice(a: Value, axis: number, from: number, to: number): Value {
    const { graph } = this;
    return graph.op('Slice', [a, graph.int64s([from]), graph.int64s([to]), graph.int64s([axis])]);
  }

  /** Zeros before and after along each axis: [before0, before1, ..., after0, after1, ...]. */
  pad = (a: Value, pads: number[]) => this.graph.op('Pad', [a, this.graph.int64s(pads)]);

  /** Rows of `table` along `axis`: there, the shape of `indices` takes the place of the number of rows. */
  gather = (table: Value, indices: Value, axis = 0) => this.graph.op('Gather', [table, indices], { axis: int(axis) });
  gatherElements = (a: Value, indices: Value, axis: number) => this.graph.op('GatherElements', [a, indices], { axis: int(axis) });

  /**
   * Adds `updates` to elements of `a`. Never use ScatterND for this: on the CPU it adds from several threads without a
   * lock and loses updates (microsoft/onnxruntime issues 18048 and 23396).
   */
  scatterAdd = (a: Value, indices: Value, updates: Value, axis: number) =>
    this.graph.op('ScatterElements', [a, indices, updates], { axis: int(axis), reduction: text('add') });

  softmax = (a: Value) => this.graph.op('Softmax', [a], { axis: int(-1) });
  logSoftmax = (a: Value) => this.graph.op('LogSoftmax', [a], { axis: int(-1) });

  reduceSum(a: Value, axis: number, keep: boolean): Value {
    return this.graph.op('ReduceSum', [a, this.graph.int64s([axis])], { keepdims: int(keep ? 1 : 0) });
  }
  reduceMean(a: Value, axis: number): Value {
    return this.graph.op('ReduceMean', [a, this.graph.int64s([axis])], { keepdims: int(1) });
  }
  /** Scalar. */
  sumAll = (a: Value) => this.graph.op('ReduceSum', [a], { keepdims: int(0) });
  /** Scalar. */
  sumSquares = (a: Value) => this.graph.op('ReduceSumSquare', [a], { keepdims: int(0) });

  fastGelu = (a: Value) => this.graph.op('FastGelu', [a]);

  /** x / sqrt(mean(x^2) + 1e-5) over the last axis of `width`, and the factor 1 / sqrt(...) with a last axis of 1. */
  rmsNorm(a: Value, width: number): { output: Value; factor: Value } {
    const ones = this.graph.shared(`ones${width}`, [width], () => new Float32Array(width).fill(1));
    const [output, factor] = this.graph.ops('SimplifiedLayerNormalization', [a, ones], 2, {
      axis: int(-1),
      epsilon: float(1e-5),
      stash_type: int(1),
    });
    return { output, factor };
  }
}
