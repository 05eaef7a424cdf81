import { Graph, type Value } from '../graph';
import { CHUNK, chunkedAttention } from './chunked_attention';
import { channelCount } from './config';
import { InferenceLayers } from './inference_layers';
import { createSession, float32Tensor, floats, int32Tensor, type InferenceSession, type Tensor } from './runtime';
import { checkWeights } from './weights';
import type { GptConfig, ScoringSession, SessionOptions, Weights } from './types';

/**
 * Teacher-forced scoring. Inputs, all int32: tokens [B, T], positions [T, 1], side [B, T, S], and of the M places of which more than
 * their key and value is wanted the index in [T, B], wanted [M], and the targets [M, 1]. Outputs: logProbabilities [M, 1] and the final
 * hidden states [M, d]. Inside, activations are time-major, [T, B, d], as the attention wants them; T is within the last of so many
 * chunks.
 */
export function buildScoringGraph(config: GptConfig, weights: Weights, chunks: number): Uint8Array {
  const { layers, width: d } = config;
  const graph = new Graph('scoring');
  const m = new InferenceLayers(graph, config, weights);
  const { ops } = m;
  const tokens = ops.transpose(graph.input('tokens', 'int32', ['B', 'T']), [1, 0]);
  const positions = graph.input('positions', 'int32', ['T', 1]);
  const wanted = graph.input('wanted', 'int32', ['M']);
  const targets = graph.input('targets', 'int32', ['M', 1]);
  const S = channelCount(config);
  const side = S > 0 ? ops.transpose(graph.input('side', 'int32', ['B', 'T', S]), [1, 0, 2]) : undefined; // [T, B, S]

  let hidden = m.embed(tokens, positions, m.channels(side, 2), 2); // [T, B, d]
  for (let l = 0; l < layers; l++) {
    const normed = m.norm(hidden);
    const [query, key, value] = (['query', 'key', 'value'] as const).map((part) => ops.matmul(normed, m.layer(l, part)));
    hidden = ops.add(hidden, ops.matmul(chunkedAttention(ops, config, chunks, query, key, value), m.layer(l, 'output')));
    hidden = m.feedForward(hidden, l);
  }
  // The head, a third of the work, only where it is wanted.
  const pick = (values: Value, width: number) => ops.gather(ops.reshape(values, [-1, width]), wanted); // [M, width]
  const final = m.finish(pick(hidden, d), m.channels(side && pick(side, S), 1), 1); // [M, d]
  graph.output('logProbabilities', ops.gatherElements(ops.logSoftmax(m.logits(final)), targets, 1), 'float32', ['M', 1]);
  graph.output('hidden', final, 'float32', ['M', d]);
  return graph.model();
}

/** Input: hidden [M, d]. Output: logits [M, V]. */
function buildHeadGraph(config: GptConfig, weights: Weights): Uint8Array {
  const graph = new Graph('head');
  const m = new InferenceLayers(graph, config, weights);
  graph.output('logits', m.logits(graph.input('hidden', 'float32', ['M', config.width])), 'float32', ['M', config.vocabulary]);
  return graph.model();
}

/**
 * Graphs are built for 1, 2, 4, 8 … chunks as they are first needed; a batch is padded into the last chunk of the smallest that holds
 * it. The one for a full context is there from the start, so that a device that cannot be used is refused here:
 * LYREBIRD_UNSUPPORTED. Throws LYREBIRD_CORRUPT if the weights' shapes are not those of the config.
 */
export async function createScoringSession(config: GptConfig, weights: Weights, options: SessionOptions): Promise<ScoringSession> {
  checkWeights(config, weights, 'weights');
  const sessions = new Map<number, Promise<InferenceSession>>();
  const S = channelCount(config);

  function sessionFor(chunks: number): Promise<InferenceSession> {
    let session = sessions.get(chunks);
    if (session === undefined) sessions.set(chunks, (session = createSession(buildScoringGraph(config, weights, chunks), options)));
    return session;
  }

  await sessionFor(chunksFor(config.context));
  let head: Promise<InferenceSession> | undefined;
  return {
    async run({ rows, length, tokens, side, targets, wanted }) {
      const chunks = chunksFor(length);
      const padded = Math.max(length, (chunks - 1) * CHUNK + 1);
      // Causal: what stands behind a row's end changes nothing before it.
      const pad = (values: Int32Array, width: number) => padRows(values, rows, length * width, padded * width);
      const places = wanted ?? Int32Array.from({ length: rows * length }, (_, i) => i);
      const inputs: Record<string, Tensor> = {
        tokens: int32Tensor(pad(tokens, 1), [rows, padded]),
        positions: int32Tensor(
          // A position past the context has no embedding; those are padding, and any will do.
          Int32Array.from({ length: padded }, (_, t) => Math.min(t, config.context - 1)),
          [padded, 1]
        ),
        wanted: int32Tensor(
          places.map((place) => (place % length) * rows + Math.floor(place / length)),
          [places.length]
        ),
        targets: int32Tensor(
          places.map((place) => targets[place]),
          [places.length, 1]
        ),
      };
      if (S > 0) inputs.side = int32Tensor(pad(side, S), [rows, padded, S]);
      const outputs = await (await sessionFor(chunks)).run(inputs);
      return { logProbabilities: floats(outputs.logProbabilities), hidden: floats(outputs.hidden) };
    },
    async logits(hidden) {
      head ??= createSession(buildHeadGraph(config, weights), options);
      const outputs = await (await head).run({ hidden: float32Tensor(hidden, [hidden.length / config.width, config.width]) });
      return floats(outputs.logits);
    },
    async dispose() {
      for (const session of [...sessions.values(), ...(head ? [head] : [])]) await (await session).release();
      sessions.clear();
      head = undefined;
    },
  };
}

/** The smallest power of two of chunks that holds `length` positions. */
const chunksFor = (length: number) => 2 ** Math.max(0, Math.ceil(Math.log2(length / CHUNK)));

/** Rows of `from` values as rows of `to` values, filled up with zeros. */
function padRows(values: Int32Array, rows: number, from: number, to: number): Int32Array {
  if (from === to) return values;
  const result = new Int32Array(rows * to);
  for (let row = 0; row < rows; row++) result.set(values.subarray(row * from, (row + 1) * from), row * to);
  return result;
}
