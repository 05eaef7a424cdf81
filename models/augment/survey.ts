import { getPath, type LogHit } from '../../common';
import type { PreparedEvent } from '../codec/types';
import { keyOf, visitLeaves } from '../score';

/** What one entity has done so far. */
export interface Known {
  events: number;
  /** ms */
  first: number;
  /** Keys of the values that it has had in telling fields; they are few. */
  values: Set<number>;
  /** Events that have all fields of the condition, and those that also meet it. */
  asked: number;
  met: number;
}

/** Field (dotted path) to the value that it must have. */
export type Where = Readonly<Record<string, string | number | boolean>>;

/** Who has done how much, and what of it tells who is like whom. */
export class Survey {
  readonly entities = new Map<string, Known>();
  /** Index of the first event of each log type: an event that does not name its type has it from there. */
  readonly indices = new Map<string, string>();
  /** ms */
  from = Infinity;

  /** @param telling paths, as `visitLeaves` has them, of which a value says something about who has it */
  constructor(
    private readonly telling: ReadonlySet<string>,
    private readonly where: Where = {}
  ) {}

  add({ entity, time, event, logType }: PreparedEvent, { _index }: Pick<LogHit, '_index'>): void {
    let known = this.entities.get(entity);
    if (known === undefined) this.entities.set(entity, (known = { events: 0, first: Infinity, values: new Set(), asked: 0, met: 0 }));
    known.events++;
    known.first = Math.min(known.first, time);
    this.from = Math.min(this.from, time);
    if (_index !== undefined && !this.indices.has(logType)) this.indices.set(logType, _index);
    const { values } = known;
    visitLeaves(event, (path, text) => {
      if (this.telling.has(path)) values.add(keyOf(path, text));
    });
    const wanted = Object.entries(this.where);
    const found = wanted.map(([path]) => getPath(event, path));
    if (wanted.length === 0 || found.includes(undefined)) return;
    known.asked++;
    if (wanted.every(([, value], i) => String(found[i]) === String(value))) known.met++;
  }

  /** Events of the entity in the middle. */
  median(): number {
    const counts = [...this.entities.values()].map(({ events }) => events).sort((a, b) => a - b);
    return counts[Math.floor((counts.length - 1) / 2)] ?? 0;
  }
}
