import type { Client } from '@elastic/elasticsearch';
import { LyrebirdError } from '../../common';

/** Where the events to learn from end and those to score begin. */
export interface Split {
  /** ISO 8601; undefined: there is no time that parts them, so all events are both learned and scored. */
  at?: string;
  train: number;
  score: number;
}

/**
 * Parts an index's events by time: the share `train` first, the newest rest last.
 * @throws LyrebirdError LYREBIRD_NO_EVENTS
 */
export async function splitByTime(client: Client, index: string, train: number): Promise<Split> {
  const percent = train * 100;
  const answer = await client.search({ index, size: 0, track_total_hits: true, aggs: { cut: { percentiles: { field: '@timestamp', percents: [percent], keyed: false } } } });
  const total = typeof answer.hits.total === 'number' ? answer.hits.total : (answer.hits.total?.value ?? 0);
  if (total === 0) throw new LyrebirdError('LYREBIRD_NO_EVENTS', `${index} holds no events.`, 'Check that the logs were loaded.');
  const values = (answer.aggregations?.cut as { values: { key: number; value: number | null }[] }).values;
  return splitAt(client, index, new Date(Math.round(values[0].value ?? 0)).toISOString(), total);
}

/** The split at a given time, with its counts. */
export async function splitAt(client: Client, index: string, at: string, total?: number): Promise<Split> {
  const all = total ?? (await client.count({ index })).count;
  const { count } = await client.count({ index, query: { range: { '@timestamp': { lt: at } } } });
  return count === 0 || count === all ? { train: all, score: all } : { at, train: count, score: all - count };
}
