import { Client } from '@elastic/elasticsearch';
import type { Source } from '../../common';
import { BulkWriter, changeDocuments } from '../../server/elasticsearch';
import { readEvents, type ReadOptions } from '../../server/services/read_events';
import { isAfter } from '../../server/services/scoring/look';
import { describeFields, listSources } from '../../server/services/sources_service';
import { testElasticsearch, type TestElasticsearch } from '../support/elasticsearch';
import { flakyProxy, type FlakyProxy } from './support/flaky_proxy';

const POLICY = { attempts: 4, firstDelayMs: 10, maxDelayMs: 40 };
const COUNT = 250;

let elasticsearch: TestElasticsearch;
let proxy: FlakyProxy;
let flaky: Client;
let index: string;

beforeAll(async () => {
  elasticsearch = await testElasticsearch();
  proxy = await flakyProxy(elasticsearch.url);
  flaky = new Client({ node: proxy.url });
  index = `${elasticsearch.prefix}events`;
  await fill(index);
}, 120_000);

afterEach(() => {
  proxy.fault = undefined;
  proxy.faults = 0;
});

afterAll(async () => {
  await flaky?.close();
  await proxy?.close();
});

async function fill(name: string): Promise<void> {
  await elasticsearch.client.indices.create({
    index: name,
    settings: { number_of_shards: 2 },
    mappings: { properties: { '@timestamp': { type: 'date' }, user: { properties: { name: { type: 'keyword' } } }, n: { type: 'long' } } },
  });
  // Ten events share each instant, so that ties need breaking.
  const operations = Array.from({ length: COUNT }, (_, n) => [
    { create: { _index: name, _id: String(n) } },
    { '@timestamp': new Date(Date.UTC(2026, 0, 1) + Math.floor((COUNT - 1 - n) / 10) * 60_000).toISOString(), user: { name: `u${n % 3}` }, n },
  ]).flat();
  const { errors } = await elasticsearch.client.bulk({ operations, refresh: true });
  expect(errors).toBe(false);
}

const read = (options: Partial<ReadOptions> & { source?: Source } = {}) =>
  readEvents({ client: flaky, source: { index }, pageSize: 40, maxEvents: 1e6, order: { kind: 'fast', slices: 2 }, policy: POLICY, ...options });

async function ids(options: Partial<ReadOptions> = {}): Promise<string[]> {
  const all: string[] = [];
  for await (const { hits } of read(options)) all.push(...hits.map(({ _id }) => _id));
  return all;
}
const everyId = Array.from({ length: COUNT }, (_, n) => String(n)).sort();

test('slices together give every event once', async () => {
  expect((await ids()).sort()).toEqual(everyId);
});

test('in time order, reading goes on after any event without losing or repeating one', async () => {
  const order = { kind: 'time' as const };
  const whole = await ids({ order });
  expect([...whole].sort()).toEqual(everyId);
  const first: string[] = [];
  let after;
  for await (const { hits } of read({ order, pageSize: 33 })) {
    first.push(...hits.map(({ _id }) => _id));
    after = hits[hits.length - 1].sort;
    if (first.length > 100) break;
  }
  // A merge renumbers the documents within their shards.
  await elasticsearch.client.indices.forcemerge({ index, max_num_segments: 1 });
  const rest = await ids({ order: { kind: 'time', after } });
  expect([...first, ...rest].sort()).toEqual(everyId);
});

test('the order of sort values is time, index, sequence number', () => {
  expect(isAfter([2, 'a', 1, 0], [1, 'b', 9, 0])).toBe(true);
  expect(isAfter([1, 'a', 2, 0], [1, 'a', 2, 7])).toBe(false);
  expect(isAfter([1, 'a', 1, 0], [1, 'b', 0, 0])).toBe(false);
});

test('a time range and a query narrow the events', async () => {
  const source = { index, query: { term: { 'user.name': 'u1' } }, from: '2026-01-01T00:00:00Z', to: '2026-01-01T00:01:00Z' };
  const found = await ids({ source });
  expect(found.sort()).toEqual(everyId.filter((id) => Number(id) >= COUNT - 10 && Number(id) % 3 === 1));
});

test.each([{ status: 429 }, { status: 503 }, 'cut' as const])('reading rides out %j', async (fault) => {
  let left = 3;
  proxy.fault = (request) => (request.url!.startsWith('/_search') && left-- > 0 ? fault : undefined);
  expect((await ids()).sort()).toEqual(everyId);
  expect(proxy.faults).toBe(3);
});

test('a cluster that stays busy is an error that says so', async () => {
  proxy.fault = (request) => (request.url!.startsWith('/_search') ? { status: 429 } : undefined);
  await expect(ids()).rejects.toMatchObject({ code: 'LYREBIRD_ELASTICSEARCH_UNAVAILABLE' });
  expect(proxy.faults).toBe(POLICY.attempts);
});

test('the point in time is closed even when reading stops early', async () => {
  let closed = 0;
  proxy.fault = (request) => {
    if (request.method === 'DELETE' && request.url!.startsWith('/_pit')) closed++;
    return undefined;
  };
  for await (const page of read()) if (page.hits.length > 0) break;
  expect(closed).toBe(1);
});

test('an index that is deleted half way, one that never was, and an empty range are told apart', async () => {
  const doomed = `${elasticsearch.prefix}doomed`;
  await fill(doomed);
  const half = (async () => {
    for await (const page of read({ source: { index: doomed }, pageSize: 10, order: { kind: 'time' } })) {
      if (page.hits.length > 0) await elasticsearch.client.indices.delete({ index: doomed }, { ignore: [404] });
    }
  })();
  await expect(half).rejects.toMatchObject({ code: 'LYREBIRD_INDEX_GONE' });
  await expect(ids({ source: { index: `${elasticsearch.prefix}never` } })).rejects.toMatchObject({ code: 'LYREBIRD_NOT_FOUND' });
  await expect(ids({ source: { index, from: '2030-01-01T00:00:00Z' } })).rejects.toMatchObject({ code: 'LYREBIRD_NO_EVENTS' });
  await expect(ids({ source: { index, time_field: 'nope', from: '2030-01-01T00:00:00Z' } })).rejects.toMatchObject({ code: 'LYREBIRD_NO_TIME_FIELD' });
});

test('pages shrink until large documents fit', async () => {
  const large = `${elasticsearch.prefix}large`;
  const text = 'x'.repeat(10 * 1024 * 1024);
  await elasticsearch.client.indices.create({ index: large, mappings: { properties: { text: { type: 'text', index: false } } } });
  for (let n = 0; n < 6; n++) await elasticsearch.client.index({ index: large, id: String(n), document: { text }, refresh: true });
  expect((await ids({ source: { index: large }, order: { kind: 'fast', slices: 1 } })).sort()).toEqual(['0', '1', '2', '3', '4', '5']);
});

describe('bulk writing', () => {
  const write = async (target: string, numbers: unknown[], maxBytes = 400) => {
    const writer = new BulkWriter({ client: flaky, maxBytes, policy: POLICY });
    for (const [id, n] of numbers.entries()) await writer.add({ type: 'create', index: target, id: String(id), document: { n } });
    await writer.flush();
    return writer;
  };

  test('a second run writes nothing twice', async () => {
    const target = `${elasticsearch.prefix}twice`;
    const numbers = Array.from({ length: 50 }, (_, n) => n);
    expect((await write(target, numbers.slice(0, 30))).counts).toMatchObject({ written: 30, duplicate: 0 });
    expect((await write(target, numbers)).counts).toMatchObject({ written: 20, duplicate: 30, refused: 0 });
    await elasticsearch.client.indices.refresh({ index: target });
    expect((await elasticsearch.client.count({ index: target })).count).toBe(50);
  });

  test('refused documents are counted by reason and stop nothing', async () => {
    const target = `${elasticsearch.prefix}refused`;
    await elasticsearch.client.indices.create({ index: target, mappings: { properties: { n: { type: 'long' } } } });
    const { counts, samples } = await write(target, [1, 'two', 3, 'four', { five: 5 }]);
    expect(counts).toMatchObject({ written: 2, refused: 3 });
    expect(counts.refusals['document_parsing_exception: failed to parse field [n] of type [long]']).toBeGreaterThanOrEqual(2);
    expect(JSON.stringify(counts.refusals)).not.toContain('four');
    expect(samples.map(({ id }) => id)).toEqual(['1', '3', '4']);
  });

  test('a cluster whose disks are full says so, and the next run writes the rest', async () => {
    const target = `${elasticsearch.prefix}full`;
    const block = (on: boolean) => elasticsearch.client.indices.putSettings({ index: target, settings: { 'index.blocks.read_only_allow_delete': on ? true : null } });
    await write(target, [0, 1]);
    // Elasticsearch looks every half minute whether it can lift the block, and here it always can.
    const whileFull = async (): Promise<unknown> => {
      await block(true);
      return write(target, [0, 1, 2, 3]).then(whileFull, (error: unknown) => error);
    };
    expect(await whileFull()).toMatchObject({ code: 'LYREBIRD_DISK_FULL', message: expect.stringContaining('flood-stage'), hint: expect.stringContaining('Free space') });
    await block(false);
    const { counts } = await write(target, [0, 1, 2, 3]);
    expect(counts.written + counts.duplicate).toBe(4);
    await elasticsearch.client.indices.refresh({ index: target });
    expect((await elasticsearch.client.count({ index: target })).count).toBe(4);
  });

  test('a busy cluster and a cut connection are ridden out', async () => {
    const target = `${elasticsearch.prefix}busy`;
    let left = 2;
    proxy.fault = (request) => (request.url!.startsWith('/_bulk') && left > 0 ? (left-- === 2 ? { status: 429 } : 'cut') : undefined);
    const { counts } = await write(target, [1, 2, 3], 1e6);
    expect(counts.written + counts.duplicate).toBe(3);
    expect(proxy.faults).toBe(2);
  });
});

test('sources and fields suggest what an event has', async () => {
  const { sources } = await listSources(elasticsearch.client);
  expect(sources).toContainEqual({ name: index, kind: 'index', documents: COUNT });
  const fields = await describeFields(elasticsearch.client, index);
  expect(fields).toMatchObject({ documents: COUNT, time_fields: ['@timestamp'], entity_fields: ['user.name'] });
  expect(fields.time_range).toEqual({ from: '2026-01-01T00:00:00.000Z', to: '2026-01-01T00:24:00.000Z' });
  await expect(describeFields(elasticsearch.client, `${elasticsearch.prefix}never`)).rejects.toMatchObject({ code: 'LYREBIRD_NOT_FOUND' });
});

test('a change that one document refuses is an error, and the others are changed; what is fine is not', async () => {
  const { client } = elasticsearch;
  const own = `${index}-changes`;
  await client.index({ index: own, id: 'there', document: { n: 1 }, refresh: true });
  const change = (n: number) => ['gone', 'there'].flatMap((_id) => [{ update: { _index: own, _id } }, { doc: { n } }]);
  await expect(changeDocuments(client, change(2), { doing: 'change a number' })).rejects.toMatchObject({ code: 'LYREBIRD_ELASTICSEARCH_UNAVAILABLE', message: expect.stringMatching(/^Could not change a number: .*gone/) });
  expect((await client.get({ index: own, id: 'there' }))._source).toEqual({ n: 2 });
  await changeDocuments(client, change(3), { doing: 'change a number', fine: [404] });
  expect((await client.get({ index: own, id: 'there' }))._source).toEqual({ n: 3 });
  await changeDocuments(client, [], { doing: 'change nothing' });
});
