import { channelCount, createScoringSession, type GptConfig, type SessionOptions, type Weights } from '../gpt';
import { scoringBatch } from './batches';
import { TokenFile } from './token_files';
import { spread, windowStarts } from './windows';

/** Windows scored at a time, and at most. */
const ROWS = 8;
const WINDOWS = 512;

/** Summed negative log-likelihood, nats, and number of the tokens of one technique. */
export interface TechniqueLoss {
  nats: number;
  tokens: number;
}

/** Loss on a token file by technique id; 0 are normal events. Empty when the file has none. */
export async function lossByTechnique(path: string, config: GptConfig, bos: number, weights: Weights, options: SessionOptions): Promise<Map<number, TechniqueLoss>> {
  const losses = new Map<number, TechniqueLoss>();
  const file = new TokenFile(path);
  try {
    if (file.events === 0) return losses;
    const windows = spread(windowStarts(file, config.context), WINDOWS);
    const session = await createScoringSession(config, weights, options);
    try {
      for (let from = 0; from < windows.length; from += ROWS) {
        const batch = scoringBatch(file, config, bos, windows.subarray(from, from + ROWS));
        const { logProbabilities } = await session.run(batch);
        const channels = channelCount(config);
        logProbabilities.forEach((value, i) => {
          if (batch.weights[i] === 0) return;
          const technique = batch.side[i * channels + config.side.length - 1];
          const loss = losses.get(technique) ?? { nats: 0, tokens: 0 };
          losses.set(technique, { nats: loss.nats - value, tokens: loss.tokens + 1 });
        });
      }
    } finally {
      await session.dispose();
    }
    return losses;
  } finally {
    file.close();
  }
}
