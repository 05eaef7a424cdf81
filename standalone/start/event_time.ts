import { DEFAULT_TIME_FIELDS, type Json, type LogEvent } from '../../common';

/** A value by dotted path; members may be nested or carry the dots in their names. */
export function valueAt(event: LogEvent, dotted: string): Json | undefined {
  if (Object.hasOwn(event, dotted)) return event[dotted];
  for (let dot = dotted.indexOf('.'); dot > 0; dot = dotted.indexOf('.', dot + 1)) {
    const member = event[dotted.slice(0, dot)];
    if (typeof member === 'object' && member !== null && !Array.isArray(member)) {
      const found = valueAt(member, dotted.slice(dot + 1));
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

/** Event time, milliseconds since 1970. `named`: only this field counts, and any non-negative number in it. */
export function eventTime(event: LogEvent, named?: string): number | undefined {
  for (const field of named ? [named] : DEFAULT_TIME_FIELDS) {
    const value = valueAt(event, field);
    const time = value === undefined ? undefined : parseTime(value, named !== undefined);
    if (time !== undefined) return time;
  }
  return undefined;
}

/** Outside of these a "date" is a misread number or a placeholder such as 0001-01-01. */
const EARLIEST = Date.UTC(1900, 0, 1);
const LATEST = Date.UTC(2200, 0, 1);

/**
 * ISO 8601 and the other dates that JavaScript reads, or a number since 1970 whose size tells its unit: seconds,
 * milli-, micro- or nanoseconds. Small numbers are years, counters and durations rather than times, unless `any`.
 */
export function parseTime(value: Json, any = false): number | undefined {
  if (typeof value === 'number') return fromNumber(value, any);
  if (typeof value !== 'string') return undefined;
  const text = value.trim();
  if (/^\d+(\.\d+)?$/.test(text)) return fromNumber(Number(text), any);
  // "a 1" and the like are dates to JavaScript: a date has a year or a month with a day.
  if (!/\d{4}|\d{1,2}[/:.-]\d{1,2}/.test(text)) return undefined;
  // A time without a zone is UTC: which zone this machine is in must not change what is learned.
  const zoned = /(Z|[+-]\d{2}:?\d{2}|[A-Z]{3,4})$/.test(text) ? text : `${text.replace(/^(\d{4}-\d{2}-\d{2}) /, '$1T')}${/\d:\d/.test(text) ? (/^\d{4}-/.test(text) ? 'Z' : ' UTC') : ''}`;
  const time = Date.parse(zoned.replace(/,(\d+)/, '.$1'));
  return Number.isFinite(time) && time > EARLIEST && time < LATEST ? time : undefined;
}

function fromNumber(value: number, any: boolean): number | undefined {
  if (!(value >= 0)) return undefined;
  if (value < 1e8) return any ? value * 1000 : undefined;
  if (value < 1e11) return Math.round(value * 1000);
  if (value < 1e14) return Math.round(value);
  if (value < 1e17) return Math.round(value / 1000);
  return value < 1e20 ? Math.round(value / 1e6) : undefined;
}
