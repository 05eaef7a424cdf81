import type { estypes } from '@elastic/elasticsearch';
import type { ModelCard } from '../../common';
import { prepareTarget } from '../../server/services/target_index';
import { LOGS_INDEX } from '../../standalone/start/logs_index';
import { testElasticsearch, type TestElasticsearch } from '../support/elasticsearch';

let elasticsearch: TestElasticsearch;

beforeAll(async () => {
  elasticsearch = await testElasticsearch();
}, 180_000);

/** Documents of many log shapes: fields that are a text here, an object there, a date in some and words in others. */
const MIXED = [
  { eventTime: '2024-05-01T10:00:00Z', actor: 'ada', user: { name: 'ada' } },
  { eventTime: 'yesterday', actor: { email: 'bob@example.com' }, user: 'bob' },
  { 'actor.email': 'cyd@example.com', user: [{ name: 'cyd' }, { name: { first: 'c' } }], created_at: 1714557600 },
  { created_at: '01/05/2024', actor: null, user: [] },
];

const name = (text: string) => `${elasticsearch.prefix}${text}`;
const card = (...indices: string[]) => ({ indices }) as unknown as ModelCard;
const marked = { lyrebird: { synthetic: true, seed: 1, seq: 0, conditions: { temperature: 1, where: ['a=b'] } } };

async function create(index: string, request: Omit<estypes.IndicesCreateRequest, 'index'>): Promise<string> {
  await elasticsearch.client.indices.create({ index: name(index), ...request });
  return name(index);
}

async function refusals(index: string, documents: readonly object[]): Promise<unknown[]> {
  const { items } = await elasticsearch.client.bulk({ index, refresh: true, operations: documents.flatMap((document) => [{ create: {} }, document]) });
  return items.flatMap(({ create: result }) => result?.error ?? []);
}

const mappingOf = async (index: string) => (await elasticsearch.client.indices.getMapping({ index }))[index].mappings;
const syntheticIn = async (index: string) => (await elasticsearch.client.count({ index, query: { term: { 'lyrebird.synthetic': true } } })).count;

test('what the index learned from takes, the index written to takes', async () => {
  const source = await create('mixed', LOGS_INDEX);
  expect(await refusals(source, MIXED)).toEqual([]);
  await prepareTarget(elasticsearch.client, name('mixed-synthetic'), card(source), ['mixed']);
  expect(await refusals(name('mixed-synthetic'), MIXED.map((event) => ({ ...event, ...marked })).reverse())).toEqual([]);
  expect((await mappingOf(name('mixed-synthetic'))).properties).toMatchObject({ 'actor.email': { type: 'keyword' }, 'lyrebird.seq': { type: 'long' } });
  expect(await syntheticIn(name('mixed-synthetic'))).toBe(MIXED.length);
  // A second job writes into the same index.
  await prepareTarget(elasticsearch.client, name('mixed-synthetic'), card(source), ['mixed']);
});

test('an index with objects and one without go into one without', async () => {
  const nested = await create('nested', { mappings: { properties: { source: { properties: { ip: { type: 'ip' } } }, '@timestamp': { type: 'date' } } } });
  const flat = await create('flat', LOGS_INDEX);
  await prepareTarget(elasticsearch.client, name('both'), card(nested, flat), ['other']);
  const { properties, subobjects } = await mappingOf(name('both'));
  expect({ subobjects, ip: properties!['source.ip'] }).toEqual({ subobjects: false, ip: { type: 'ip' } });
});

test('one index takes the events of several log types, each with its own fields and a mapping that allows no others', async () => {
  const strict = (properties: estypes.MappingTypeMapping['properties']) => ({ mappings: { dynamic: 'strict' as const, properties } });
  const logins = await create('logins', strict({ '@timestamp': { type: 'date' }, user: { properties: { name: { type: 'keyword' } } } }));
  const calls = await create('calls', strict({ '@timestamp': { type: 'date' }, user: { properties: { id: { type: 'long' } } }, call: { properties: { name: { type: 'keyword' } } } }));
  const other = await create('unused', strict({ never: { type: 'keyword' } }));
  await prepareTarget(elasticsearch.client, name('together'), card(logins, calls, other), [logins, calls]);
  const events = [{ user: { name: 'ada' } }, { user: { id: 7 }, call: { name: 'GetObject' } }];
  expect(await refusals(name('together'), events.map((event) => ({ ...event, ...marked })))).toEqual([]);
  expect(await refusals(name('together'), [{ never: 'x' }])).toHaveLength(1);
  expect((await mappingOf(name('together'))).properties).toMatchObject({ user: { properties: { name: { type: 'keyword' }, id: { type: 'long' } } } });
});

test('an index that is there keeps its mapping and gets the marks of synthetic events', async () => {
  const target = await create('there', { mappings: { properties: { user: { properties: { name: { type: 'keyword' } } } } } });
  await prepareTarget(elasticsearch.client, target, card(), ['other']);
  expect(await refusals(target, [{ user: { name: 'ada' }, ...marked }])).toEqual([]);
  expect((await mappingOf(target)).properties).toMatchObject({ user: { properties: { name: { type: 'keyword' } } }, lyrebird: { properties: { synthetic: { type: 'boolean' } } } });
  expect(await syntheticIn(target)).toBe(1);
});
