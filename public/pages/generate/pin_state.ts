import { i18n } from '@kbn/i18n';
import type { GenerateOptionsInput } from '../../../common';

export const PIN_KINDS = ['is', 'any', 'range'] as const;
export type PinKind = (typeof PIN_KINDS)[number];

/** What a field must be: one value, one of several, or from `low` to `high` (numbers or times; either may be left empty). */
export interface Pin {
  field: string;
  kind: PinKind;
  values: string[];
  low: string;
  high: string;
}
export const emptyPin = (field = '', kind: PinKind = 'is'): Pin => ({ field, kind, values: [], low: '', high: '' });

type Condition = NonNullable<GenerateOptionsInput['where']>[string];
type Value = string | number | boolean | null;

/** Text as the field holds it: a value that the model knows as text stays text; true, false and null are read. */
function valueOf(text: string, known: readonly string[]): Value {
  if (known.includes(text)) return text;
  if (text === 'true' || text === 'false') return text === 'true';
  return text === 'null' ? null : text;
}

/** A bound of a range: a number where it reads as one, else a time as it was written. */
const boundOf = (text: string): number | string => (Number.isFinite(Number(text)) ? Number(text) : text);

/** A pin as the request says it. `known`: values of the field that the model knows. */
export function pinCondition({ kind, values, low, high }: Pin, known: readonly string[]): Condition {
  if (kind === 'range') return { ...(low === '' ? {} : { gte: boundOf(low) }), ...(high === '' ? {} : { lte: boundOf(high) }) };
  const read = values.map((value) => valueOf(value, known));
  return kind === 'any' ? read : (read[0] ?? '');
}

/** What is missing from a pin that names a field. */
export function pinProblem({ field, kind, values, low, high }: Pin): string | undefined {
  if (field === '') return undefined;
  if (kind === 'range') {
    return low === '' && high === ''
      ? i18n.translate('lyrebird.generate.pinRangeMissing', { defaultMessage: 'Enter where the range of {field} starts or ends.', values: { field }, ignoreTag: true })
      : undefined;
  }
  return values.length === 0 ? i18n.translate('lyrebird.generate.pinValueMissing', { defaultMessage: 'Enter a value for {field}.', values: { field }, ignoreTag: true }) : undefined;
}
