import { randomBytes } from 'node:crypto';
import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Client } from '@elastic/elasticsearch';
import { DATASETS, indexOf, labelsIndexOf, loadSample, simulate, type LoadProgress } from '../../simulator';
import { testElasticsearch } from '../support/elasticsearch';
import { END, sample } from './sample';

const OPTIONS = { users: 12, days: 10, end: END };
const ownNamespace = (): string => `t${randomBytes(5).toString('hex')}`;

let client: Client;
let url: string;
beforeAll(async () => {
  ({ client, url } = await testElasticsearch());
}, 120_000);
afterAll(() => client.close());

const countOf = async (index: string): Promise<number> => (await client.count({ index })).count;

/** Stands before the real Elasticsearch and answers some bulk requests in its place. */
async function before(disturb: (lines: string[], response: ServerResponse) => string[] | undefined): Promise<{ node: string; server: Server }> {
  const server = createServer((incoming: IncomingMessage, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      let body = Buffer.concat(chunks);
      let added = 0;
      if (incoming.url?.startsWith('/_bulk')) {
        const lines = body.toString().trimEnd().split('\n');
        const kept = disturb(lines, response);
        if (response.writableEnded) return;
        if (kept) {
          added = (lines.length - kept.length) / 2;
          body = Buffer.from(`${kept.join('\n')}\n`);
        }
      }
      const headers = { ...incoming.headers, connection: 'close', 'content-length': body.length };
      const forward = request(`${url}${incoming.url}`, { method: incoming.method, agent: false, headers }, (answer) => {
        const parts: Buffer[] = [];
        answer.on('data', (part: Buffer) => parts.push(part));
        answer.on('end', () => {
          let text = Buffer.concat(parts).toString();
          if (added > 0) {
            const parsed = JSON.parse(text) as { items: object[]; errors: boolean };
            for (let i = 0; i < added; i++) parsed.items.push({ create: { status: 429, error: { type: 'es_rejected_execution_exception', reason: 'queue is full' } } });
            text = JSON.stringify({ ...parsed, errors: true });
          }
          const headers = { ...answer.headers };
          delete headers['content-length'];
          delete headers['transfer-encoding'];
          response.writeHead(answer.statusCode!, headers).end(text);
        });
      });
      forward.end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { node: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

it('loads every event into its data stream, and the labels beside them', async () => {
  const namespace = ownNamespace();
  const events = sample(OPTIONS);
  const seen: LoadProgress[] = [];
  const result = await loadSample(client, OPTIONS, { namespace, batch: 300, onProgress: (p) => seen.push(p) });
  expect(result).toMatchObject({ events: events.length, created: events.length, existing: 0 });
  for (const dataset of DATASETS) {
    const expected = events.filter((e) => e.dataset === dataset).length;
    expect(result.by_dataset[dataset]).toEqual({ events: expected, created: expected, existing: 0 });
    expect(await countOf(indexOf(dataset, namespace))).toBe(expected);
  }
  const labelled = events.filter((e) => e.label);
  expect(result.labels).toBe(labelled.length);
  expect(await countOf(labelsIndexOf(namespace))).toBe(labelled.length);
  expect(seen.at(-1)).toEqual({ events: events.length, progress: 1, eta_seconds: 0 });
  expect(seen.map((p) => p.progress)).toEqual([...seen.map((p) => p.progress)].sort((a, b) => a - b));

  const one = labelled.find((e) => e.label!.phase === 'attack')!;
  const { _source } = await client.get({ index: labelsIndexOf(namespace), id: one._id });
  expect(_source).toEqual({ '@timestamp': one.timestamp, event: { id: one._id, index: indexOf(one.dataset, namespace) }, dataset: one.dataset, entity: one.entity, ...one.label });
  const found = await client.search({ index: indexOf(one.dataset, namespace), query: { ids: { values: [one._id] } } });
  expect(found.hits.hits[0]._source).toEqual({ ...one._source, data_stream: { dataset: one.dataset, namespace, type: 'logs' } });
});

it('makes fields that can be searched as what they are', async () => {
  const namespace = ownNamespace();
  await loadSample(client, OPTIONS, { namespace });
  const index = `logs-*-${namespace}`;
  const total = async (query: object): Promise<number> => (await client.count({ index, query })).count;
  const events = sample(OPTIONS);
  expect(await total({ term: { 'threat.technique.subtechnique.id': 'T1136.003' } })).toBe(events.filter((e) => e.label?.technique === 'T1136.003' && e.label.phase === 'exercise').length);
  expect(await total({ exists: { field: 'source.ip' } })).toBe(events.filter((e) => (e._source.source as { ip?: string }).ip).length);
  expect(await total({ geo_distance: { distance: '50km', 'source.geo.location': { lat: 52.52, lon: 13.4 } } })).toBe(events.filter((e) => JSON.stringify(e._source.source).includes('"Berlin"')).length);
  expect(await total({ term: { 'aws.cloudtrail.flattened.request_parameters.bucketName': 'ex-analytics-lake' } })).toBe(
    events.filter((e) => JSON.stringify(e._source.aws ?? {}).includes('"bucketName":"ex-analytics-lake"')).length
  );
});

it('can be repeated: nothing is doubled, and a later day takes up the same period', async () => {
  const namespace = ownNamespace();
  const options = { users: 5, days: 4 };
  const yesterday = new Date(Math.floor(Date.now() / 86_400_000) * 86_400_000 - 86_400_000);
  const first = await loadSample(client, { ...options, end: yesterday }, { namespace });
  const again = await loadSample(client, options, { namespace });
  expect(again).toMatchObject({ events: first.events, created: 0, existing: first.events, period: first.period });
  expect(await countOf(labelsIndexOf(namespace))).toBe(first.labels);
});

it('goes on where it was cancelled', async () => {
  const namespace = ownNamespace();
  const abort = new AbortController();
  const cancelled = loadSample(client, OPTIONS, { namespace, batch: 100, signal: abort.signal, onProgress: ({ progress }) => progress > 0.3 && abort.abort() });
  await expect(cancelled).rejects.toMatchObject({ code: 'LYREBIRD_CANCELLED' });
  const rest = await loadSample(client, OPTIONS, { namespace });
  expect(rest.existing).toBeGreaterThan(100);
  expect(rest.created).toBeGreaterThan(100);
  expect(rest.created + rest.existing).toBe(rest.events);
});

it('waits and tries again when Elasticsearch turns requests or single documents away', async () => {
  const namespace = ownNamespace();
  let bulks = 0;
  const { node, server } = await before((lines, response) => {
    bulks++;
    if (bulks === 2) response.writeHead(503, { 'x-elastic-product': 'Elasticsearch', 'content-type': 'application/json' }).end('{"error":{"type":"cluster_block_exception"},"status":503}');
    // The third request loses its last five documents, as from a full write queue.
    return bulks === 3 ? lines.slice(0, -10) : undefined;
  });
  const behind = new Client({ node, maxRetries: 0 });
  try {
    const result = await loadSample(behind, { users: 6, days: 6, end: END }, { namespace, batch: 200 });
    const events = sample({ users: 6, days: 6 });
    expect(result).toMatchObject({ events: events.length, created: events.length, existing: 0 });
    for (const dataset of DATASETS) expect(await countOf(indexOf(dataset, namespace))).toBe(events.filter((e) => e.dataset === dataset).length);
    expect(bulks).toBeGreaterThan(4);
  } finally {
    await behind.close();
    server.closeAllConnections();
    server.close();
  }
});

it('says so when nobody answers, and when a data stream of that name expects something else', async () => {
  const nobody = new Client({ node: 'http://127.0.0.1:1', maxRetries: 0 });
  await expect(loadSample(nobody, { users: 2, days: 1 })).rejects.toMatchObject({ code: 'LYREBIRD_ELASTICSEARCH_UNAVAILABLE' });

  const namespace = ownNamespace();
  const [event] = simulate({ users: 2, days: 2, end: END });
  const index = indexOf(event.dataset, namespace);
  await client.indices.putIndexTemplate({
    name: `other-${namespace}`,
    index_patterns: [index],
    data_stream: {},
    priority: 900,
    template: { mappings: { dynamic: 'strict', properties: { '@timestamp': { type: 'date' } } }, settings: { number_of_replicas: 0 } },
  });
  await expect(loadSample(client, { users: 2, days: 2, end: END }, { namespace })).rejects.toMatchObject({ code: 'LYREBIRD_CONFLICT', message: expect.stringContaining(index) });
});

it("never mixes sample logs into an organisation's own", async () => {
  const namespace = ownNamespace();
  const index = indexOf('aws.cloudtrail', namespace);
  await client.indices.putIndexTemplate({ name: `own-${namespace}`, index_patterns: [index], data_stream: {}, priority: 900, template: { settings: { number_of_replicas: 0 } } });
  await client.index({ index, op_type: 'create', refresh: true, document: { '@timestamp': END.toISOString(), message: 'their own' } });
  await expect(loadSample(client, { users: 2, days: 2, end: END }, { namespace })).rejects.toMatchObject({ code: 'LYREBIRD_CONFLICT', message: expect.stringContaining('not the sample') });
  expect(await countOf(index)).toBe(1);
  expect((await client.count({ index: `logs-azure.signinlogs-${namespace}`, ignore_unavailable: true })).count).toBe(0);
});

it('refuses a namespace that is none', async () => {
  await expect(loadSample(client, {}, { namespace: 'a-b' })).rejects.toMatchObject({ code: 'LYREBIRD_BAD_REQUEST' });
});
