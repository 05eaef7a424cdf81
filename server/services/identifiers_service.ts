import type { Client } from '@elastic/elasticsearch';
import { LyrebirdError, type IdentifierFields, type LogEvent, type ModelCard, type Reveal, type Revealed, type Source } from '../../common';
import { suggestIdentifiers, SURE, type EventPseudonymiser } from '../../common/pseudonyms';
import { callElasticsearch } from '../elasticsearch';
import type { ModelPseudonyms } from '../pseudonyms';
import type { PointInTime } from './point_in_time';
import { readEvents, type ReadOptions } from './read_events';
import { findTimeField, sourceQuery } from './time_field';

/** Events looked at for a suggestion, taken at random. */
const SAMPLE = 500;
/** Of the identifiers alone, many fit into an answer. */
const COLLECT_PAGE = 5_000;

/** Which fields of the source seem to hold identifiers. The sample is read as the current user. */
export async function suggestIdentifierFields(client: Client, source: Source, signal?: AbortSignal): Promise<IdentifierFields> {
  const timeField = source.from || source.to ? await findTimeField(client, source, signal) : undefined;
  const query = { function_score: { query: sourceQuery(source, timeField), random_score: {}, boost_mode: 'replace' as const } };
  const answer = await callElasticsearch((transport) => client.search<LogEvent>({ index: source.index, size: SAMPLE, query, track_total_hits: false }, transport), {
    doing: `read a sample of "${source.index}"`,
    signal,
  });
  const sample = answer.hits.hits.flatMap(({ _source }) => (_source ? [_source] : []));
  return { sampled: sample.length, fields: suggestIdentifiers(sample).map((found) => ({ ...found, chosen: found.confidence >= SURE })) };
}

/**
 * Reads the chosen fields of all events, so that a mention is recognised also where it comes before the event that it names. With a limit
 * on events which ones will be read later is not known: all are looked at.
 */
export async function collectIdentifiers(
  pseudonymiser: EventPseudonymiser,
  reading: Omit<ReadOptions, 'order' | 'maxEvents' | 'fields'> & { view: PointInTime; slices: number },
  onProgress: (share: number) => void = () => undefined
): Promise<void> {
  let read = 0;
  const pages = readEvents({
    ...reading,
    pageSize: Math.max(reading.pageSize, COLLECT_PAGE),
    order: { kind: 'fast', slices: reading.slices },
    maxEvents: Infinity,
    fields: pseudonymiser.fields,
  });
  for await (const { hits, total } of pages) {
    for (const { _source } of hits) pseudonymiser.collect(_source as LogEvent);
    read += hits.length;
    onProgress(Math.min(1, read / total));
  }
}

/** Maps values of a model's events back. The caller has made sure that the user may. */
export async function revealValues(pseudonyms: ModelPseudonyms, client: Client, card: ModelCard, { values }: Reveal, signal?: AbortSignal): Promise<Revealed> {
  if (card.options.pseudonymised === undefined) {
    throw new LyrebirdError('LYREBIRD_BAD_REQUEST', `Model "${card.id}" has learned its logs as they were, without pseudonyms.`, 'There is nothing to map back.');
  }
  const pseudonymiser = await pseudonyms.toReveal(client, card, signal);
  return { values: values.map(({ field, value }) => (field === undefined ? pseudonymiser.pseudonyms.reveal(value) : pseudonymiser.revealValue(field, value))) };
}
