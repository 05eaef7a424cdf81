import type { PreparedEvent } from '../codec/types';
import { Table } from './table';

/** Where events come from. */
export const SOURCES = ['train', 'heldout', 'synthetic'] as const;
export type Source = (typeof SOURCES)[number];

/** Events by index into a corpus, in time order. */
export type Rows = Int32Array;

/** All events that are compared, in columns: 8 numbers an event beside its fields' codes. */
export class Corpus {
  readonly tables: Table[] = [];
  readonly entities: string[] = [];
  readonly time: number[] = [];
  readonly entity: number[] = [];
  /** Index into `tables`, and the event's row there. */
  readonly type: number[] = [];
  readonly row: number[] = [];
  private readonly byType = new Map<string, number>();
  private readonly byEntity = new Map<string, number>();
  private readonly of: Record<Source, number[]> = { train: [], heldout: [], synthetic: [] };

  add(source: Source, { entity, time, logType, event }: PreparedEvent): void {
    let type = this.byType.get(logType);
    if (type === undefined) {
      this.byType.set(logType, (type = this.tables.length));
      this.tables.push(new Table(logType));
    }
    let who = this.byEntity.get(entity);
    if (who === undefined) {
      this.byEntity.set(entity, (who = this.entities.length));
      this.entities.push(entity);
    }
    this.of[source].push(this.time.length);
    this.time.push(time);
    this.entity.push(who);
    this.type.push(type);
    this.row.push(this.tables[type].add(event, time, who));
  }

  /** Events of a source from `from` up to `to` (ms, excluded), in time order; those of one moment as they came. */
  rows(source: Source, from = -Infinity, to = Infinity): Rows {
    const within = this.of[source].filter((i) => this.time[i] >= from && this.time[i] < to);
    return Int32Array.from(within.sort((a, b) => this.time[a] - this.time[b] || a - b));
  }

  /** Those of one log type, as rows of its table (order kept). */
  ofType(rows: Rows, type: number): Rows {
    return rows.filter((i) => this.type[i] === type).map((i) => this.row[i]);
  }
}
