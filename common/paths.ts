import type { Json, LogEvent } from './events';

/**
 * The value at a dotted path. Objects may be nested (`{user: {name}}`), flat (`{"user.name"}`) or a mix, as in
 * `_source` documents; arrays answer with their first element, as a person reading "the user" would.
 * Returns undefined where there is nothing.
 */
export function getPath(event: LogEvent, path: string): Json | undefined {
  return descend(event, path);
}

function descend(value: Json | undefined, path: string): Json | undefined {
  if (Array.isArray(value)) return value.length > 0 ? descend(value[0], path) : undefined;
  if (path === '') return value;
  if (value === null || typeof value !== 'object') return undefined;
  if (Object.hasOwn(value, path)) return descend(value[path], '');
  for (let dot = path.indexOf('.'); dot !== -1; dot = path.indexOf('.', dot + 1)) {
    const head = path.slice(0, dot);
    if (!Object.hasOwn(value, head)) continue;
    const found = descend(value[head], path.slice(dot + 1));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The event without what is at the dotted paths and below them (nested or flat). Copies only the objects on the way. */
export function withoutPaths(event: LogEvent, paths: readonly string[]): LogEvent {
  let result = event;
  for (const path of paths) result = removePath(result, path) as LogEvent;
  return result;
}

function removePath(value: Json, path: string): Json {
  if (Array.isArray(value)) return value.map((item) => removePath(item, path));
  if (value === null || typeof value !== 'object') return value;
  const copy: LogEvent = {};
  for (const key of Object.keys(value)) {
    if (key === path || key.startsWith(`${path}.`)) continue;
    const child = path.startsWith(`${key}.`) ? removePath(value[key], path.slice(key.length + 1)) : value[key];
    // A plain assignment would lose a key named __proto__.
    Object.defineProperty(copy, key, { value: child, enumerable: true, writable: true, configurable: true });
  }
  return copy;
}

/** Whether a dotted path is one that a field stands for: itself and what lies below it. `source.geo.*` is the same as `source.geo`. */
export function matchesPath(path: string, field: string): boolean {
  const top = field.endsWith('.*') ? field.slice(0, -2) : field;
  return path.startsWith(top) && (path.length === top.length || path[top.length] === '.' || path[top.length] === '[');
}

/** The event with nothing but what the fields stand for (`matchesPath`), nested or flat. */
export function onlyPaths(event: LogEvent, fields: readonly string[]): LogEvent {
  const keep = (value: Json, path: string): Json | undefined => {
    if (fields.some((field) => matchesPath(path, field))) return value;
    if (value === null || typeof value !== 'object') return undefined;
    if (Array.isArray(value)) {
      const items = value.flatMap((item) => keep(item, path) ?? []);
      return items.length > 0 ? items : undefined;
    }
    const kept: LogEvent = {};
    for (const key of Object.keys(value)) {
      const child = keep(value[key], path === '' ? key : `${path}.${key}`);
      // A plain assignment would lose a key named __proto__.
      if (child !== undefined) Object.defineProperty(kept, key, { value: child, enumerable: true, writable: true, configurable: true });
    }
    return Object.keys(kept).length > 0 ? kept : undefined;
  };
  return (keep(event, '') as LogEvent | undefined) ?? {};
}
