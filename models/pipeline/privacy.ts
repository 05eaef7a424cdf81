import type { PrivacyOptions, PrivacySpent } from '../../common';
import type { TrainingPlan, TrainingResult } from '../train/types';

/** As training wants it. */
export const privacyPlan = (privacy: PrivacyOptions | undefined): TrainingPlan['privacy'] =>
  privacy && { epsilon: privacy.epsilon, delta: privacy.delta, noiseMultiplier: privacy.noise_multiplier, clip: privacy.clip };

/** As the card says it. */
export const privacySpent = (privacy: TrainingResult['privacy'], context: number): PrivacySpent | undefined =>
  privacy && {
    epsilon: privacy.epsilon,
    delta: privacy.delta,
    noise_multiplier: privacy.noiseMultiplier,
    clip: privacy.clip,
    sample_rate: privacy.sampleRate,
    steps: privacy.steps,
    examples: privacy.examples,
    example_tokens: context,
  };
