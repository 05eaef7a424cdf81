import { i18n } from '@kbn/i18n';
import moment from 'moment';

const locale = () => i18n.getLocale();

export const formatCount = (n: number): string => new Intl.NumberFormat(locale()).format(n);
export const formatNumber = (n: number, digits = 2): string =>
  new Intl.NumberFormat(locale(), { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(n);
/** 12,345,678 as 12.3M, for places with little room. */
export const formatCompact = (n: number): string => new Intl.NumberFormat(locale(), { notation: 'compact', maximumFractionDigits: 1 }).format(n);

/** A probability in percent, with the digits that it needs: 98%, 0.4%, < 0.01%. */
export function formatProbability(p: number): string {
  if (p > 0 && p < 0.0001) return '< 0.01%';
  const digits = p >= 0.1 || p === 0 ? 0 : p >= 0.01 ? 1 : 2;
  // 99.6% is not certain, so it is not shown as 100%.
  const shown = p < 1 && p > 0.995 ? Math.min(p, 0.9999) : p;
  return new Intl.NumberFormat(locale(), { style: 'percent', maximumFractionDigits: shown > 0.995 && shown < 1 ? 2 : digits }).format(shown);
}

/** A score (0-100) with the digits that tell 99.9 from 99.99. */
export const formatScore = (score: number): string =>
  new Intl.NumberFormat(locale(), { minimumFractionDigits: score >= 99 && score < 100 ? 2 : 1, maximumFractionDigits: 2 }).format(Math.floor(score * 100) / 100);

export const formatTime = (iso: string | number): string => moment(iso).format('YYYY-MM-DD HH:mm:ss');
export const formatDay = (iso: string | number): string => moment(iso).format('YYYY-MM-DD');
export const formatAgo = (iso: string): string => moment(iso).fromNow();

/** Seconds as a person says them: 45 s, 3 min 20 s, 2 h 5 min. */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  const rest = whole % 60;
  if (hours > 0) {
    return i18n.translate('lyrebird.duration.hours', { defaultMessage: '{hours} h {minutes} min', values: { hours, minutes } });
  }
  if (minutes > 0) {
    return i18n.translate('lyrebird.duration.minutes', { defaultMessage: '{minutes} min {seconds} s', values: { minutes, seconds: rest } });
  }
  return i18n.translate('lyrebird.duration.seconds', { defaultMessage: '{seconds} s', values: { seconds: rest } });
}

const SPANS = [
  { unit: 'day', seconds: 86_400 },
  { unit: 'hour', seconds: 3_600 },
  { unit: 'minute', seconds: 60 },
  { unit: 'second', seconds: 1 },
] as const;

/** Seconds in their largest unit, for places with little room: 45 sec, 3.3 min, 8 hr, 2 days. */
export function formatSpan(seconds: number): string {
  const { unit, seconds: size } = SPANS.find((span) => Math.abs(seconds) >= span.seconds) ?? SPANS[SPANS.length - 1];
  const value = seconds / size;
  return new Intl.NumberFormat(locale(), { style: 'unit', unit, unitDisplay: 'short', maximumFractionDigits: value < 10 ? 1 : 0 }).format(value);
}

/** A long dotted path with its middle left out, so that axes keep their room. */
export function shorten(text: string, length = 40): string {
  if (text.length <= length) return text;
  const tail = Math.ceil((length - 1) * 0.65);
  return `${text.slice(0, length - 1 - tail)}…${text.slice(-tail)}`;
}
