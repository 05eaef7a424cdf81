import type { ModelCard } from '../../../common';
import type { GenerateState } from './generate_state';

export interface PartProps {
  model: ModelCard;
  state: GenerateState;
  patch(change: Partial<GenerateState>): void;
  /** Marks the field that keeps the form from being sent. */
  invalid(field: string): { isInvalid?: boolean; error?: string };
}

/** An emptied number field is NaN in the state: the schema refuses it and says so at the field. */
export const numberOf = (text: string): number => (text === '' ? Number.NaN : Number(text));
export const shownNumber = (value: number): number | '' => (Number.isNaN(value) ? '' : value);
export const labels = (names: readonly string[]) => names.map((label) => ({ label }));
