import type { Json, LogEvent } from '../../common';

/** Deeper values hardly say when or who. */
const MAX_DEPTH = 8;
const CAMEL = /([a-z0-9])([A-Z])|([A-Z]+)([A-Z][a-z])/g;

/** Calls `visit` with each text or number and its dotted path; of an array, the first element counts, as `getPath` reads it. */
export function walkScalars(event: LogEvent, visit: (path: string, value: string | number) => void): void {
  const descend = (value: Json, path: string, depth: number): void => {
    if (typeof value === 'string' || typeof value === 'number') return visit(path, value);
    if (value === null || typeof value !== 'object' || depth >= MAX_DEPTH) return;
    if (Array.isArray(value)) return value.length > 0 ? descend(value[0], path, depth + 1) : undefined;
    for (const key of Object.keys(value)) if (key !== '') descend(value[key], path === '' ? key : `${path}.${key}`, depth + 1);
  };
  descend(event, '', 0);
}

/** The words that a name is made of, in small letters: `principalEmail`, `principal_email` and `PRINCIPAL-EMAIL` are the same two. */
export function wordsOf(name: string): string[] {
  return name
    .replace(CAMEL, '$1$3 $2$4')
    .toLowerCase()
    .split(/[^a-z0-9@]+/)
    .filter((word) => word !== '');
}
