import { channelCount, createScoringSession, type SessionOptions, type Weights } from '../gpt';
import type { GptConfig } from '../gpt';
import { scoringBatch } from './batches';
import type { TokenFile } from './token_files';

/** Tokens scored at a time. */
const TOKENS_PER_RUN = 2048;

/**
 * Mean negative log-likelihood of the windows' tokens, nats per token; NaN if they have none.
 *
 * @param normal of those that no technique is known of; where there are no others, of all
 */
export async function meanLoss(
  file: TokenFile,
  config: GptConfig,
  bos: number,
  weights: Weights,
  windows: Uint32Array,
  options: SessionOptions,
  normal = false
): Promise<number> {
  const session = await createScoringSession(config, weights, options);
  try {
    const rows = Math.max(1, Math.floor(TOKENS_PER_RUN / config.context));
    const channels = channelCount(config);
    const technique = config.side.length - 1;
    const sums = { normal: 0, labelled: 0 };
    const tokens = { normal: 0, labelled: 0 };
    for (let from = 0; from < windows.length; from += rows) {
      const batch = scoringBatch(file, config, bos, windows.subarray(from, from + rows));
      const { logProbabilities } = await session.run(batch);
      logProbabilities.forEach((value, i) => {
        if (batch.weights[i] === 0) return;
        const of = technique >= 0 && batch.side[i * channels + technique] > 0 ? 'labelled' : 'normal';
        sums[of] -= value;
        tokens[of] += 1;
      });
    }
    return normal && tokens.normal > 0 ? sums.normal / tokens.normal : (sums.normal + sums.labelled) / (tokens.normal + tokens.labelled);
  } finally {
    await session.dispose();
  }
}
