import type { Corpus, Rows } from './corpus';

/** Minutes without an event that end an entity's session, as in Elastic's and most products' session views. */
export const SESSION_MINUTES = 30;
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** Events by entity, each in time order. */
export function byEntity(corpus: Corpus, rows: Rows): Map<number, number[]> {
  const streams = new Map<number, number[]>();
  for (const event of rows) {
    const entity = corpus.entity[event];
    const stream = streams.get(entity);
    if (stream === undefined) streams.set(entity, [event]);
    else stream.push(event);
  }
  return streams;
}

export function sessions(corpus: Corpus, rows: Rows): number[][] {
  const found: number[][] = [];
  for (const stream of byEntity(corpus, rows).values()) {
    let session: number[] = [];
    stream.forEach((event, i) => {
      if (i > 0 && corpus.time[event] - corpus.time[stream[i - 1]] > SESSION_MINUTES * MINUTE) {
        found.push(session);
        session = [];
      }
      session.push(event);
    });
    found.push(session);
  }
  return found;
}

/** Seconds between two events of one entity, ascending. */
export function gapSeconds(corpus: Corpus, rows: Rows): Float64Array {
  const gaps: number[] = [];
  for (const stream of byEntity(corpus, rows).values()) {
    for (let i = 1; i < stream.length; i++) gaps.push((corpus.time[stream[i]] - corpus.time[stream[i - 1]]) / 1000);
  }
  return Float64Array.from(gaps).sort();
}

/** Events of each of the entities on each of the period's days, days without any among them; ascending. */
export function eventsPerEntityDay(corpus: Corpus, rows: Rows, entities: ReadonlySet<number>, from: number, to: number): Float64Array {
  const days = Math.max(1, Math.round((to - from) / DAY));
  const counts = new Float64Array(entities.size * days);
  const position = new Map([...entities].map((entity, i) => [entity, i * days]));
  for (const event of rows) {
    const at = position.get(corpus.entity[event]);
    const day = Math.floor((corpus.time[event] - from) / DAY);
    if (at !== undefined && day >= 0 && day < days) counts[at + day]++;
  }
  return counts.sort();
}

export const hourOf = (time: number) => Math.floor(time / 3_600_000) % 24;
/** 0 is Monday; UTC. 1 January 1970 was a Thursday. */
export const weekdayOf = (time: number) => (Math.floor(time / DAY) + 3) % 7;

/** 7 × 24 shares of the events; `shift` (ms) is added to their times. */
export function hourOfWeek(corpus: Corpus, rows: Rows, shift = 0): number[][] {
  const shares = Array.from({ length: 7 }, () => new Array<number>(24).fill(0));
  for (const event of rows) shares[weekdayOf(corpus.time[event] + shift)][hourOf(corpus.time[event] + shift)] += 1 / rows.length;
  return shares;
}
