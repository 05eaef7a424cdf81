import type { Client, estypes } from '@elastic/elasticsearch';
import { ANOMALIES_INDEX_PREFIX, DEFAULT_ENTITY_FIELDS, DEFAULT_TIME_FIELDS, JOBS_INDEX, RULES_INDEX, type Fields, type Sources } from '../../common';
import { callElasticsearch, statusOf } from '../elasticsearch';

const MAX_BACKING_INDICES = 10_000;
const ENTITY_WORDS = /user|account|principal|actor|host|client|identity|upn|login|email/i;
const ENTITY_TYPES = new Set(['keyword', 'constant_keyword', 'wildcard', 'ip']);

const isOwn = (name: string) => name.startsWith('.') || name.startsWith(ANOMALIES_INDEX_PREFIX) || name === JOBS_INDEX || name === RULES_INDEX;

/** Data streams, aliases and indices that the user can read, those with the newest events first. */
export async function listSources(client: Client): Promise<Sources> {
  const found = await callElasticsearch((transport) => client.indices.resolveIndex({ name: '*', expand_wildcards: ['open'] }, transport), {
    doing: 'list the indices',
  });
  const activity = await indexActivity(client);
  const sum = (names: string[]) => {
    let documents: number | undefined;
    let newest = 0;
    for (const name of names) {
      const known = activity.get(name);
      if (!known) continue;
      documents = (documents ?? 0) + known.documents;
      newest = Math.max(newest, known.newest);
    }
    return { documents: documents ?? (activity.size > 0 ? 0 : undefined), newest };
  };
  const list = (value: string | string[]) => (Array.isArray(value) ? value : [value]);
  const sources = [
    ...found.data_streams.map(({ name, backing_indices }) => ({ name, kind: 'data_stream' as const, ...sum(list(backing_indices)) })),
    ...found.aliases.map(({ name, indices }) => ({ name, kind: 'alias' as const, ...sum(list(indices)) })),
    // Backing indices are read through their data stream.
    ...found.indices.filter(({ data_stream }) => !data_stream).map(({ name }) => ({ name, kind: 'index' as const, ...sum([name]) })),
  ].filter(({ name }) => !isOwn(name));
  sources.sort((a, b) => b.newest - a.newest || a.name.localeCompare(b.name));
  return { sources: sources.map(({ name, kind, documents }) => ({ name, kind, ...(documents === undefined ? {} : { documents }) })) };
}

/** Documents and newest event per index, in one search. */
async function indexActivity(client: Client): Promise<Map<string, { documents: number; newest: number }>> {
  const ask = (withTime: boolean) =>
    callElasticsearch(
      (transport) =>
        client.search<unknown, { indices: estypes.AggregationsStringTermsAggregate }>(
          {
            index: '*',
            size: 0,
            track_total_hits: false,
            aggs: {
              indices: {
                terms: { field: '_index', size: MAX_BACKING_INDICES },
                ...(withTime ? { aggs: { newest: { max: { field: '@timestamp' } } } } : {}),
              },
            },
          },
          transport
        ),
      { doing: 'count the documents of the indices' }
    );
  let answer;
  try {
    answer = await ask(true);
  } catch (error) {
    // Some index maps @timestamp as text: no order by time then.
    if (statusOf((error as Error).cause) !== 400) throw error;
    answer = await ask(false);
  }
  const buckets = (answer.aggregations?.indices.buckets ?? []) as Array<{ key: string; doc_count: number; newest?: { value: number | null } }>;
  return new Map(buckets.map(({ key, doc_count, newest }) => [key, { documents: doc_count, newest: newest?.value ?? 0 }]));
}

/** What there is to choose from in an index pattern. LYREBIRD_NOT_FOUND when no index has the name. */
export async function describeFields(client: Client, index: string): Promise<Fields> {
  const caps = await callElasticsearch(
    (transport) => client.fieldCaps({ index, fields: '*', filters: '-metadata,-parent', allow_no_indices: false }, transport),
    { doing: `read the fields of "${index}"` }
  );
  const fields = Object.entries(caps.fields)
    .filter(([, types]) => Object.values(types).every((type) => !type.metadata_field))
    .map(([name, types]) => ({ name, type: Object.keys(types).find((type) => type !== 'unmapped') ?? 'unmapped' }))
    .sort((a, b) => a.name.localeCompare(b.name));
  const dates = fields.filter(({ type }) => type === 'date' || type === 'date_nanos').map(({ name }) => name);
  const entities = fields.filter(({ type }) => ENTITY_TYPES.has(type)).map(({ name }) => name);
  const time_fields = firstOnes(dates, DEFAULT_TIME_FIELDS);
  const likely = firstOnes(entities, DEFAULT_ENTITY_FIELDS);
  const known = new Set<string>(DEFAULT_ENTITY_FIELDS);
  const rank = (name: string) => (known.has(name) ? 0 : ENTITY_WORDS.test(name) ? 1 : 2);
  const [timeField] = time_fields;
  const answer = await callElasticsearch(
    (transport) =>
      client.search<unknown, Record<'from' | 'to', { value: number | null }>>(
        {
          index,
          size: 0,
          track_total_hits: true,
          ...(timeField ? { aggs: { from: { min: { field: timeField } }, to: { max: { field: timeField } } } } : {}),
        },
        transport
      ),
    { doing: `count the events of "${index}"` }
  );
  const total = answer.hits.total;
  const from = answer.aggregations?.from.value;
  const to = answer.aggregations?.to.value;
  return {
    documents: typeof total === 'number' ? total : (total?.value ?? 0),
    time_fields,
    // A stable sort keeps the order of preference within the first rank.
    entity_fields: likely.sort((a, b) => rank(a) - rank(b)),
    fields,
    ...(typeof from === 'number' && typeof to === 'number' ? { time_range: { from: new Date(from).toISOString(), to: new Date(to).toISOString() } } : {}),
  };
}

/** The names, those of the list first and in its order. */
function firstOnes(names: string[], preferred: readonly string[]): string[] {
  const first = preferred.filter((name) => names.includes(name));
  return [...first, ...names.filter((name) => !first.includes(name))];
}
