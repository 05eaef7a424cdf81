import { i18n } from '@kbn/i18n';
import type { AnomalyRecord, FieldSurprisal } from '../../../common';
import { formatProbability, formatDuration, formatScore } from '../../components/format';
import { isExpected, quoted, structureText, typicalTexts, valueText } from './value_text';

const STRUCTURE = '@structure';
const BURST = '@burst';
/** What a model's own marks stand for; everything else is a field of the event. */
const MARKS: Record<string, string> = {
  '@gap': i18n.translate('lyrebird.explain.gap', { defaultMessage: 'Time since the last event' }),
  '@type': i18n.translate('lyrebird.explain.type', { defaultMessage: 'Log type' }),
  [BURST]: i18n.translate('lyrebird.explain.burst', { defaultMessage: 'Events in quick succession' }),
  [STRUCTURE]: i18n.translate('lyrebird.explain.structure', { defaultMessage: 'Which fields fit together' }),
};
export const fieldLabel = (field: string): string => MARKS[field] ?? field;

/** From this probability on, a value is what one would expect; below, it is only the likeliest of many. */
const USUAL = 0.25;
/** The tail of the scores is estimated, not counted, beyond this: no more is claimed of it. */
const RAREST = 100_000;

/** A score that has risen by less, out of 100, is not told of. */
const LEAST_RISE = 0.5;

/** What came after an event and raised its score, in plain words; undefined where nothing did. */
export function hindsight({ record_score, initial_record_score, lyrebird }: Pick<AnomalyRecord, 'record_score' | 'initial_record_score' | 'lyrebird'>): string | undefined {
  if (record_score - initial_record_score < LEAST_RISE) return undefined;
  return i18n.translate('lyrebird.explain.hindsight', {
    defaultMessage: 'It scored {initial} when it came; what {entity} did in the next half hour shows it to be the beginning of something.',
    values: { initial: formatScore(initial_record_score), entity: lyrebird.entity },
    ignoreTag: true,
  });
}

/** One surprising field in plain words: what it is, and what it is otherwise. */
export function explain(fieldSurprisal: FieldSurprisal): string {
  const { earlier_seconds: ago } = fieldSurprisal;
  const sentence = explainNow(fieldSurprisal);
  return ago === undefined ? sentence : i18n.translate('lyrebird.explain.earlier', { defaultMessage: '{ago} earlier: {sentence}', values: { ago: formatDuration(ago), sentence }, ignoreTag: true });
}

function explainNow(fieldSurprisal: FieldSurprisal): string {
  const { field, actual, probability, reason, typical } = fieldSurprisal;
  if (field === STRUCTURE) return explainStructure(fieldSurprisal);
  const [usual] = typicalTexts({ field, typical });
  if (field === BURST) {
    return i18n.translate('lyrebird.explain.manyAtOnce', { defaultMessage: '{actual}; at most {usual} is usual here.', values: { actual, usual: usual?.value ?? '' }, ignoreTag: true });
  }
  const values = {
    field: fieldLabel(field),
    actual: quoted(valueText(actual, field), actual, field),
    usual: usual ? quoted(usual.value, usual.raw, field) : '',
    usually: usual ? formatProbability(usual.probability) : '',
    rarely: formatProbability(probability),
  };
  if (reason === 'violation') {
    return usual
      ? i18n.translate('lyrebird.explain.violation', { defaultMessage: '{field} is {actual}, but what stands beside it has always gone with {usual}.', values, ignoreTag: true })
      : i18n.translate('lyrebird.explain.violationAlone', { defaultMessage: '{field} is {actual}, which never went with what stands beside it.', values, ignoreTag: true });
  }
  if (reason === 'unseen') {
    return usual && usual.probability >= USUAL
      ? i18n.translate('lyrebird.explain.unseen', { defaultMessage: '{field} is {actual}, never seen before; {usually} of the time it is {usual} here.', values, ignoreTag: true })
      : i18n.translate('lyrebird.explain.unseenAlone', { defaultMessage: '{field} is {actual}, never seen before.', values, ignoreTag: true });
  }
  if (reason === 'first') {
    return usual && usual.probability >= USUAL
      ? i18n.translate('lyrebird.explain.first', { defaultMessage: '{field} is {actual} for the first time here, though not elsewhere; {usually} of the time it is {usual}.', values, ignoreTag: true })
      : i18n.translate('lyrebird.explain.firstAlone', { defaultMessage: '{field} is {actual} for the first time here, though not elsewhere.', values, ignoreTag: true });
  }
  if (usual && usual.probability >= USUAL) {
    return i18n.translate('lyrebird.explain.unlikely', { defaultMessage: '{field} is {actual}, which happens {rarely} of the time here; {usually} of the time it is {usual}.', values, ignoreTag: true });
  }
  return usual
    ? i18n.translate('lyrebird.explain.unlikelyAmongMany', { defaultMessage: '{field} is {actual}, which happens {rarely} of the time here; it varies, most often it is {usual} ({usually}).', values, ignoreTag: true })
    : i18n.translate('lyrebird.explain.unlikelyAlone', { defaultMessage: '{field} is {actual}, which happens {rarely} of the time here.', values, ignoreTag: true });
}

/** Fields of the event that do not follow from each other as they otherwise do. */
function explainStructure({ actual, typical, probability }: FieldSurprisal): string {
  const values = {
    fields: structureText(actual),
    usually: formatProbability(typical.find(({ value }) => isExpected(value))?.probability ?? 1 - probability),
  };
  return isExpected(actual)
    ? i18n.translate('lyrebird.explain.fits', { defaultMessage: 'All fields fit together, which is rare here.' })
    : i18n.translate('lyrebird.explain.misfit', { defaultMessage: '{fields} does not fit the rest of the event; {usually} of the time everything fits here.', values, ignoreTag: true });
}

/** Fields that say something, the most surprising first: one that was the likeliest, or likelier than not, surprised nobody. */
export function surprising(fields: readonly FieldSurprisal[]): FieldSurprisal[] {
  const sorted = [...fields].sort((a, b) => b.surprisal - a.surprisal);
  const notable = sorted.filter(({ surprisal, actual, typical }) => surprisal >= Math.LN2 && typical[0]?.value !== actual);
  return notable.length > 0 ? notable : sorted.slice(0, 1);
}

/** "1 in 250 events": a probability as people say it. */
export function oneIn(probability: number): string {
  if (probability <= 0) return i18n.translate('lyrebird.explain.never', { defaultMessage: 'No normal event that was held out is as surprising.' });
  if (probability < 1 / RAREST) {
    return i18n.translate('lyrebird.explain.lessThanOneIn', { defaultMessage: 'Less than 1 in {n, number} normal events is as surprising.', values: { n: RAREST } });
  }
  const n = Math.max(1, Math.round(1 / probability));
  return i18n.translate('lyrebird.explain.oneIn', { defaultMessage: '1 in {n, number} normal events is as surprising.', values: { n } });
}
