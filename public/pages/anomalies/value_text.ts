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

/** A value as a sentence says it. A time since the last event is told as "2 min later"; the label says "since" already. */
export function valueText(value: string, field = ''): string {
  if (field === '@gap') return value.replace(/ later$/, '');
  const mark = MARKS[value];
  if (mark !== undefined) return mark;
  const back = /^\(id (\d+) back\)$/.exec(value);
  if (!back) return value;
  return i18n.translate('lyrebird.value.sameId', { defaultMessage: 'the same as {n, plural, one {last time} other {# times ago}}', values: { n: Number(back[1]) } });
}

/** Typical values in words, likeliest first. Different values of a model may read the same: they count together. */
export function typicalTexts({ field, typical }: Pick<FieldSurprisal, 'field' | 'typical'>): Array<{ value: string; probability: number }> {
  const sums = new Map<string, number>();
  for (const { value, probability } of typical) {
    const text = valueText(value, field);
    sums.set(text, (sums.get(text) ?? 0) + probability);
  }
  return [...sums].map(([value, probability]) => ({ value, probability: Math.min(1, probability) })).sort((a, b) => b.probability - a.probability);
}
