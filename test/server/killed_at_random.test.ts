import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from '@elastic/elasticsearch';
import { ANOMALIES_INDEX_PREFIX, type PluginJob } from '../../common';
import { forgetElasticsearch, startElasticsearch, type RunningElasticsearch } from '../../standalone/elasticsearch';
import { hostApart, type PluginHost } from './support/plugin_host';
import { addSignIns, fillSignIns, valuesOf } from './support/sign_ins';

jest.setTimeout(600_000);

const EVENTS = 2_000;
const LATE = 15;
const INDEX = 'sign-ins';
const MINUTE = 60_000;
/** Ends of the server, of the model node and of Elasticsearch. */
const KILLS = ['server', 'node', 'server', 'node', 'elasticsearch', 'server', 'node', 'node', 'elasticsearch', 'server'] as const;

/** The same kills at the same points of the job whenever it runs: mulberry32. */
function randomOf(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

let folder: string;
let elasticsearch: RunningElasticsearch;
let client: Client;
let host: PluginHost;

/** A cluster of its own, for it is killed. */
const startCluster = (port?: number) => startElasticsearch({ dataDir: path.join(folder, 'elasticsearch'), heap: '384m', port });
const startHost = () => hostApart({ elasticsearch: { url: elasticsearch.url }, config: { node: { embedded: { dataDir: path.join(folder, 'node') } }, limits: { scoreBatch: 40 } } });

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'lyrebird-killed-'));
  elasticsearch = await startCluster();
  client = new Client({ node: elasticsearch.url });
  host = await startHost();
});

afterAll(async () => {
  await host?.close();
  await client?.close();
  if (!folder) return;
  await forgetElasticsearch(path.join(folder, 'elasticsearch'));
  await rm(folder, { recursive: true, force: true });
});

/** The job, as soon as it is as wanted. While something is away it cannot be asked. */
async function until(id: string, wanted: (job: PluginJob) => boolean): Promise<PluginJob> {
  for (;;) {
    const job = await host.job(id).catch(() => undefined);
    if (job?.counts && wanted(job)) return job;
    if (job?.state === 'failed') throw new Error(JSON.stringify(job.error));
    await sleep(20);
  }
}

async function kill(what: (typeof KILLS)[number], id: string): Promise<void> {
  if (what === 'node') return host.killNode();
  if (what === 'elasticsearch') {
    process.kill(-elasticsearch.pid, 'SIGKILL');
    elasticsearch = await startCluster(Number(new URL(elasticsearch.url).port));
    return;
  }
  await host.kill();
  host = await startHost();
  expect(await host.job(id)).toMatchObject({ state: 'interrupted' });
  expect((await host.ask('POST', `/jobs/${id}/resume`)).status).toBe(200);
}

test('a job that scores in real time loses and doubles nothing, whatever is killed ten times over', async () => {
  const random = randomOf(20261121);
  await fillSignIns(client, 'training', 600, INDEX);
  const trained = await host.run('/train', { source: { index: 'training' }, options: { size: 'tiny', minutes: 5, max_steps: 20, holdout: 0.3 } });
  expect(trained).toMatchObject({ state: 'completed' });

  const now = Date.now();
  const first = now - 30 * MINUTE;
  const step = (29 * MINUTE) / EVENTS;
  await fillSignIns(client, INDEX, 0);
  await addSignIns(client, INDEX, Array.from({ length: EVENTS }, (_, n) => ({ id: `e${n}`, time: Math.round(first + n * step) })));
  const id = await host.start('/score', {
    model_id: trained.model_id,
    source: { index: INDEX },
    min_record_score: 0,
    datafeed: { frequency: '1s', query_delay: '0s', delayed_data_check_config: { check_window: '2h' } },
  });
  const ids = Array.from({ length: EVENTS }, (_, n) => `e${n}`);
  for (const [n, what] of KILLS.entries()) {
    const point = Math.floor(((n + random()) / KILLS.length) * EVENTS);
    await until(id, ({ counts }) => counts.scored >= point);
    // Somewhere within a batch.
    await sleep(random() * 40);
    await kill(what, id);
    // Of a time that was read, or is about to be.
    const late = Array.from({ length: LATE }, (_, m) => ({ id: `late-${n}-${m}`, time: Math.round(first + random() * (point + 200) * step) }));
    await addSignIns(client, INDEX, late);
    ids.push(...late.map((event) => event.id));
  }
  const done = await until(id, ({ counts, stage }) => counts.scored >= ids.length && stage === 'waiting');
  // Two looks more find nothing more.
  const looked = done.datafeed!.search_interval_end!;
  await until(id, ({ datafeed }) => Date.parse(datafeed!.search_interval_end!) > Date.parse(looked) + 2_000);
  await host.cancel(id);

  const job = await host.job(id);
  expect(job).toMatchObject({ state: 'cancelled', counts: { read: ids.length, scored: ids.length, records: ids.length, refused: 0 }, skipped: {}, datafeed: { missed_documents: 0 } });
  const index = `${ANOMALIES_INDEX_PREFIX}${id}`;
  expect(await valuesOf(client, index, 'lyrebird.event.id', { term: { result_type: 'record' } })).toEqual([...ids].sort());
  for (const result_type of ['bucket', 'influencer']) {
    const counted = await valuesOf(client, index, 'event_count', { term: { result_type } });
    expect(counted.reduce<number>((sum, count) => sum + Number(count), 0)).toBe(ids.length);
  }
});
