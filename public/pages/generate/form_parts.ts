import type { ModelCard } from '../../../common';
import type { GenerateState } from './generate_state';

export interface PartProps {
  model: ModelCard;
  state: GenerateState;
  patch(change: Partial<GenerateState>): void;
  /** Marks the field that keeps the form from being sent. */
  invalid(field: string): { isInvalid?: boolean; error?: string };
}

export const labels = (names: readonly string[]) => names.map((label) => ({ label }));
