import { Graph } from '../graph';
import { chunkedAttention } from './chunked_attention';
import { InferenceLayers } from './inference_layers';
import { createSession, floats, int32Tensor, type Tensor } from './runtime';
import { checkWeights } from './weights';
import type { GptConfig, ScoringSession, SessionOptions, Weights } from './types';

/**
 * Teacher-forced scoring. Inputs: tokens, targets [B, T], positions [T, 1], side [B, T, S], explain [M] (flat places b * T + t), all
 * int32. Outputs: logProbabilities [B * T, 1] and the logits [M, V] at the explained places. Inside, activations are time-major,
 * [T, B, d], as the attention wants them.
 */
export function buildScoringGraph(config: GptConfig, weights: Weights): Uint8Array {
  const { layers, width: d, vocabulary: V } = config;
  const graph = new Graph('scoring');
  const m = new InferenceLayers(graph, config, weights);
  const { ops } = m;
  const tokens = ops.transpose(graph.input('tokens', 'int32', ['B', 'T']), [1, 0]);
  const positions = graph.input('positions', 'int32', ['T', 1]);
  const targets = graph.input('targets', 'int32', ['B', 'T']);
  const explain = graph.input('explain', 'int32', ['M']);
  const side = config.side.length > 0 ? graph.input('side', 'int32', ['B', 'T', config.side.length]) : undefined;
  const sideRows = side && m.sideRows(ops.transpose(side, [1, 0, 2]));

  let hidden = m.embed(tokens, positions, sideRows, 2); // [T, B, d]
  for (let l = 0; l < layers; l++) {
    const normed = m.norm(hidden);
    const [query, key, value] = (['query', 'key', 'value'] as const).map((part) => ops.matmul(normed, m.layer(l, part)));
    hidden = ops.add(hidden, ops.matmul(chunkedAttention(ops, config, query, key, value), m.layer(l, 'output')));
    hidden = m.feedForward(hidden, l);
  }
  const flat = ops.reshape(ops.transpose(m.finish(hidden, sideRows, 2), [1, 0, 2]), [-1, d]); // [B * T, d]
  const logProbabilities = ops.gatherElements(ops.logSoftmax(m.logits(flat)), ops.reshape(targets, [-1, 1]), 1);
  graph.output('logProbabilities', logProbabilities, 'float32', ['N', 1]);
  graph.output('logits', m.logits(ops.gather(flat, explain)), 'float32', ['M', V]);
  return graph.model();
}

export async function createScoringSession(config: GptConfig, weights: Weights, options: SessionOptions): Promise<ScoringSession> {
  checkWeights(config, weights, 'weights');
  const session = await createSession(buildScoringGraph(config, weights), options);
  return {
    async run({ rows, length, tokens, side, targets, explain = new Int32Array(0) }) {
      const dims = [rows, length];
      const inputs: Record<string, Tensor> = {
        tokens: int32Tensor(tokens, dims),
        positions: int32Tensor(
          Int32Array.from({ length }, (_, t) => t),
          [length, 1]
        ),
        targets: int32Tensor(targets, dims),
        explain: int32Tensor(explain, [explain.length]),
      };
      if (config.side.length > 0) inputs.side = int32Tensor(side, [...dims, config.side.length]);
      // Empty results are not asked for: most runs explain nothing.
      const outputs = await session.run(inputs, explain.length > 0 ? ['logProbabilities', 'logits'] : ['logProbabilities']);
      return {
        logProbabilities: floats(outputs.logProbabilities),
        logits: explain.length > 0 ? floats(outputs.logits) : new Float32Array(0),
      };
    },
    dispose: () => session.release(),
  };
}
