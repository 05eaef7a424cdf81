import { getPath, type Json, type LogEvent, type LogHit } from '../../common';
import { walkScalars } from './walk_scalars';

export interface FieldSearch {
  /** Events in which one of these has an acceptable value need no other field. */
  known: readonly string[];
  /** How well a path says by its name what is looked for; undefined when it says something else. */
  rank(path: string): number | undefined;
  accepts(value: Json | undefined): boolean;
  /** Fields found at most; the most frequent stay. */
  most: number;
}

/** Of each event without a known field the one whose name says best what is looked for; the best names first, then the frequent ones. */
export function findFields(sample: readonly LogHit[], { known, rank, accepts, most }: FieldSearch): string[] {
  const ranks = new Map<string, number | undefined>();
  const rankOf = (path: string): number | undefined => {
    if (!ranks.has(path)) ranks.set(path, rank(path));
    return ranks.get(path);
  };
  const found = new Map<string, number>();
  for (const { _source } of sample) {
    if (known.some((field) => accepts(getPath(_source, field)))) continue;
    const best = bestPath(_source, rankOf, accepts);
    if (best !== undefined) found.set(best, (found.get(best) ?? 0) + 1);
  }
  return [...found]
    .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
    .slice(0, most)
    .sort((a, b) => rankOf(b[0])! - rankOf(a[0])! || b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
    .map(([path]) => path);
}

function bestPath(event: LogEvent, rankOf: (path: string) => number | undefined, accepts: FieldSearch['accepts']): string | undefined {
  let best: string | undefined;
  let highest = 0;
  walkScalars(event, (path, value) => {
    const rank = rankOf(path);
    if (rank === undefined || rank < highest || (rank === highest && best !== undefined && best < path) || !accepts(value)) return;
    [best, highest] = [path, rank];
  });
  return best;
}
