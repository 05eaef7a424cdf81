import { Ops, type Graph, type Value } from '../graph';
import { layerParameter, sideOffsets } from './config';
import type { GptConfig, Weights } from './types';

/** Rows of the combined side table [..., S], and the former tokens' embeddings [..., d]. */
export interface Channels {
  rows?: Value;
  former?: Value;
}

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

  /** What the channels [..., S] say, S along `axis`; undefined where there are none. */
  channels(side: Value | undefined, axis: number): Channels | undefined {
    const { ops, config, offsets } = this;
    if (side === undefined) return undefined;
    const S = config.side.length;
    const own = config.former ? ops.slice(side, axis, 0, S) : side;
    return {
      rows: offsets && ops.add(own, offsets),
      former: config.former ? ops.gather(this.parameter('token'), ops.gather(side, this.graph.initializer('formerChannel', 'int32', [], Int32Array.of(S)), axis)) : undefined,
    };
  }

  /** tokens [...], positions (broadcast against [...]), channels along `axis` -> [..., d] */
  embed(tokens: Value, positions: Value, channels: Channels | undefined, axis: number): Value {
    const { ops } = this;
    let hidden = ops.add(ops.gather(this.parameter('token'), tokens), ops.gather(this.parameter('position'), positions));
    if (channels?.rows) hidden = ops.add(hidden, ops.reduceSum(ops.gather(this.parameter('side'), channels.rows), axis, false));
    if (channels?.former) hidden = ops.add(hidden, ops.matmul(channels.former, this.parameter('former.input')));
    return hidden;
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

  /** Final norm and the path of the channels past the trunk: what the tied head reads. */
  finish(hidden: Value, channels: Channels | undefined, axis: number): Value {
    const { ops } = this;
    let result = this.norm(hidden);
    const former = channels?.former;
    if (channels?.rows && this.config.skip > 0) {
      const looked = ops.reduceSum(ops.gather(this.parameter('skip.side'), channels.rows), axis, false);
      const known = former ? ops.add(looked, ops.matmul(former, this.parameter('former.skip'))) : looked;
      result = ops.add(result, ops.matmul(ops.relu(known), this.parameter('skip.output')));
    }
    return former ? ops.add(result, ops.matmul(former, this.parameter('former.output'))) : result;
  }

  /** [M, d] -> [M, V] */
  logits = (hidden: Value) => this.ops.gemm(hidden, this.parameter('token'), { transB: true });
}
