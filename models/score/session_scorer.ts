import type { FieldSurprisal } from '../../common';
import type { Codec, PreparedEvent } from '../codec/types';
import type { GptConfig, ScoringSession } from '../gpt/types';
import { isEnd, withEnd, type EventFields } from '../prepare';
import { shown } from './explain';
import { StreamScorer, type Explained, type ReadEvent } from './scorer';
import type { Difference, MakeUp } from './make_up';
import type { SessionCalibration } from './session_calibration';
import { measureSession, SESSION_STATISTICS, type SessionMeasure, type SessionStatistic } from './session_measure';
import type { EventMeasure } from './surprisal';
import type { TopField } from './top_fields';

/** Sessions read at once have about so many events. */
const BATCH_EVENTS = 2_000;
/** As for events: the rest is explained only with what it was. */
const EXPLAIN_FROM_SCORE = 90;

/** A session with its score, and what carried it. */
export interface ScoredSession {
  /** The entity: the session's id. */
  session: string;
  /** ISO 8601. */
  from: string;
  to: string;
  events: number;
  /** 0-100: the share of held-out normal sessions that score lower, in percent. */
  score: number;
  /** Share of held-out normal sessions that are at least as surprising. */
  probability: number;
  /** All its events and its end, nats. */
  surprisal: number;
  /** What the score is made of: each with the share of held-out normal sessions that have as much of it. */
  statistics: Record<SessionStatistic, { nats: number; probability: number }>;
  /** The events that surprised most, the first of them first; the session's end may be among them. */
  top_events: ScoredSessionEvent[];
  /** Of what it has more or less than the learned session that it is nearest to, the oddest first. */
  make_up: Difference[];
}

export interface ScoredSessionEvent {
  /** Place in the session, 0-based; the end comes after the last event. */
  place: number;
  timestamp: string;
  /** `@end` for the session's end. */
  log_type: string;
  surprisal: number;
  top_fields: FieldSurprisal[];
}

export interface SessionScorerOptions {
  codec: Codec;
  session: ScoringSession;
  config: GptConfig;
  fields: EventFields;
  makeUp: MakeUp;
  calibration: SessionCalibration;
  topEvents: number;
  topFields: number;
}

/** Scores whole sessions, each by itself. */
export class SessionScorer {
  constructor(private readonly options: SessionScorerOptions) {}

  /** Sessions, each in time order and with at least one event; scored in the order given. */
  async score(sessions: ReadonlyArray<readonly PreparedEvent[]>): Promise<ScoredSession[]> {
    const scored: ScoredSession[] = [];
    let batch: PreparedEvent[][] = [];
    let size = 0;
    for (const session of sessions) {
      batch.push(withEnd(session));
      size += session.length;
      if (size < BATCH_EVENTS) continue;
      scored.push(...(await this.scoreBatch(batch)));
      [batch, size] = [[], 0];
    }
    if (batch.length > 0) scored.push(...(await this.scoreBatch(batch)));
    return scored;
  }

  private async scoreBatch(sessions: ReadonlyArray<readonly PreparedEvent[]>): Promise<ScoredSession[]> {
    const { codec, session, config, fields } = this.options;
    const scored: ScoredSession[] = [];
    const explained: Explained[] = [];
    // A scorer of their own: what it keeps of them ends with them.
    const scorer = new StreamScorer({ codec, session, config, fields, topFields: 0 });
    await scorer.readPrepared(sessions.flat(), (read) => {
      let from = 0;
      for (const { length } of sessions) {
        scored.push(this.judge(read.slice(from, from + length), from, explained));
        from += length;
      }
      return explained;
    });
    await scorer.dispose();
    return scored;
  }

  /** `explained` is given the reasons of the events that carry a high score; they stand at `from` among all that are read. */
  private judge(read: readonly ReadEvent[], from: number, explained: Explained[]): ScoredSession {
    const measure = measureSession(read, this.options.makeUp, this.options.codec);
    const { surprise, parts } = this.options.calibration.judge(measure);
    const probability = Math.exp(-surprise);
    const score = 100 * (1 - probability);
    const first = read[0].prepared;
    const last = read[read.length - 1].prepared;
    const top_events = mostSurprising(measure, this.options.topEvents).map((place): ScoredSessionEvent => {
      const { time, logType } = read[place].prepared;
      const top = reasons(measure.events[place], this.options.topFields, isEnd(read[place].prepared));
      if (score >= EXPLAIN_FROM_SCORE) explained.push({ place: from + place, top });
      return { place, timestamp: new Date(time).toISOString(), log_type: logType, surprisal: measure.events[place].total, top_fields: top.map(({ surprisal }) => surprisal) };
    });
    return {
      session: first.entity,
      from: new Date(first.time).toISOString(),
      to: new Date(last.time).toISOString(),
      events: read.length - 1,
      score,
      probability,
      surprisal: measure.statistics.total,
      statistics: Object.fromEntries(SESSION_STATISTICS.map((name) => [name, { nats: measure.statistics[name], probability: Math.exp(-parts[name]) }])) as ScoredSession['statistics'],
      top_events,
      make_up: measure.differences.slice(0, this.options.topFields),
    };
  }
}

/** Places of the events that surprised most, as they came. */
function mostSurprising({ events }: SessionMeasure, count: number): number[] {
  return events
    .map(({ total }, place) => ({ total, place }))
    .sort((a, b) => b.total - a.total || a.place - b.place)
    .slice(0, count)
    .map(({ place }) => place)
    .sort((a, b) => a - b);
}

function reasons({ fields }: EventMeasure, count: number, end: boolean): TopField[] {
  return fields
    .filter(({ counted, path }) => counted && (!end || path === '@type'))
    .sort((a, b) => b.surprisal - a.surprisal)
    .slice(0, count)
    .map(({ path, actual, surprisal, reason, token }) => ({
      surprisal: { field: path, actual: shown(actual), surprisal, probability: Math.exp(-surprisal), reason, typical: [] },
      token,
    }));
}
