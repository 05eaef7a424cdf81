import { i18n } from '@kbn/i18n';
import type { FieldSurprisal } from '../../../common';

/** What a model writes for values that are none: it tells them apart from real ones by the brackets. */
const MARKS: Record<string, string> = {
  '': i18n.translate('lyrebird.value.empty', { defaultMessage: 'empty' }),
  '(absent)': i18n.translate('lyrebird.value.absent', { defaultMessage: 'missing' }),
  '(new text)': i18n.translate('lyrebird.value.newText', { defaultMessage: 'a new text' }),
  '(new value)': i18n.translate('lyrebird.value.newValue', { defaultMessage: 'a new value' }),
  '(new address)': i18n.translate('lyrebird.value.newAddress', { defaultMessage: 'a new address' }),
  '(new id)': i18n.translate('lyrebird.value.newId', { defaultMessage: 'a new identifier' }),
};

const EXPECTED = '(as expected)';
/** Whether `@structure` says that every field follows from the others as it always did. */
export const isExpected = (value: string): boolean => value === EXPECTED;

const STRUCTURE_MARKS: Record<string, string> = {
  [EXPECTED]: i18n.translate('lyrebird.value.asExpected', { defaultMessage: 'everything fits' }),
  '(other deviations)': i18n.translate('lyrebird.value.otherDeviations', { defaultMessage: 'other fields do not fit' }),
  '(new fields)': i18n.translate('lyrebird.value.newFields', { defaultMessage: 'a field never seen before' }),
};

/** Fields that deviate, as `@structure` lists them: the first by name, the rest by number. */
export function structureText(value: string): string {
  const [first, ...rest] = value.split(', ').map((part) => STRUCTURE_MARKS[part] ?? part);
  return rest.length === 0
    ? first
    : i18n.translate('lyrebird.value.andMore', { defaultMessage: '{first} (with {n, plural, one {# other field} other {# other fields}})', values: { first, n: rest.length }, ignoreTag: true });
}

/** A value as a sentence says it. A time since the last event is told as "2 min later"; the label says "since" already. */
export function valueText(value: string, field = ''): string {
  if (field === '@gap') return value.replace(/ later$/, '');
  if (field === '@structure') return structureText(value);
  const mark = MARKS[value];
  if (mark !== undefined) return mark;
  const beginning = /^“(.+)…”$/s.exec(value);
  if (beginning) return i18n.translate('lyrebird.value.beginning', { defaultMessage: 'a text that begins with “{text}”', values: { text: beginning[1] }, ignoreTag: true });
  const back = /^\(id (\d+) back\)$/.exec(value);
  if (!back) return value;
  return i18n.translate('lyrebird.value.sameId', { defaultMessage: 'the same as {n, plural, one {last time} other {# times ago}}', values: { n: Number(back[1]) } });
}

/** In quotation marks what stands in the event itself, so that a sentence shows where it begins and ends; marks stay plain. */
export function quoted(text: string, value: string, field: string): string {
  return field.startsWith('@') || text !== value ? text : `“${text}”`;
}

/** Typical values in words, likeliest first. Different values of a model may read the same: they count together. */
export function typicalTexts({ field, typical }: Pick<FieldSurprisal, 'field' | 'typical'>): Array<{ value: string; raw: string; probability: number }> {
  const sums = new Map<string, { raw: string; probability: number }>();
  for (const { value, probability } of typical) {
    const text = valueText(value, field);
    const before = sums.get(text);
    sums.set(text, { raw: value, probability: (before?.probability ?? 0) + probability });
  }
  return [...sums]
    .map(([value, { raw, probability }]) => ({ value, raw, probability: Math.min(1, probability) }))
    .sort((a, b) => b.probability - a.probability);
}
