import type { GptConfig, SessionOptions, Weights } from '../gpt';
import type { TokenFile } from './token_files';
import { lossOfWindows, type TechniqueLoss } from './technique_loss';

/**
 * Mean negative log-likelihood of the windows' tokens, nats per token; NaN if they have none.
 *
 * @param normal of those that no technique is known of; where there are no others, of all
 */
export async function meanLoss(file: TokenFile, config: GptConfig, bos: number, weights: Weights, windows: Uint32Array, options: SessionOptions, normal = false): Promise<number> {
  const losses = await lossOfWindows(file, config, bos, weights, windows, options);
  const ofNormal = losses.get(0);
  const counted: Iterable<TechniqueLoss> = normal && ofNormal ? [ofNormal] : losses.values();
  const sum = { nats: 0, tokens: 0 };
  for (const { nats, tokens } of counted) {
    sum.nats += nats;
    sum.tokens += tokens;
  }
  return sum.nats / sum.tokens;
}
