import { LyrebirdError, Tail, type TailJson } from '../../common';
import { SESSION_STATISTICS, type SessionMeasure, type SessionStatistic } from './session_measure';

const VERSION = 1;
/** Parts of the held-out sessions of which each is judged by the others. */
const FOLDS = 4;
/** Fewer sessions are not split. */
const MIN_SPLIT = 40;

type Parts = Record<SessionStatistic, number>;
type Tails = Record<SessionStatistic, Tail>;

export interface SessionJudgement {
  /** -ln of the share of held-out normal sessions at least as surprising. */
  surprise: number;
  /** The same of each of the statistics that it is made of. */
  parts: Parts;
}

export interface SessionCalibrationJson {
  version: number;
  sessions: number;
  parts: Record<SessionStatistic, TailJson>;
  combined: TailJson;
}

/**
 * What is normal for a session, from held-out ones that the model was not trained on. Each statistic goes through its empirical upper tail. A session
 * is as odd as the oddest thing about it: the rarest of them goes through a tail of its own, fitted on sessions that the tails of the statistics
 * have not seen (each quarter judged by the others): in sample they would look less surprising than the next session will. A sum would ask of
 * every odd session that it be odd in all respects; one that ends too early is not.
 */
export class SessionCalibration {
  private constructor(
    readonly sessions: number,
    private readonly parts: Tails,
    private readonly combined: Tail
  ) {}

  static fit(measures: readonly SessionMeasure[]): SessionCalibration {
    const folds = measures.length < MIN_SPLIT ? 1 : FOLDS;
    const rarest: number[] = [];
    for (let fold = 0; fold < folds; fold++) {
      const tails = fitTails(folds === 1 ? measures : measures.filter((_, i) => i % folds !== fold));
      for (const measure of measures.filter((_, i) => i % folds === fold)) rarest.push(rarestOf(judgeParts(tails, measure)));
    }
    return new SessionCalibration(measures.length, fitTails(measures), Tail.fit(rarest));
  }

  judge(measure: SessionMeasure): SessionJudgement {
    const parts = judgeParts(this.parts, measure);
    return { surprise: this.combined.surprise(rarestOf(parts)), parts };
  }

  toJSON(): SessionCalibrationJson {
    return { version: VERSION, sessions: this.sessions, parts: byStatistic((name) => this.parts[name].toJSON()), combined: this.combined.toJSON() };
  }

  /** @throws LYREBIRD_CORRUPT for one of another version */
  static fromJSON({ version, sessions, parts, combined }: SessionCalibrationJson): SessionCalibration {
    if (version !== VERSION) {
      throw new LyrebirdError('LYREBIRD_CORRUPT', `The model's calibration of sessions has version ${version}, expected ${VERSION}.`, 'Train the model again.');
    }
    return new SessionCalibration(sessions, byStatistic((name) => Tail.fromJSON(parts[name])), Tail.fromJSON(combined));
  }
}

const byStatistic = <T>(of: (name: SessionStatistic) => T): Record<SessionStatistic, T> =>
  Object.fromEntries(SESSION_STATISTICS.map((name) => [name, of(name)])) as Record<SessionStatistic, T>;
const fitTails = (measures: readonly SessionMeasure[]): Tails => byStatistic((name) => Tail.fit(measures.map(({ statistics }) => statistics[name])));
const judgeParts = (tails: Tails, { statistics }: SessionMeasure): Parts => byStatistic((name) => tails[name].surprise(statistics[name]));
const rarestOf = (parts: Parts): number => Math.max(...SESSION_STATISTICS.map((name) => parts[name]));
