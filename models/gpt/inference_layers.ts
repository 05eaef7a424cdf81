import { Ops, type Graph, type Value } from '../graph';
import { layerParameter, sideOffsets } from './config';
import type { GptConfig, Weights } from './types';

/**
 * The parts of the model that scoring, decoding and prefilling share, with the weights stored in the graph, where the runtime
 * packs them for its matrix kernels. Shapes: `...` stands for the same leading axes on both sides.
 */
export class InferenceLayers {
  readonly ops: Ops;
  private readonly offsets: Value | undefined;
  private readonly stored = new Map<string, Value>();

  constructor(
    readonly graph: Graph,
    readonly config: GptConfig,
    private readonly weights: Weights
  ) {
    this.ops = new Ops(graph);
    const { offsets } = sideOffsets(config.side);
    if (offsets.length > 0) this.offsets = graph.initializer('offsets', 'int32', [offsets.length], Int32Array.from(offsets));
  }

  parameter(name: string): Value {
    let value = this.stored.get(name);
    if (value === undefined) {
      const { dims, data } = this.weights[name];
      value = this.graph.initializer(name, 'float32', dims, data);
      this.stored.set(name, value);
    }
    return value;
  }

  layer = (layer: number, part: Parameters<typeof layerParameter>[1]) => this.parameter(layerParameter(layer, part));

  /** [d, 3 d]: query, key and value side by side, so that one product makes all three. */
  queryKeyValue(layer: number): Value {
    const d = this.config.width;
    const fused = new Float32Array(3 * d * d);
    (['query', 'key', 'value'] as const).forEach((part, i) => {
      const { data } = this.weights[layerParameter(layer, part)];
      for (let row = 0; row < d; row++) fused.set(data.subarray(row * d, (row + 1) * d), row * 3 * d + i * d);
    });
    return this.graph.initializer(`layer${layer}.queryKeyValue`, 'float32', [d, 3 * d], fused);
  }

  /** Rows of the combined table that belong to side channels [..., S]. */
  sideRows = (side: Value) => (this.offsets === undefined ? undefined : this.ops.add(side, this.offsets));

  /** tokens [...], positions (broadcast against [...]), side rows [..., S] with `axis` channels last -> [..., d] */
  embed(tokens: Value, positions: Value, sideRows: Value | undefined, channelAxis: number): Value {
    const { ops } = this;
    const hidden = ops.add(ops.gather(this.parameter('token'), tokens), ops.gather(this.parameter('position'), positions));
    return sideRows === undefined ? hidden : ops.add(hidden, ops.reduceSum(ops.gather(this.parameter('side'), sideRows), channelAxis, false));
  }

  norm = (hidden: Value) => this.ops.rmsNorm(hidden, this.config.width).output;

  /** The feed-forward half of a layer, with its residual. */
  feedForward(hidden: Value, layer: number): Value {
    const { ops } = this;
    const expanded = ops.matmul(this.norm(hidden), this.layer(layer, 'expand'));
    let activated: Value;
    if (this.config.activation === 'relu2') {
      const open = ops.relu(expanded);
      activated = ops.mul(open, open);
    } else activated = ops.fastGelu(expanded);
    return ops.add(hidden, ops.matmul(activated, this.layer(layer, 'contract')));
  }

  /** Final norm and the path of the side channels past the trunk: what the tied head reads. */
  finish(hidden: Value, sideRows: Value | undefined, channelAxis: number): Value {
    const { ops } = this;
    const normed = this.norm(hidden);
    if (sideRows === undefined || this.config.skip === 0) return normed;
    const looked = ops.reduceSum(ops.gather(this.parameter('skip.side'), sideRows), channelAxis, false);
    return ops.add(normed, ops.matmul(ops.relu(looked), this.parameter('skip.output')));
  }

  /** [M, d] -> [M, V] */
  logits = (hidden: Value) => this.ops.gemm(hidden, this.parameter('token'), { transB: true });
}
