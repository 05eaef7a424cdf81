import type { Client, estypes } from '@elastic/elasticsearch';
import { LyrebirdError, type Source } from '../../common';
import type { RetryPolicy } from '../elasticsearch';
import { PointInTime, type SearchHit, type SortValues } from './point_in_time';
import { findTimeField, noTimeField, sourceQuery, type TimeField } from './time_field';

export interface ReadOptions {
  /** The current user's: it reads what the user may read. */
  client: Client;
  source: Source;
  pageSize: number;
  /** Stop after this many events. */
  maxEvents: number;
  /** `fast`: slices side by side, in no order. `time`: one after the other, oldest first. */
  order: { kind: 'fast'; slices: number } | { kind: 'time'; after?: SortValues };
  signal?: AbortSignal;
  policy?: RetryPolicy;
  /** Reads from this view, which stays open: several readings of the same events. */
  view?: PointInTime;
  /** Dotted paths to read, instead of all of each event. */
  fields?: readonly string[];
}

export interface EventPage {
  hits: SearchHit[];
  /** Events that the source has in all (in time order: after where reading starts). */
  total: number;
  /** Shards that did not answer for this page: their events are missing. */
  failedShards: number;
}

/**
 * Pages of the source's events, read no faster than they are taken. In time order, ties are broken by index and sequence
 * number, which no merge or restart changes, so reading can go on after any hit's `sort` in another point in time; events
 * without a time are not read. Throws LYREBIRD_NOT_FOUND, LYREBIRD_FORBIDDEN, LYREBIRD_NO_EVENTS, LYREBIRD_NO_TIME_FIELD,
 * LYREBIRD_INDEX_GONE (deleted half way) or LYREBIRD_ELASTICSEARCH_UNAVAILABLE (after patient retries).
 */
export async function* readEvents(options: ReadOptions): AsyncGenerator<EventPage> {
  const { client, source, signal, policy, order } = options;
  const timeField = await findTimeField(client, source, signal);
  const plan = planReading(options, timeField);
  const pit = options.view ?? (await PointInTime.open({ client, index: source.index, signal, policy }));
  try {
    const total = await pit.count(plan.countQuery);
    if (total === 0) {
      if (order.kind === 'time' && order.after) return;
      throw noEvents(source, timeField);
    }
    let left = options.maxEvents;
    for await (const page of mergePages(plan.slices.map((slice) => readSlice(pit, options, plan, slice)))) {
      const hits = page.hits.slice(0, left);
      left -= hits.length;
      yield { hits, total, failedShards: page.failedShards };
      if (left <= 0) return;
    }
  } finally {
    if (options.view === undefined) await pit.close();
  }
}

interface ReadingPlan {
  query: estypes.QueryDslQueryContainer;
  countQuery: estypes.QueryDslQueryContainer;
  sort: estypes.Sort;
  slices: Array<{ id: number; max: number } | undefined>;
}

function planReading({ source, order }: ReadOptions, timeField: TimeField | undefined): ReadingPlan {
  const query = sourceQuery(source, timeField);
  if (order.kind === 'fast') {
    const { slices: max } = order;
    return { query, countQuery: query, sort: [{ _shard_doc: 'asc' }], slices: max > 1 ? Array.from({ length: max }, (_, id) => ({ id, max })) : [undefined] };
  }
  if (!timeField) throw noTimeField(source);
  const timed = { bool: { filter: [query, { exists: { field: timeField.name } }] } };
  // As milliseconds: nanoseconds since 1970 do not fit a JavaScript number.
  const byTime = { [timeField.name]: { order: 'asc' as const, ...(timeField.type === 'date' ? { numeric_type: 'date' as const } : {}) } };
  const since = order.after ? { range: { [timeField.name]: { gte: order.after[0], ...(timeField.type === 'date' ? { format: 'epoch_millis' } : {}) } } } : undefined;
  const countQuery = since ? { bool: { filter: [timed, since as estypes.QueryDslQueryContainer] } } : timed;
  return { query: timed, countQuery, sort: [byTime, { _index: 'asc' }, { _seq_no: 'asc' }], slices: [undefined] };
}

async function* readSlice(pit: PointInTime, options: ReadOptions, plan: ReadingPlan, slice: { id: number; max: number } | undefined) {
  let after = options.order.kind === 'time' ? options.order.after : undefined;
  for (;;) {
    const page = await pit.page({ query: plan.query, sort: plan.sort, size: options.pageSize, after, slice, fields: options.fields });
    if (page.hits.length === 0) {
      if (page.failedShards > 0) yield page;
      return;
    }
    after = page.hits[page.hits.length - 1].sort;
    yield page;
  }
}

/** Yields from whichever has its next value first; each is asked for one value ahead. */
async function* mergePages<T>(sources: Array<AsyncGenerator<T>>): AsyncGenerator<T> {
  type Next = { source: AsyncGenerator<T>; result: IteratorResult<T> };
  const ask = (source: AsyncGenerator<T>): Promise<Next> => {
    const next = source.next().then((result) => ({ source, result }));
    // It may fail before anybody waits for it, while the page before is at work; unhandled, that would end the whole server.
    next.catch(() => undefined);
    return next;
  };
  const pending = new Map(sources.map((source) => [source, ask(source)]));
  try {
    while (pending.size > 0) {
      const { source, result } = await Promise.race(pending.values());
      if (result.done) {
        pending.delete(source);
        continue;
      }
      pending.set(source, ask(source));
      yield result.value;
    }
  } finally {
    // A page that is still on its way must not outlive the point in time.
    await Promise.allSettled(pending.values());
  }
}

function noEvents(source: Source, timeField: TimeField | undefined): LyrebirdError {
  const range = source.from || source.to ? ` from ${source.from ?? 'the beginning'} to ${source.to ?? 'now'}` : '';
  return new LyrebirdError(
    'LYREBIRD_NO_EVENTS',
    `"${source.index}" has no events${range}${source.query ? ' that match the query' : ''}.`,
    range ? `Widen the time range (it is on the field "${timeField?.name}").` : 'Choose an index that has events, or loosen the query.'
  );
}
