import type { Json, LogEvent } from '../../common';

/** Elements of an array that are looked at: what is new is seldom behind them. */
const MAX_ITEMS = 3;
/** Longer texts are prose, not names of things. */
const MAX_TEXT = 256;

/**
 * Calls `visit` with each scalar of an event, as text, and its path as the codec writes it: `list[0].name`, with the dots of keys
 * as they are.
 */
export function visitLeaves(event: LogEvent, visit: (path: string, text: string) => void): void {
  for (const key in event) descend(event[key], key, visit);
}

function descend(value: Json, path: string, visit: (path: string, text: string) => void): void {
  if (value === null) return;
  if (typeof value !== 'object') {
    const text = String(value);
    if (text.length <= MAX_TEXT) visit(path, text);
  } else if (Array.isArray(value)) {
    for (let i = 0; i < value.length && i < MAX_ITEMS; i++) descend(value[i], `${path}[${i}]`, visit);
  } else {
    for (const key in value) descend(value[key], `${path}.${key}`, visit);
  }
}
