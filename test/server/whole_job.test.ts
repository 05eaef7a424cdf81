import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { createParser } from 'eventsource-parser';
import pino from 'pino';
import { API_BASE, API_VERSION, type Anomalies, type AnomalyDetail, type ModelCard, type PluginJob, type Status } from '../../common';
import * as lyrebird from '../../server';
import { startHost, type Host } from '../../standalone/host';
import { testElasticsearch, type TestElasticsearch } from '../support/elasticsearch';
import { fillSignIns } from './support/sign_ins';

jest.setTimeout(300_000);

const USERS = ['ada@example.com', 'bob@example.com', 'cyd@example.com'];
const EVENTS = 900;

let elasticsearch: TestElasticsearch;
let dataDir: string;
let host: Host;
let index: string;
let model: string;

const start = () =>
  startHost({
    plugin: lyrebird,
    elasticsearch: { url: elasticsearch.url },
    config: { node: { embedded: { dataDir } }, limits: { partEvents: 200, scoreBatch: 100 } },
    port: 0,
    logger: pino({ level: 'silent' }),
  });

async function ask<T>(method: string, route: string, body?: object): Promise<{ status: number; body: T }> {
  const response = await fetch(`${host.url}${API_BASE}${route}`, {
    method,
    headers: { 'elastic-api-version': API_VERSION, 'kbn-xsrf': 'test', ...(body ? { 'content-type': 'application/json' } : {}) },
    body: body && JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as T };
}

/** The job at its end, and every state seen on the way, from its stream. */
async function follow(id: string): Promise<{ last: PluginJob; seen: PluginJob[] }> {
  const response = await fetch(`${host.url}${API_BASE}/jobs/${id}/events`, { headers: { 'elastic-api-version': API_VERSION } });
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  const seen: PluginJob[] = [];
  const parser = createParser({ onEvent: ({ data }) => seen.push(JSON.parse(data) as PluginJob) });
  const decoder = new TextDecoder();
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) parser.feed(decoder.decode(chunk, { stream: true }));
  return { last: seen[seen.length - 1], seen };
}

async function run(route: string, body: object) {
  const started = await ask<PluginJob>('POST', route, body);
  expect(started).toMatchObject({ status: 200, body: { state: 'running' } });
  return follow(started.body.id);
}

beforeAll(async () => {
  elasticsearch = await testElasticsearch();
  dataDir = await mkdtemp(path.join(tmpdir(), 'lyrebird-node-'));
  index = `${elasticsearch.prefix}sign-ins`;
  await fillSignIns(elasticsearch.client, index, EVENTS, `${elasticsearch.prefix}dataset`);
  host = await start();
});

afterAll(async () => {
  await host?.close();
  if (dataDir) await rm(dataDir, { recursive: true, force: true });
});

test('a model is trained on an index, with its stages and its losses on the way', async () => {
  const { last, seen } = await run('/train', { source: { index }, options: { name: 'Sign-ins', size: 'tiny', minutes: 0.1 } });
  expect(last.error).toBeUndefined();
  expect(last).toMatchObject({ state: 'completed', progress: 1, counts: { read: EVENTS } });
  expect(last.loss_curve.length).toBeGreaterThan(0);
  expect(new Set(seen.map(({ stage }) => stage))).toContain('train');
  const progress = seen.map((job) => job.progress);
  expect(progress).toEqual([...progress].sort((a, b) => a - b));
  model = last.model_id!;
  expect(model).toMatch(/^sign-ins-/);
});

test('a model learns a technique from events labelled so, by adapters that need it', async () => {
  const { last, seen } = await run('/finetune', { base_model_id: model, source: { index }, options: { name: 'Sign-ins and guesses', label: 'T1110', lora_rank: 2, max_steps: 3, replay: 0 } });
  expect(last.error).toBeUndefined();
  expect(last).toMatchObject({ type: 'finetune', state: 'completed', progress: 1, counts: { read: EVENTS } });
  expect(seen.map(({ stage }) => stage)).toEqual(expect.arrayContaining(['reading', 'train', 'measure']));
  const made = await ask<ModelCard>('GET', `/models/${last.model_id}`);
  expect(made.body).toMatchObject({ indices: [index], finetune: { base: { id: model }, lora: { rank: 2 }, techniques: [{ id: 'T1110', is_new: true }] } });
  const base = await ask<ModelCard>('GET', `/models/${model}`);
  expect(base.body.finetune).toBeUndefined();
  expect(await ask('DELETE', `/models/${model}`)).toMatchObject({ status: 409, body: { message: expect.stringContaining('adapters') } });
  const preview = await ask<{ events: unknown[] }>('POST', '/generate/preview', { model_id: last.model_id, options: { count: 3, technique: 'T1110' } });
  expect(preview).toMatchObject({ status: 200, body: { events: [{ technique: 'T1110' }, {}, {}] } });
  expect(await ask('DELETE', `/models/${last.model_id}`)).toMatchObject({ status: 200 });
  expect(await ask('POST', '/finetune', { base_model_id: 'nowhere', source: { index }, options: {} })).toMatchObject({ status: 404 });
});

test('generated events are written once, marked, however often the job runs', async () => {
  const target_index = `${elasticsearch.prefix}synthetic`;
  const body = { model_id: model, target_index, options: { count: 60, seed: 7 } };
  const first = await run('/generate', body);
  expect(first.last).toMatchObject({ state: 'completed', target_index, counts: { generated: 60, written: 60, duplicate: 0, refused: 0 } });
  const second = await run('/generate', body);
  expect(second.last).toMatchObject({ state: 'completed', counts: { generated: 60, written: 0, duplicate: 60 } });
  const { hits } = await elasticsearch.client.search<{ lyrebird: object; user: { name: string } }>({ index: target_index, size: 100 });
  expect(hits.hits).toHaveLength(60);
  for (const { _source } of hits.hits) {
    expect(_source).toMatchObject({ lyrebird: { synthetic: true, model_id: model, job_id: first.last.id, seed: 7 } });
    expect(USERS).toContain(_source!.user.name);
  }
  const mapping = (await elasticsearch.client.indices.getMapping({ index: target_index }))[target_index].mappings.properties!;
  expect(mapping.source).toEqual({ properties: { ip: { type: 'ip' } } });
});

test('scores become records, influencers and buckets, and one record explains itself', async () => {
  const { last } = await run('/score', { model_id: model, source: { index }, min_record_score: 50 });
  expect(last).toMatchObject({ state: 'completed', counts: { read: EVENTS, scored: EVENTS, refused: 0 } });
  expect(last.counts.records).toBeGreaterThan(0);
  const { body } = await ask<Anomalies>('GET', `/anomalies?job_id=${last.id}&size=10`);
  expect(body.total).toBe(last.counts.records);
  expect(body.timeline.reduce((sum, { events }) => sum + events, 0)).toBe(EVENTS);
  expect(body.timeline.reduce((sum, { records }) => sum + records, 0)).toBe(last.counts.records);
  const scores = body.records.map(({ record_score }) => record_score);
  expect(scores).toEqual([...scores].sort((a, b) => b - a));
  const late = (await ask<Anomalies>('GET', `/anomalies?job_id=${last.id}&size=1&sort=timestamp`)).body.records[0];
  const detail = (await ask<AnomalyDetail>('GET', `/anomalies/${late._id}`)).body;
  expect(detail.event).toMatchObject({ user: { name: expect.stringContaining(late.lyrebird.entity) } });
  expect(detail.before.length).toBeGreaterThan(0);
  expect(detail.before[0].summary).toMatch(/^t\w+-dataset · sign-(in|out) · (success|failure) · 192\.0\.2\.\d$/);
  for (const { timestamp } of detail.before) expect(timestamp < late.timestamp).toBe(true);
});

test('a job that a stop interrupted is shown so by the next start, and goes on from where it was', async () => {
  const started = await ask<PluginJob>('POST', '/train', { source: { index }, options: { name: 'Later', size: 'tiny', minutes: 0.2 } });
  for (;;) {
    const { body } = await ask<PluginJob>('GET', `/jobs/${started.body.id}`);
    if (body.stage === 'train') break;
    expect(body.state).toBe('running');
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  await host.close();
  host = await start();
  expect((await ask<PluginJob>('GET', `/jobs/${started.body.id}`)).body.state).toBe('interrupted');
  expect((await ask('POST', `/jobs/${started.body.id}/resume`)).status).toBe(200);
  const { last } = await follow(started.body.id);
  expect(last).toMatchObject({ state: 'completed', counts: { read: EVENTS } });
});

test('what cannot be is refused with its reason', async () => {
  expect(await ask('GET', '/jobs/none')).toMatchObject({ status: 404, body: { attributes: { code: 'LYREBIRD_NOT_FOUND' } } });
  expect(await ask('POST', '/generate', { model_id: 'none', options: { count: 1 } })).toMatchObject({ status: 404 });
  expect(await ask('POST', '/generate', { model_id: model, options: { count: 0 } })).toMatchObject({ status: 400 });
  const { last } = await run('/train', { source: { index: `${elasticsearch.prefix}nowhere` }, options: {} });
  expect(last).toMatchObject({ state: 'failed', error: { code: 'LYREBIRD_NOT_FOUND' } });
  const status = (await ask<Status>('GET', '/status')).body;
  expect(status).toMatchObject({ node: { reachable: true }, models: 2 });
  // Other servers may run jobs in this cluster; those begun here have all ended.
  const { jobs } = (await ask<{ jobs: PluginJob[] }>('GET', '/jobs')).body;
  const here = jobs.filter(({ params }) => JSON.stringify(params).includes(elasticsearch.prefix));
  expect(here.length).toBeGreaterThanOrEqual(3);
  expect(here.filter(({ state }) => state === 'running' || state === 'queued')).toEqual([]);
});
