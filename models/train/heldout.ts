import { createScoringSession, type SessionOptions, type Weights } from '../gpt';
import type { GptConfig } from '../gpt';
import { scoringBatch } from './batches';
import type { TokenFile } from './token_files';

/** Tokens scored at a time. */
const TOKENS_PER_RUN = 2048;

/** Mean negative log-likelihood of the windows' tokens, nats per token; NaN if they have none. */
export async function meanLoss(
  file: TokenFile,
  config: GptConfig,
  bos: number,
  weights: Weights,
  windows: Uint32Array,
  options: SessionOptions
): Promise<number> {
  const session = await createScoringSession(config, weights, options);
  try {
    const rows = Math.max(1, Math.floor(TOKENS_PER_RUN / config.context));
    let total = 0;
    let tokens = 0;
    for (let from = 0; from < windows.length; from += rows) {
      const batch = scoringBatch(file, config, bos, windows.subarray(from, from + rows));
      const { logProbabilities } = await session.run(batch);
      logProbabilities.forEach((value, i) => {
        if (batch.weights[i] === 0) return;
        total -= value;
        tokens += 1;
      });
    }
    return total / tokens;
  } finally {
    await session.dispose();
  }
}
