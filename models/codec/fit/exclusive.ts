import type { Path } from '../flatten';

/** The names on the way to a path, as an index sees it: without places in lists, keys with dots taken apart. */
function namesOf(path: Path): string[] {
  return path.flatMap((segment) => (typeof segment === 'number' ? [] : segment.split('.')));
}

/**
 * Pairs of fields, by place, of which one is the other or stands inside of it, so that an event could hold a value and a container by one
 * name; left out are those that an event was seen to have both of. `values` has the value ids by row, -1 where absent.
 */
export function findExclusive(paths: readonly Path[], values: ReadonlyArray<Int32Array>): Array<[number, number]> {
  const byName = new Map<string, number[]>();
  const names = paths.map(namesOf);
  const keyOf = (own: readonly string[]): string => own.join('\u0000');
  names.forEach((own, b) => {
    const key = keyOf(own);
    const same = byName.get(key);
    if (same) same.push(b);
    else byName.set(key, [b]);
  });
  const pairs: Array<[number, number]> = [];
  const compare = (a: number, b: number): void => {
    if (!together(values[a], values[b])) pairs.push(a < b ? [a, b] : [b, a]);
  };
  names.forEach((own, b) => {
    for (let length = 1; length < own.length; length++) for (const a of byName.get(keyOf(own.slice(0, length))) ?? []) compare(a, b);
    for (const a of byName.get(keyOf(own))!) if (a < b) compare(a, b);
  });
  return pairs.sort((x, y) => x[0] - y[0] || x[1] - y[1]);
}

function together(a: Int32Array, b: Int32Array): boolean {
  for (let row = 0; row < a.length; row++) if (a[row] >= 0 && b[row] >= 0) return true;
  return false;
}
