import { LyrebirdError, spanSeconds, toLyrebirdError, type Datafeed, type DatafeedState, type ErrorCode, type Source } from '../../../common';
import { pause } from '../../elasticsearch';
import { openResults, openSession, withIdentifiers, type Scoring } from '../score_service';
import { findTimeField, noTimeField, type TimeField } from '../time_field';
import { scoreDelayed } from './delayed_data';
import { look } from './look';
import type { BatchProgress, ScoringResults } from './scoring_results';
import type { ScoringSession } from './scoring_session';

/** What passes by itself, or is mended by others: the job waits for it. */
const PASSING: ReadonlySet<ErrorCode> = new Set([
  'LYREBIRD_ELASTICSEARCH_UNAVAILABLE',
  'LYREBIRD_NODE_UNAVAILABLE',
  'LYREBIRD_TOO_BUSY',
  'LYREBIRD_INDEX_GONE',
  'LYREBIRD_DISK_FULL',
  'LYREBIRD_CONFLICT',
]);
/** Longest wait after a failed look, ms: what was away is missed no longer than that. */
const RETRY_MS = 60_000;

const NOT_YET: DatafeedState = { real_time_running: false, behind: 0, late_documents: 0, missed_documents: 0 };

/** Where a look stands. */
interface Running {
  timeField: TimeField;
  results: ScoringResults;
  session: ScoringSession;
  /** The node has not been given the context yet. */
  isNew: boolean;
}

/**
 * Scores what comes in: looks every `frequency` for events older than `query_delay`, then for those that have arrived late. It ends
 * when its job is stopped, or once the source's `to` has passed. Where the cluster or the node is away it waits for them, and goes on
 * from its checkpoint.
 */
export async function runDatafeed(scoring: Scoring, datafeed: Datafeed): Promise<void> {
  const { job, source } = scoring;
  const { signal } = job;
  const frequency = spanSeconds(datafeed.frequency) * 1000;
  const last = source.to === undefined ? Infinity : Date.parse(source.to);
  job.update({ datafeed: { ...NOT_YET, ...job.job.datafeed, problem: undefined } });

  let running: Running | undefined;
  try {
    for (;;) {
      const begun = Date.now();
      const end = Math.min(begun - spanSeconds(datafeed.query_delay) * 1000, last);
      let wait = frequency;
      try {
        running ??= await begin(scoring);
        const caughtUp = await lookOnce(scoring, running, { end, begun });
        if (caughtUp && end >= last) break;
        if (!caughtUp) wait = 0;
      } catch (error) {
        const { code, message, hint } = toLyrebirdError(error);
        if (signal.aborted || !PASSING.has(code)) throw error;
        await running?.session.close();
        running = undefined;
        wait = Math.min(frequency, RETRY_MS);
        job.update({ datafeed: { ...stateOf(scoring), problem: { code, message, hint, since: job.job.datafeed?.problem?.since ?? new Date().toISOString() } } });
      }
      const next = Math.max(Date.now(), begun + wait);
      job.update({ stage: 'waiting', eta_seconds: undefined, datafeed: { ...stateOf(scoring), next_look_at: new Date(next).toISOString() } });
      await pause(next - Date.now(), signal);
    }
  } finally {
    await running?.session.close();
  }
}

const stateOf = ({ job }: Scoring): DatafeedState => job.job.datafeed ?? NOT_YET;

async function begin(scoring: Scoring): Promise<Running> {
  const { job, source } = scoring;
  const timeField = await findTimeField(job.client, source, job.signal);
  if (timeField?.type !== 'date') throw timeField ? notADate(source, timeField) : noTimeField(source);
  const results = await openResults(scoring);
  job.update({ target_index: results.index });
  return { timeField, results, session: openSession(scoring, results), isNew: true };
}

/** Returns whether everything before `end` is scored. */
async function lookOnce(scoring: Scoring, running: Running, { end, begun }: { end: number; begun: number }): Promise<boolean> {
  const { context, job, pseudonymiser } = scoring;
  const { results, session, timeField } = running;
  const { seen } = results;
  const source = { ...scoring.source, to: new Date(end).toISOString() };
  job.update({ stage: 'scoring' });
  const looked = (patch: Partial<DatafeedState>): DatafeedState => ({ ...stateOf(scoring), last_look_at: new Date(begun).toISOString(), ...patch });
  const progress = (done: number, found: number): BatchProgress => {
    const caughtUp = stateOf(scoring).real_time_running;
    const seconds = (Date.now() - begun) / 1000;
    return {
      datafeed: looked({ behind: Math.max(0, found - done) }),
      ...(caughtUp ? { progress: 1 } : { progress: Math.min(1, done / found), eta_seconds: Math.round((seconds / done) * Math.max(0, found - done)) }),
    };
  };
  seen?.moveTo(end);
  const { cursor } = results;
  // Pseudonyms are looked for in what is new; what was read before has them already.
  const fresh = cursor === undefined ? source : { ...source, from: new Date(Number(cursor[0])).toISOString() };
  let caughtUp = true;
  try {
    caughtUp = await withIdentifiers(scoring, fresh, (view) =>
      look({ job, limits: context.limits, results, session, source, view, pseudonymiser, warmUp: running.isNew, whole: true, progress })
    );
    running.isNew = false;
  } catch (error) {
    if (!(error instanceof LyrebirdError) || error.code !== 'LYREBIRD_NO_EVENTS') throw error;
  }
  const delayed = caughtUp && seen ? await scoreDelayed(scoring, { results, session, timeField, end }) : { missed: 0 };
  const { late_documents, missed_documents } = stateOf(scoring);
  await results.save({
    progress: caughtUp ? 1 : job.job.progress,
    datafeed: looked({
      real_time_running: caughtUp || stateOf(scoring).real_time_running,
      behind: 0,
      search_interval_end: caughtUp ? source.to : stateOf(scoring).search_interval_end,
      missed_documents: missed_documents + delayed.missed,
      late_documents,
      problem: undefined,
    }),
  });
  await results.refresh();
  return caughtUp;
}

function notADate(source: Source, { name, type }: TimeField): LyrebirdError {
  return new LyrebirdError('LYREBIRD_NO_TIME_FIELD', `The time field "${name}" of "${source.index}" is mapped as ${type}: what is new cannot be told by it.`, 'Name a field that is mapped as a date (time_field), or score once, without a datafeed.');
}
