import { getPath, type LogHit } from '../../common';
import type { PreparedEvent } from '../codec/types';
import { keyOf, visitLeaves } from '../score';

/** A field belongs to an entity's looks when its value changes so seldom, and at most so many times as often as if everybody's were shuffled. */
const CHANGES = 0.2;
const CHANGES_OF_SHUFFLED = 0.3;
/** Of fewer repetitions nobody knows. */
const MIN_REPEATS = 50;

/** A field of a log type. */
export const lookOf = (logType: string, path: string): string => `${logType}\u0000${path}`;

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
  /** By log type and path: how often a value came after another of the same entity, how often it was the same, and how often each value came. */
  private readonly repeats = new Map<string, { kept: number; of: number; values: Map<number, number> }>();
  private readonly last = new Map<string, Map<string, number>>();
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
    const stream = `${entity}\u0000${logType}`;
    let last = this.last.get(stream);
    if (last === undefined) this.last.set(stream, (last = new Map()));
    visitLeaves(event, (path, text) => {
      if (!this.telling.has(path)) return;
      const key = keyOf(path, text);
      values.add(key);
      const before = last.get(path);
      last.set(path, key);
      if (before === undefined) return;
      const field = lookOf(logType, path);
      let repeat = this.repeats.get(field);
      if (repeat === undefined) this.repeats.set(field, (repeat = { kept: 0, of: 0, values: new Map() }));
      repeat.of++;
      repeat.values.set(key, (repeat.values.get(key) ?? 0) + 1);
      if (before === key) repeat.kept++;
    });
    const wanted = Object.entries(this.where);
    const found = wanted.map(([path]) => getPath(event, path));
    if (wanted.length === 0 || found.includes(undefined)) return;
    known.asked++;
    if (wanted.every(([, value], i) => String(found[i]) === String(value))) known.met++;
  }

  /** Fields (`lookOf`) of what an entity looks like: who it is, with what and from where, rather than what it does. */
  looks(): ReadonlySet<string> {
    const fields = new Set<string>();
    for (const [field, { kept, of, values }] of this.repeats) {
      const changes = 1 - kept / of;
      const shuffled = 1 - [...values.values()].reduce((sum, count) => sum + (count / of) ** 2, 0);
      if (of >= MIN_REPEATS && changes <= CHANGES && changes <= CHANGES_OF_SHUFFLED * shuffled && shuffled > 0) fields.add(field);
    }
    return fields;
  }

  /** Events of the entity in the middle. */
  median(): number {
    const counts = [...this.entities.values()].map(({ events }) => events).sort((a, b) => a - b);
    return counts[Math.floor((counts.length - 1) / 2)] ?? 0;
  }
}
