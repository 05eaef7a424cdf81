import type { Json, LogEvent } from '../../common';

/** Which values of events are drawn afresh: those of some paths, or, where no fields are known, all that look like it. */
export type Fresh = ReadonlySet<string> | 'by form';

/**
 * What is left of an event when everything is taken away that is drawn afresh each time: its log type and the values of all fields but
 * `fresh` ones, as one text. Two events with the same projection differ in times, ids and quantities alone.
 *
 * @param fresh for the event's log type
 */
export function projectionOf(logType: string, event: LogEvent, fresh: Fresh = new Set()): string {
  const parts: string[] = [];
  const visit = (value: Json, path: string): void => {
    if (fresh === 'by form' ? LOOKS_FRESH.test(String(value)) : fresh.has(path)) return;
    if (Array.isArray(value)) {
      // Whether there is an empty list or none is a part of the event's structure.
      if (value.length === 0) parts.push(`${path}=[]`);
      value.forEach((item, i) => visit(item, `${path}[${i}]`));
    } else if (typeof value === 'object' && value !== null) {
      const keys = Object.keys(value);
      if (keys.length === 0) parts.push(`${path}={}`);
      for (const key of keys) visit(value[key], path === '' ? key : `${path}.${key}`);
    } else {
      parts.push(`${path}=${JSON.stringify(value)}`);
    }
  };
  visit(event, '');
  // The order of an object's keys says nothing.
  return `${logType}\n${parts.sort().join('\n')}`;
}

/** Times, ids and quantities. */
const LOOKS_FRESH = /^(?:\d{4}-\d\d-\d\d[T ].*|[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|[0-9a-f]{16,}|-?\d+(?:\.\d+)?)$/i;

/** The parts of a field's specification that tell whether its values are fresh. */
interface FieldShape {
  path: ReadonlyArray<string | number>;
  counts: readonly number[];
  richCount: number;
  rich?: { kind: string };
  references: readonly number[];
  chain: ReadonlyArray<{ rule: string; a?: number }>;
}
export interface CodecShape {
  types: ReadonlyArray<{ name: string; fields: readonly FieldShape[] }>;
}

const FRESH_KINDS = new Set(['time', 'id', 'number']);
/** Rules that carry a value over from another field. */
const CARRYING = new Set(['copy', 'affix', 'memory']);

/**
 * By log type, the paths whose values are times, ids or quantities, or hold those of another field: the codec draws them anew for each event,
 * so they say nothing about whether it was learned by heart.
 */
export function freshPaths({ types }: CodecShape): Map<string, Set<string>> {
  const byType = new Map<string, Set<string>>();
  for (const { name, fields } of types) {
    const fresh = new Set<number>();
    // Determinants and references come first in coding order: one pass finds all.
    fields.forEach(({ counts, rich, richCount, references, chain }, b) => {
      const known = counts.reduce((sum, count) => sum + count, 0);
      const drawn = rich !== undefined && FRESH_KINDS.has(rich.kind) && richCount >= known;
      const carried = chain.some(({ rule, a }) => CARRYING.has(rule) && a !== undefined && fresh.has(a)) || references.some((a) => fresh.has(a));
      if (drawn || carried) fresh.add(b);
    });
    const paths = byType.get(name) ?? byType.set(name, new Set()).get(name)!;
    for (const b of fresh) paths.add(pathText(fields[b].path));
  }
  return byType;
}

function pathText(path: ReadonlyArray<string | number>): string {
  let text = '';
  for (const segment of path) text += typeof segment === 'number' ? `[${segment}]` : text === '' ? segment : `.${segment}`;
  return text;
}
