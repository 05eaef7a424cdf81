import { LyrebirdError } from '../../../common';
import { callElasticsearch } from '../../elasticsearch';
import type { SearchHit } from '../point_in_time';
import { readEvents } from '../read_events';
import type { Scoring } from '../score_service';
import { sourceQuery, type TimeField } from '../time_field';
import { isAfter } from './look';
import { timeOf, type ScoringResults } from './scoring_results';
import type { ScoringSession } from './scoring_session';
import type { SeenEvents } from './seen_events';

interface Delayed {
  results: ScoringResults;
  session: ScoringSession;
  timeField: TimeField;
  /** Everything before this time, ms, was read in order. */
  end: number;
}

/** Numbers of events at which a slot was looked through without finding a late one: others were deleted, or counted twice. */
const lookedThrough = new WeakMap<SeenEvents, Map<number, number>>();

/**
 * Compares how many events there are now with how many were scored, slot by slot. Where there are others, those that came late are
 * scored; of times that are not remembered event by event any more, what is new is counted as missed.
 */
export async function scoreDelayed(scoring: Scoring, delayed: Delayed): Promise<{ missed: number }> {
  const { results, end } = delayed;
  const seen = results.seen!;
  const checked = lookedThrough.get(seen) ?? new Map<number, number>();
  lookedThrough.set(seen, checked);
  const slots = await countBySlot(scoring, delayed, seen);
  let open: { from: number; to: number } | undefined;
  const flush = async () => {
    if (open) await scoreLate(scoring, delayed, seen, open);
    open = undefined;
  };
  for (const [start, events] of slots) {
    if (start < seen.rememberedFrom || events === seen.countOf(start) || events === checked.get(start)) continue;
    checked.set(start, events);
    const to = Math.min(start + seen.slotMs, end);
    if (open?.to === start) open.to = to;
    else {
      await flush();
      open = { from: start, to };
    }
  }
  await flush();
  for (const start of checked.keys()) if (start < seen.rememberedFrom) checked.delete(start);
  // Last, for it is stored with what the caller makes of it; late events store what is known by then.
  return { missed: slots.reduce((sum, [start, events]) => (start < seen.rememberedFrom ? sum + seen.missed(start, events) : sum), 0) };
}

async function countBySlot({ job, source }: Scoring, { timeField, end }: Delayed, seen: SeenEvents): Promise<Array<[start: number, events: number]>> {
  const range = rangeOf(source.from, seen.since, end);
  if (!range) return [];
  const answer = await callElasticsearch(
    (transport) =>
      job.client.search<unknown, { slots: { buckets: Array<{ key: number; doc_count: number }> } }>(
        {
          index: source.index,
          size: 0,
          track_total_hits: false,
          query: sourceQuery({ ...source, ...range }, timeField),
          aggs: { slots: { date_histogram: { field: timeField.name, fixed_interval: `${seen.slotMs / 1000}s`, min_doc_count: 1 } } },
        },
        transport
      ),
    { doing: `look for late events in "${source.index}"`, signal: job.signal }
  );
  return (answer.aggregations?.slots.buckets ?? []).map(({ key, doc_count }) => [key, doc_count]);
}

async function scoreLate({ context, job, card, source, pseudonymiser }: Scoring, { results, session }: Delayed, seen: SeenEvents, { from, to }: { from: number; to: number }): Promise<void> {
  const { limits, pseudonyms } = context;
  const range = rangeOf(source.from, from, to);
  if (!range) return;
  const pages = readEvents({
    client: job.client,
    source: { ...source, ...range },
    pageSize: Math.min(limits.pageSize, limits.scoreBatch),
    maxEvents: Infinity,
    order: { kind: 'time' },
    signal: job.signal,
  });
  try {
    for await (const { hits } of pages) {
      const { cursor } = results;
      // What has come after the newest event meanwhile is not late: the next look reads it in order.
      const late: SearchHit[] = hits.filter((hit) => !seen.has(hit, timeOf(hit)) && cursor !== undefined && !isAfter(hit.sort, cursor));
      if (late.length === 0) continue;
      if (pseudonymiser) {
        const known = pseudonymiser.collected().length;
        for (const { _source } of late) pseudonymiser.collect(_source as Parameters<typeof pseudonymiser.collect>[0]);
        await pseudonyms.keep(job.client, card.id, pseudonymiser, known, job.signal);
      }
      const datafeed = job.job.datafeed!;
      await results.take(session, late, {
        late: true,
        pseudonymiser,
        progress: () => ({ progress: job.job.progress, datafeed: { ...datafeed, late_documents: datafeed.late_documents + late.length } }),
      });
    }
  } catch (error) {
    // They were deleted between counting and reading.
    if (!(error instanceof LyrebirdError) || error.code !== 'LYREBIRD_NO_EVENTS') throw error;
  }
}

/** The part of a range that the source has, too. */
function rangeOf(sourceFrom: string | undefined, from: number, to: number): { from: string; to: string } | undefined {
  const start = Math.max(from, sourceFrom === undefined ? -Infinity : Date.parse(sourceFrom));
  return start < to ? { from: new Date(start).toISOString(), to: new Date(to).toISOString() } : undefined;
}
