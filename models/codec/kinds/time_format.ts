import type { Leaf } from '../leaf';

/**
 * A way to write a time. `iso`: separator, digits after the point, zone as it is written; `epoch`: unit, decimals, as a number or a string.
 */
export type TimeFormat =
  | { type: 'iso'; separator: string; point: string; digits: number; zone: string }
  | { type: 'epoch'; milliseconds: boolean; decimals: number; text: boolean };

export interface ParsedTime {
  /** Milliseconds since the epoch, rounded down. */
  time: number;
  format: TimeFormat;
}

const ISO = /^(\d{4})-(\d\d)-(\d\d)([T ])(\d\d):(\d\d):(\d\d)(?:([.,])(\d{1,9}))?(Z|z| ?UTC|[+-]\d\d:?\d\d|)$/;
const EPOCH = /^\d{9,13}(\.\d{1,9})?$/;
/** 1990 to 2100: other numbers are not taken for times. */
const EARLIEST = Date.UTC(1990, 0, 1);
const LATEST = Date.UTC(2100, 0, 1);

/** Minutes east of UTC; zones without an offset are UTC. */
function zoneMinutes(zone: string): number {
  const match = /^([+-])(\d\d):?(\d\d)$/.exec(zone);
  return match ? (match[1] === '-' ? -1 : 1) * (Number(match[2]) * 60 + Number(match[3])) : 0;
}

/** Undefined when the value is no time in a format known here. */
export function parseTime(value: Leaf): ParsedTime | undefined {
  if (typeof value === 'number') return parseEpoch(String(value), false);
  if (typeof value !== 'string' || value.length < 9 || value.length > 40) return undefined;
  const match = ISO.exec(value);
  if (!match) return EPOCH.test(value) ? parseEpoch(value, true) : undefined;
  const [, year, month, day, separator, hour, minute, second, point = '', fraction = '', zone] = match;
  const utc = Date.UTC(+year, +month - 1, +day, +hour, +minute, +second);
  const time = utc + Math.floor(Number(`0.${fraction || '0'}`) * 1000 + 1e-7) - zoneMinutes(zone) * 60_000;
  return Number.isFinite(time) ? { time, format: { type: 'iso', separator, point, digits: fraction.length, zone } } : undefined;
}

function parseEpoch(text: string, isText: boolean): ParsedTime | undefined {
  if (!EPOCH.test(text)) return undefined;
  const [whole, decimals = ''] = text.split('.');
  const milliseconds = whole.length > 11;
  const time = Math.floor(Number(text) * (milliseconds ? 1 : 1000) + 1e-4);
  if (time < EARLIEST || time > LATEST) return undefined;
  return { time, format: { type: 'epoch', milliseconds, decimals: decimals.length, text: isText } };
}

/** Writes a time; digits finer than a millisecond are drawn. */
export function printTime(time: number, format: TimeFormat, random: () => number): string | number {
  const fine = String(Math.floor(random() * 1e6)).padStart(6, '0');
  if (format.type === 'epoch') {
    const whole = format.milliseconds ? Math.floor(time) : Math.floor(time / 1000);
    const fraction = (format.milliseconds ? fine : String(Math.floor(time) % 1000).padStart(3, '0') + fine).slice(0, format.decimals);
    const text = format.decimals > 0 ? `${whole}.${fraction.padEnd(format.decimals, '0')}` : String(whole);
    return format.text ? text : Number(text);
  }
  const iso = new Date(time + zoneMinutes(format.zone) * 60_000).toISOString();
  const digits = (iso.slice(20, 23) + fine).slice(0, format.digits);
  return iso.slice(0, 10) + format.separator + iso.slice(11, 19) + (format.digits > 0 ? format.point + digits : '') + format.zone;
}

/** Smallest step that a format can tell apart, ms. */
export function resolution(format: TimeFormat): number {
  if (format.type === 'epoch') return format.milliseconds || format.decimals >= 3 ? 1 : 1000 / 10 ** format.decimals;
  return format.digits >= 3 ? 1 : 1000 / 10 ** format.digits;
}
