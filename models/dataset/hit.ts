import type { Json, LogEvent, LogHit, Skipped } from '../../common';
import type { Line } from './lines';

/** Deeper events are set aside: everything after this room may walk an event recursively. */
export const MAX_DEPTH = 200;

/** Why a line was set aside. */
export type SkipReason = 'malformed_json' | 'not_an_object' | 'no_source' | 'line_too_long' | 'nested_too_deep' | 'member_missing';

export function count(skipped: Skipped, reason: string, by = 1): void {
  skipped[reason] = (skipped[reason] ?? 0) + by;
}

export function addCounts(into: Skipped, from: Skipped): Skipped {
  for (const [reason, n] of Object.entries(from)) count(into, reason, n);
  return into;
}

export function isObject(value: unknown): value is LogEvent {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isDeeperThan(value: Json, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  for (const member of Array.isArray(value) ? value : Object.values(value)) {
    if (typeof member === 'object' && member !== null && isDeeperThan(member, levels - 1)) return true;
  }
  return false;
}

/** The JSON value of a line, or why it has none that can be worked with. */
export function parseJson(line: Line): { value: Json } | { reason: SkipReason } {
  if (line === null) return { reason: 'line_too_long' };
  let value: Json;
  try {
    value = JSON.parse(line.toString('utf8')) as Json;
  } catch {
    return { reason: 'malformed_json' };
  }
  return isDeeperThan(value, MAX_DEPTH) ? { reason: 'nested_too_deep' } : { value };
}

/** One line of a dataset part or of a score request as a hit, or why it is none. */
export function parseHit(line: Line): { hit: LogHit } | { reason: SkipReason } {
  const parsed = parseJson(line);
  if ('reason' in parsed) return parsed;
  return toHit(parsed.value);
}

export function toHit(value: Json): { hit: LogHit } | { reason: SkipReason } {
  if (!isObject(value)) return { reason: 'not_an_object' };
  const { _id, _index, _source } = value;
  if (!isObject(_source)) return { reason: 'no_source' };
  const hit: LogHit = { _source };
  if (typeof _id === 'string') hit._id = _id;
  if (typeof _index === 'string') hit._index = _index;
  return { hit };
}
