import type { Codec } from '../codec/types';
import { isEnd } from '../prepare';
import type { Difference, MakeUp } from './make_up';
import type { ReadEvent } from './scorer';
import { measureEvent, type EventMeasure } from './surprisal';

/**
 * What is asked of a session, nats: what it costs in all; what its most surprising event costs; what its end costs, which is much when something
 * is still to come; and how far what it consists of, in whatever order, is from what any session consisted of.
 */
export const SESSION_STATISTICS = ['total', 'peak', 'end', 'make_up'] as const;
export type SessionStatistic = (typeof SESSION_STATISTICS)[number];

export interface SessionMeasure {
  statistics: Record<SessionStatistic, number>;
  /** Of each of its events, the end the last of them. */
  events: readonly EventMeasure[];
  differences: readonly Difference[];
}

/**
 * Measures a whole session, its end included. By what was learned alone: what other sessions brought since is none of its business, and nothing
 * about it hangs on the order in which sessions are scored.
 */
export function measureSession(read: readonly ReadEvent[], makeUp: MakeUp, codec: Codec): SessionMeasure {
  const events = read.map(({ encoded, logProbabilities }) => measureEvent(encoded, logProbabilities));
  const totals = events.map(({ total }) => total);
  const end = read.findIndex(({ prepared }) => isEnd(prepared));
  const { distance, differences } = makeUp.compare(read, codec);
  return {
    statistics: { total: totals.reduce((sum, total) => sum + total, 0), peak: Math.max(...totals), end: end < 0 ? 0 : totals[end], make_up: distance },
    events,
    differences,
  };
}
