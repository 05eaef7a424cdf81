import { i18n } from '@kbn/i18n';

/**
 * Elastic ML's severities and colours. A score here is a rate, the share of normal events that surprise less, so the
 * steps are one in twenty, in a hundred and in a thousand where Elastic ML has 25, 50 and 75.
 */
export const SEVERITIES = [
  { name: 'critical', from: 99.9, color: '#FE5050', label: i18n.translate('lyrebird.severity.critical', { defaultMessage: 'Critical' }) },
  { name: 'major', from: 99, color: '#FBA740', label: i18n.translate('lyrebird.severity.major', { defaultMessage: 'Major' }) },
  { name: 'minor', from: 95, color: '#FDEC25', label: i18n.translate('lyrebird.severity.minor', { defaultMessage: 'Minor' }) },
  { name: 'warning', from: 0, color: '#8BC8FB', label: i18n.translate('lyrebird.severity.warning', { defaultMessage: 'Warning' }) },
] as const;
export type Severity = (typeof SEVERITIES)[number];

export const severityOf = (score: number): Severity => SEVERITIES.find(({ from }) => score >= from) ?? SEVERITIES[3];

/** How rare a score is: 90 -> 1, 99 -> 2, 99.9 -> 3, at most 4. A linear axis would show 95 and 99.9 as the same. */
export const rarity = (score: number): number => Math.min(4, Math.log10(1 / Math.max(1e-4, 1 - score / 100)));
export const scoreOfRarity = (value: number): number => 100 * (1 - 10 ** -value);
