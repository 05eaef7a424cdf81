import { Graph, int } from '../graph';
import { InferenceLayers } from './inference_layers';
import { createSession, floats, int32Tensor, type Tensor } from './runtime';
import { checkWeights } from './weights';
import type { GptConfig, ScoringSession, SessionOptions, Weights } from './types';

/**
 * Teacher-forced scoring. Inputs: tokens, targets [B, T], positions [T], side [B, T, S], explain [M] (flat places), all int32.
 * Outputs: logProbabilities [B, T] and the logits [M, V] at the explained places. Row-major, as MultiHeadAttention wants it.
 */
export function buildScoringGraph(config: GptConfig, weights: Weights): Uint8Array {
  const { layers, heads, width: d, vocabulary: V } = config;
  const graph = new Graph('scoring');
  const m = new InferenceLayers(graph, config, weights);
  const { ops } = m;
  const tokens = graph.input('tokens', 'int32', ['B', 'T']);
  const positions = graph.input('positions', 'int32', ['T']);
  const targets = graph.input('targets', 'int32', ['B', 'T']);
  const explain = graph.input('explain', 'int32', ['M']);
  const sideRows = config.side.length > 0 ? m.sideRows(graph.input('side', 'int32', ['B', 'T', config.side.length])) : undefined;

  let hidden = m.embed(tokens, positions, sideRows, 2); // [B, T, d]
  for (let l = 0; l < layers; l++) {
    const normed = m.norm(hidden);
    const projected = (['query', 'key', 'value'] as const).map((part) => ops.matmul(normed, m.layer(l, part)));
    const mixed = graph.op('MultiHeadAttention', projected, { num_heads: int(heads), unidirectional: int(1) });
    hidden = ops.add(hidden, ops.matmul(mixed, m.layer(l, 'output')));
    hidden = m.feedForward(hidden, l);
  }
  const flat = ops.reshape(m.finish(hidden, sideRows, 2), [-1, d]); // [B * T, d]
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
          [length]
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
