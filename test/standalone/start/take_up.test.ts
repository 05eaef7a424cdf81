import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PluginClient } from '../../../standalone/start/plugin_client';
import { takeUp } from '../../../standalone/start/take_up';
import { hostHere, type PluginHost } from '../../server/support/plugin_host';
import { fillSignIns } from '../../server/support/sign_ins';
import { testElasticsearch, type TestElasticsearch } from '../../support/elasticsearch';

jest.setTimeout(300_000);

const EVENTS = 600;

let elasticsearch: TestElasticsearch;
let dataDir: string;
let host: PluginHost;
let plugin: PluginClient;
let source: { index: string };

beforeAll(async () => {
  elasticsearch = await testElasticsearch();
  dataDir = await mkdtemp(path.join(tmpdir(), 'lyrebird-take-up-'));
  source = { index: `${elasticsearch.prefix}sign-ins` };
  await fillSignIns(elasticsearch.client, source.index, EVENTS);
  host = await hostHere({ elasticsearch: { url: elasticsearch.url }, config: { node: { embedded: { dataDir } } } });
  plugin = new PluginClient(host.url, new AbortController().signal);
});
afterAll(async () => {
  await host?.close();
  await rm(dataDir, { recursive: true, force: true });
});

const train = () => plugin.train({ source, options: { size: 'tiny', minutes: 0.05 } });
const none = () => Promise.reject(new Error('another job was started'));
const ended = async (work: Promise<{ id: string }>) => host.follow((await work).id);

test('a job is taken up as long as what it made is there, and begun anew when that is gone', async () => {
  const { client } = elasticsearch;
  const first = await ended(takeUp(plugin, client, undefined, train));
  expect(first).toMatchObject({ type: 'train', state: 'completed' });
  expect(await takeUp(plugin, client, first.id, none)).toMatchObject({ id: first.id, state: 'completed' });

  const target_index = `${elasticsearch.prefix}synthetic`;
  const generate = () => plugin.generate({ model_id: first.model_id!, target_index, options: { count: 20 } });
  const written = await ended(generate());
  expect(await takeUp(plugin, client, written.id, none)).toMatchObject({ id: written.id });
  await client.indices.delete({ index: target_index });
  const again = await ended(takeUp(plugin, client, written.id, generate));
  expect(again.id).not.toBe(written.id);
  expect(again).toMatchObject({ state: 'completed', counts: { written: 20 } });

  const scored = await ended(plugin.score({ model_id: first.model_id!, source }));
  expect(await takeUp(plugin, client, scored.id, none)).toMatchObject({ id: scored.id });
  await client.indices.delete({ index: scored.target_index! });
  expect((await takeUp(plugin, client, scored.id, () => plugin.score({ model_id: first.model_id!, source }))).id).not.toBe(scored.id);

  // The node lost its models, or the job's record was deleted.
  expect((await host.ask('DELETE', `/models/${first.model_id}`)).status).toBe(200);
  const second = await ended(takeUp(plugin, client, first.id, train));
  expect(second).toMatchObject({ state: 'completed' });
  expect(second.model_id).not.toBe(first.model_id);
  expect((await ended(takeUp(plugin, client, 'train-of-another-cluster', train))).id).not.toBe(second.id);
});

test('a job that was cancelled or failed is resumed', async () => {
  const cancelled = await train();
  await host.follow(cancelled.id, ({ stage }) => stage === 'train');
  expect(await host.cancel(cancelled.id)).toMatchObject({ body: { state: 'cancelled' } });
  expect(await ended(takeUp(plugin, elasticsearch.client, cancelled.id, none))).toMatchObject({ id: cancelled.id, state: 'completed' });

  const later = `${elasticsearch.prefix}later`;
  const failed = await host.run('/train', { source: { index: later }, options: { size: 'tiny', minutes: 0.05 } });
  expect(failed).toMatchObject({ state: 'failed', error: { code: 'LYREBIRD_NOT_FOUND' } });
  await fillSignIns(elasticsearch.client, later, EVENTS);
  expect(await ended(takeUp(plugin, elasticsearch.client, failed.id, none))).toMatchObject({ id: failed.id, state: 'completed', counts: { read: EVENTS } });
});

test('a job that runs is followed, not begun twice', async () => {
  const running = await train();
  expect(await takeUp(plugin, elasticsearch.client, running.id, none)).toMatchObject({ id: running.id });
  await host.cancel(running.id);
});
