import { getPath, parseTime, type LogEvent } from '../../common';

/** Outside of these a "time" is a misread number or a placeholder such as 0001-01-01. */
const EARLIEST = Date.UTC(1900, 0, 1);
const LATEST = Date.UTC(2200, 0, 1);
/** Below it a number is a count of seconds from some start of its own rather than a moment. */
const SMALLEST_EPOCH = 1e8;

/**
 * Event time, milliseconds since 1970, of the first of the fields that holds one. `seconds` is a field in which a small number counts
 * seconds from a start of its own.
 */
export function eventTime(event: LogEvent, fields: readonly string[], seconds?: string): number | undefined {
  for (const field of fields) {
    const time = parseTime(getPath(event, field));
    if (time !== undefined && time > EARLIEST && time < LATEST) return time;
  }
  return seconds === undefined ? undefined : smallSeconds(getPath(event, seconds));
}

/** Milliseconds; undefined where the value is no such count. */
export function smallSeconds(value: unknown): number | undefined {
  const seconds = typeof value === 'number' ? value : typeof value === 'string' && /^\d+(\.\d+)?$/.test(value.trim()) ? Number(value) : NaN;
  return seconds >= 0 && seconds < SMALLEST_EPOCH ? seconds * 1000 : undefined;
}
