import type { Command } from 'commander';
import type { PrivacyOptionsInput, PrivacySpent } from '../../common';
import { UsageError } from './exit_codes';
import { number } from './options';

export interface PrivacyFlags {
  epsilon?: number;
  delta?: number;
  noiseMultiplier?: number;
  clip?: number;
}

/** The options of commands that train. */
export const withPrivacy = (command: Command): Command =>
  command
    .option('--epsilon <e>', 'differentially private training: what the weights tell of any window of one entity is bounded by this', number(0.001, 1000))
    .option('--delta <d>', 'with --epsilon or --noise-multiplier: chance that the bound does not hold (default: 0.00001)', number(1e-12, 0.01))
    .option('--noise-multiplier <n>', 'noise in units of the clipping norm (default: chosen by --epsilon)', number(0.01, 1000))
    .option('--clip <norm>', 'norm that the gradient of each window is cut to (default: 1)', number(1e-6, 1000));

export function privacyOf({ epsilon, delta, noiseMultiplier, clip }: PrivacyFlags): PrivacyOptionsInput | undefined {
  if (epsilon === undefined && noiseMultiplier === undefined) {
    if (delta !== undefined || clip !== undefined) throw new UsageError('--delta and --clip are for private training: give --epsilon or --noise-multiplier, too');
    return undefined;
  }
  return { epsilon, delta, noise_multiplier: noiseMultiplier, clip };
}

/** What was spent, as a sentence. */
export const spentText = ({ epsilon, delta, noise_multiplier, steps, examples, example_tokens }: PrivacySpent): string =>
  `epsilon ${epsilon.toFixed(2)} at delta ${delta} for each of ${examples} examples (at most ${example_tokens} tokens of one entity), noise ${noise_multiplier.toFixed(2)}, ${steps} steps.`;
