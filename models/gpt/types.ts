/** Shapes: B batch, T context, V vocabulary, d width, H heads, L layers, S channels (the side channels and the former token), N = T * B. */
export interface GptConfig {
  layers: number;
  heads: number;
  width: number;
  /** Longest sequence, tokens. */
  context: number;
  vocabulary: number;
  /** Size of each side channel (field, entity, slot, weekday, place, technique): their embeddings are added to the token's. */
  side: number[];
  /** Whether one more channel holds a token: what stood here when the field was last written. It is read through matrices of its own. */
  former: boolean;
  /** Width of the zero-initialised MLP from the side channels past the trunk to the head; 0 for none. */
  skip: number;
  activation: 'relu2' | 'gelu';
}

export interface NamedTensor {
  dims: number[];
  data: Float32Array;
}
/** Parameters by name; the names and shapes are those of `parameterSpecs(config)`. */
export type Weights = Record<string, NamedTensor>;

export interface AdamWOptions {
  beta1: number;
  beta2: number;
  epsilon: number;
  weightDecay: number;
  /** Global gradient norm is clipped to this. */
  clip: number;
}

export interface TrainingState {
  weights: Weights;
  /** First and second moments, same names and shapes as the weights. */
  moment1: Weights;
  moment2: Weights;
  /** Steps taken so far. */
  step: number;
}

/** K batches for one run, time-major: index ((k * T + t) * B + b). */
export interface TrainingBatches {
  steps: number;
  /** [K, T, B] input tokens. */
  tokens: Int32Array;
  /** [K, T, B, S] side channels of the token to predict. */
  side: Int32Array;
  /** [K, T, B] tokens to predict. */
  targets: Int32Array;
  /** [K, T, B] weight of each target in the loss; 0 leaves it out. */
  weights: Float32Array;
  /** [K] learning rate of each step. */
  learningRates: Float32Array;
}

export interface SessionOptions {
  device: 'cpu' | 'cuda' | 'webgpu';
  /** Threads inside an operator; default: all cores. */
  threads?: number;
}

export interface TrainingSession {
  readonly step: number;
  /** Blocks the thread it runs in: use it from a worker. Losses are nats per token, means over the weights. */
  run(batches: TrainingBatches): Promise<{ losses: Float32Array; gradientNorms: Float32Array }>;
  state(): Promise<TrainingState>;
  dispose(): Promise<void>;
}

export interface ScoringSession {
  /**
   * Teacher-forced. tokens [B, T], side [B, T, S], targets [B, T] (row-major). Returns log p(target) in nats, [M], and the final hidden
   * states [M, d], from which `logits` says what else was likely, at the M places that `wanted` names by their index in [B, T], at least
   * one; without it at all, M = B * T.
   */
  run(batch: { rows: number; length: number; tokens: Int32Array; side: Int32Array; targets: Int32Array; wanted?: Int32Array }): Promise<{
    logProbabilities: Float32Array;
    hidden: Float32Array;
  }>;
  /** Logits [M, V] of hidden states [M, d]. */
  logits(hidden: Float32Array): Promise<Float32Array>;
  dispose(): Promise<void>;
}

/** Batched autoregressive decoding with a key-value cache; every row may have a prefix of its own length. */
export interface DecodingSession {
  readonly rows: number;
  /** Positions used so far, of `config.context`. Decoding stops at the end of the context: prefill again with a shorter prefix. */
  readonly length: number;
  /**
   * Starts all rows anew with a prefix each: tokens[r] and side[r] ([length * S]) are the inputs and the channels of what they
   * predict, without the last position, which comes with the first `step`. Prefixes may be empty.
   */
  prefill(prefixes: Array<{ tokens: Int32Array; side: Int32Array }>): Promise<void>;
  /** One position for every row: tokens [R], side [R, S]. Returns logits [R, V], valid until the next call. */
  step(tokens: Int32Array, side: Int32Array): Promise<Float32Array>;
  /** Takes back the newest `count` positions of one row: it goes on as if they had never been. Their room in the context stays used. */
  rewind(row: number, count: number): void;
  dispose(): Promise<void>;
}
