import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { ANOMALIES_INDEX_PREFIX, type PluginJob } from '../../common';
import { testElasticsearch, type TestElasticsearch } from '../support/elasticsearch';
import { hostHere, type PluginHost } from './support/plugin_host';
import { poisonProxy, type PoisonProxy } from './support/poison_proxy';
import { RemoteNode } from './support/remote_node';
import { fillSignIns, valuesOf } from './support/sign_ins';

jest.setTimeout(300_000);

const EVENTS = 400;
let elasticsearch: TestElasticsearch;
let folder: string;
let node: RemoteNode;
let proxy: PoisonProxy;
let host: PluginHost;
let index: string;
let model: string;

beforeAll(async () => {
  elasticsearch = await testElasticsearch();
  folder = await mkdtemp(path.join(tmpdir(), 'lyrebird-poison-'));
  node = new RemoteNode(folder, 'the-token-of-the-node');
  proxy = await poisonProxy(await node.start());
  host = await hostHere({ elasticsearch: { url: elasticsearch.url }, config: { node: { url: proxy.url, tokenFile: node.tokenFile }, limits: { scoreBatch: 100 } } });
  index = `${elasticsearch.prefix}sign-ins`;
  await fillSignIns(elasticsearch.client, index, EVENTS);
  const trained = await host.run('/train', { source: { index }, options: { size: 'tiny', minutes: 5, max_steps: 10, holdout: 0.3 } });
  expect(trained).toMatchObject({ state: 'completed' });
  model = trained.model_id!;
});

afterEach(() => {
  proxy.poison.clear();
  proxy.faults = 0;
});
afterAll(async () => {
  await host?.close();
  await proxy?.close();
  await node?.stop();
  if (folder) await rm(folder, { recursive: true, force: true });
});

const score = () => host.run('/score', { model_id: model, source: { index }, min_record_score: 0 });

async function expectAllBut(job: PluginJob, poison: string[]): Promise<void> {
  expect(job.error).toBeUndefined();
  expect(job).toMatchObject({ state: 'completed', counts: { read: EVENTS, scored: EVENTS - poison.length }, skipped: { not_scorable: poison.length } });
  const written = await valuesOf(elasticsearch.client, `${ANOMALIES_INDEX_PREFIX}${job.id}`, 'lyrebird.event.id', { term: { result_type: 'record' } });
  expect(written).toEqual(Array.from({ length: EVENTS }, (_, n) => `e${n}`).filter((id) => !poison.includes(id)).sort());
}

test('events that the node fails on are set aside with the reason, and all others are scored', async () => {
  const poison = ['e0', 'e150', 'e151', 'e399'];
  for (const id of poison) proxy.poison.set(id, 'error');
  const job = await score();
  await expectAllBut(job, poison);
  expect(job.set_aside).toEqual([{ index, id: 'e0', reason: 'Maximum call stack size exceeded' }]);
});

test('an event that ends the node each time is set aside, too', async () => {
  proxy.poison.set('e222', 'death');
  const job = await score();
  await expectAllBut(job, ['e222']);
  expect(job.set_aside).toMatchObject([{ index, id: 'e222' }]);
  // Three times in each half that it was in, and no more: nobody waits for nothing.
  expect(proxy.faults).toBe(3 * Math.ceil(Math.log2(100) + 1));
});

test('where the node fails on everything it is not the events, and the job says so', async () => {
  for (let n = 100; n < EVENTS; n++) proxy.poison.set(`e${n}`, 'error');
  const job = await score();
  expect(job).toMatchObject({ state: 'failed', error: { code: 'LYREBIRD_INTERNAL', message: 'Maximum call stack size exceeded' }, counts: { read: 100, scored: 100 } });
  proxy.poison.clear();
  const resumed = await host.resume(job.id);
  expect(resumed).toMatchObject({ state: 'completed', counts: { read: EVENTS, scored: EVENTS, records: EVENTS }, skipped: {} });
});
