import type { Client, estypes } from '@elastic/elasticsearch';

const USERS = ['ada@example.com', 'bob@example.com', 'cyd@example.com'];
const TEN_MINUTES = 600_000;

const MAPPINGS: estypes.MappingTypeMapping = {
  properties: {
    '@timestamp': { type: 'date' },
    event: { properties: { dataset: { type: 'keyword' }, action: { type: 'keyword' }, outcome: { type: 'keyword' } } },
    user: { properties: { name: { type: 'keyword' } } },
    source: { properties: { ip: { type: 'ip' } } },
  },
};

/** A small organisation's sign-ins from 2026 on, one every ten minutes unless `every` (milliseconds) says otherwise, every fourth of them a `last`, with the ids `e0`, `e1`, …. */
export async function fillSignIns(client: Client, index: string, events: number, dataset = index, { dataStream = false, every = TEN_MINUTES, last = 'sign-out' } = {}): Promise<void> {
  if (dataStream) await client.indices.putIndexTemplate({ name: index, index_patterns: [index], data_stream: {}, priority: 500, template: { mappings: MAPPINGS } });
  else await client.indices.create({ index, mappings: MAPPINGS });
  if (events === 0) return;
  const operations = Array.from({ length: events }, (_, n) => [
    { create: { _index: index, _id: `e${n}` } },
    {
      '@timestamp': new Date(Date.UTC(2026, 0, 1) + n * every).toISOString(),
      event: { dataset, action: n % 4 ? 'sign-in' : last, outcome: n % 50 ? 'success' : 'failure' },
      user: { name: USERS[n % USERS.length] },
      source: { ip: `192.0.2.${n % USERS.length}` },
    },
  ]).flat();
  const { errors } = await client.bulk({ operations, refresh: true });
  if (errors) throw new Error('the events could not be indexed');
}

/** Adds sign-ins with these ids at these times, ms since the epoch. */
export async function addSignIns(client: Client, index: string, signIns: Array<{ id: string; time: number }>, dataset = index): Promise<void> {
  const operations = signIns.flatMap(({ id, time }, n) => [
    { create: { _index: index, _id: id } },
    { '@timestamp': new Date(time).toISOString(), event: { dataset, action: 'sign-in', outcome: 'success' }, user: { name: USERS[n % USERS.length] }, source: { ip: `192.0.2.${n % USERS.length}` } },
  ]);
  const { errors } = await client.bulk({ operations, refresh: true });
  if (errors) throw new Error('the events could not be indexed');
}

/** Values of a field in an index, sorted; each document counts once. */
export async function valuesOf(client: Client, index: string, field: string, query: object = { match_all: {} }): Promise<Array<string | number>> {
  await client.indices.refresh({ index });
  const { hits } = await client.search({ index, size: 10_000, _source: false, fields: [field], query });
  return hits.hits.map((hit) => (hit.fields as Record<string, Array<string | number>>)[field][0]).sort((a, b) => (typeof a === 'number' ? a - Number(b) : a < String(b) ? -1 : 1));
}
