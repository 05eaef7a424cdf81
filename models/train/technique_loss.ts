import { channelCount, createScoringSession, type GptConfig, type SessionOptions, type Weights } from '../gpt';
import { scoringBatch } from './batches';
import { TokenFile } from './token_files';
import { spread, windowStarts } from './windows';

/** Tokens scored at a time. */
const TOKENS_PER_RUN = 2048;
/** Windows of a file that are scored at most. */
const WINDOWS = 512;

/** Summed negative log-likelihood, nats, and number of the tokens of one technique. */
export interface TechniqueLoss {
  nats: number;
  tokens: number;
}

/** Loss on a token file by technique id; 0 are normal events. Empty when the file has none. */
export async function lossByTechnique(path: string, config: GptConfig, bos: number, weights: Weights, options: SessionOptions): Promise<Map<number, TechniqueLoss>> {
  const file = new TokenFile(path);
  try {
    if (file.events === 0) return new Map();
    return await lossOfWindows(file, config, bos, weights, spread(windowStarts(file, config.context), WINDOWS), options);
  } finally {
    file.close();
  }
}

/** The same, of some windows of an open file. */
export async function lossOfWindows(file: TokenFile, config: GptConfig, bos: number, weights: Weights, windows: Uint32Array, options: SessionOptions): Promise<Map<number, TechniqueLoss>> {
  const losses = new Map<number, TechniqueLoss>();
  const channels = channelCount(config);
  const technique = config.side.length - 1;
  const rows = Math.max(1, Math.floor(TOKENS_PER_RUN / config.context));
  const session = await createScoringSession(config, weights, options);
  try {
    for (let from = 0; from < windows.length; from += rows) {
      const batch = scoringBatch(file, config, bos, windows.subarray(from, from + rows));
      const { logProbabilities } = await session.run(batch);
      logProbabilities.forEach((value, i) => {
        if (batch.weights[i] === 0) return;
        const id = batch.side[i * channels + technique] ?? 0;
        let loss = losses.get(id);
        if (!loss) losses.set(id, (loss = { nats: 0, tokens: 0 }));
        loss.nats -= value;
        loss.tokens += 1;
      });
    }
  } finally {
    await session.dispose();
  }
  return losses;
}
