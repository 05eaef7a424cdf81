import { i18n } from '@kbn/i18n';
import type { Figure } from '../../../common';
import { formatNumber } from '../../components/format';

type Unit = Figure['unit'];

/** A figure as people read it: shares in percent, with a digit more where 100% or 0% would claim too much. */
export function formatFigure(value: number | null, unit: Unit): string {
  if (value === null) return '–';
  if (unit !== 'share') return formatNumber(value, unit === 'ratio' ? 2 : 3);
  const digits = value === 0 || value === 1 ? 0 : value < 0.01 || value > 0.99 ? 2 : 1;
  return i18n.translate('lyrebird.figure.percent', { defaultMessage: '{value}%', values: { value: formatNumber(value * 100, digits) } });
}

const GROUPS: Record<Figure['group'], { title: string; question: string }> = {
  validity: {
    title: i18n.translate('lyrebird.report.group.validity', { defaultMessage: 'Validity' }),
    question: i18n.translate('lyrebird.report.group.validityQuestion', { defaultMessage: 'Can the events be used at all?' }),
  },
  consistency: {
    title: i18n.translate('lyrebird.report.group.consistency', { defaultMessage: 'Consistency' }),
    question: i18n.translate('lyrebird.report.group.consistencyQuestion', { defaultMessage: 'Does an event contradict itself?' }),
  },
  fields: {
    title: i18n.translate('lyrebird.report.group.fields', { defaultMessage: 'Fields' }),
    question: i18n.translate('lyrebird.report.group.fieldsQuestion', { defaultMessage: 'Does each field hold what it should, as often as it should?' }),
  },
  joint: {
    title: i18n.translate('lyrebird.report.group.joint', { defaultMessage: 'Fields together' }),
    question: i18n.translate('lyrebird.report.group.jointQuestion', { defaultMessage: 'Does each entity keep its places, devices, applications and hours?' }),
  },
  sequence: {
    title: i18n.translate('lyrebird.report.group.sequence', { defaultMessage: 'Order and time' }),
    question: i18n.translate('lyrebird.report.group.sequenceQuestion', { defaultMessage: 'Do events follow one another as they do in reality?' }),
  },
  indistinguishable: {
    title: i18n.translate('lyrebird.report.group.indistinguishable', { defaultMessage: 'Real or synthetic' }),
    question: i18n.translate('lyrebird.report.group.indistinguishableQuestion', { defaultMessage: 'Can a classifier tell them apart?' }),
  },
  privacy: {
    title: i18n.translate('lyrebird.report.group.privacy', { defaultMessage: 'Privacy' }),
    question: i18n.translate('lyrebird.report.group.privacyQuestion', { defaultMessage: 'Does the model repeat what it was trained on?' }),
  },
};
export const groupText = (group: Figure['group']) => GROUPS[group];

/**
 * The stretch of the scale on which a figure is drawn: around its value, floor and goal, with the end that it can reach at best
 * where that is near.
 */
export function figureDomain({ value, floor, floor_range, goal, unit, better }: Pick<Figure, 'value' | 'floor' | 'floor_range' | 'goal' | 'unit' | 'better'>): [number, number] {
  const known = [value, floor, goal?.low, goal?.high, ...(floor_range ?? [])].filter((x): x is number => typeof x === 'number');
  const [least, most] = unit === 'share' || unit === 'distance' ? [0, 1] : unit === 'auc' ? [0.5, 1] : [0, Infinity];
  if (known.length === 0) return [least, Math.min(most, 1)];
  const low = Math.min(...known);
  const high = Math.max(...known);
  const room = Math.max((high - low) * 0.25, 0.01);
  if (better === 'lower') return [Math.min(least, low), Math.min(Math.max(most, high), high + room)];
  if (better === 'higher') return [Math.max(least, low - room), Math.max(high, Math.min(most, 1))];
  return [Math.max(least, low - room), Math.min(most, high + room)];
}

/** Where a value lies within a domain, in percent from its lower end. */
export const position = (value: number, [low, high]: readonly [number, number]): number => (high > low ? Math.min(100, Math.max(0, (100 * (value - low)) / (high - low))) : 0);
