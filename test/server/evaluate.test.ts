import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { API_BASE, API_VERSION, reportSchema, SYNTHETIC_INDEX_PREFIX, type Report } from '../../common';
import { testElasticsearch, type TestElasticsearch } from '../support/elasticsearch';
import { flakyProxy, type FlakyProxy } from './support/flaky_proxy';
import { hostApart, type PluginHost } from './support/plugin_host';
import { fillSignIns } from './support/sign_ins';

jest.setTimeout(300_000);

const EVENTS = 700;

let elasticsearch: TestElasticsearch;
let proxy: FlakyProxy;
let folder: string;
let host: PluginHost;
/** What the model learned from, and a copy of it: evaluations read the copy, the trial goes by the mapping of the first. */
let index: string;
let copy: string;
let model: string;

/** In a process of its own, which can be killed, with its own model node. */
const start = () => hostApart({ elasticsearch: { url: proxy.url }, config: { node: { embedded: { dataDir: folder } }, limits: { bulkBytes: 65_536 } } });

beforeAll(async () => {
  elasticsearch = await testElasticsearch();
  proxy = await flakyProxy(elasticsearch.url);
  folder = await mkdtemp(path.join(tmpdir(), 'lyrebird-evaluate-'));
  [index, copy] = [`${elasticsearch.prefix}sign-ins`, `${elasticsearch.prefix}copy`];
  await fillSignIns(elasticsearch.client, index, EVENTS, index, { every: 60_000 });
  await fillSignIns(elasticsearch.client, copy, EVENTS, index, { every: 60_000 });
  host = await start();
  const trained = await host.run('/train', { source: { index }, options: { name: 'Sign-ins', size: 'tiny', minutes: 5, max_steps: 80, holdout: 0.3 } });
  expect(trained).toMatchObject({ state: 'completed' });
  model = trained.model_id!;
});

afterAll(async () => {
  await host?.close();
  await proxy?.close();
  if (folder) await rm(folder, { recursive: true, force: true });
});

beforeEach(() => {
  proxy.fault = undefined;
});

const evaluating = () => host.start('/evaluate', { model_id: model, source: { index: copy }, options: {} });
const report = async (): Promise<Report> => reportSchema.parse((await host.ask('GET', `/models/${model}/report`)).body);
const accepted = async () => (await report()).figures.find(({ id }) => id === 'accepted');
const trials = async (): Promise<string[]> =>
  Object.keys(await elasticsearch.client.indices.get({ index: `${SYNTHETIC_INDEX_PREFIX}trial-*`, expand_wildcards: 'all' }));

test('a model that is not there, or was not evaluated, has no report', async () => {
  expect(await host.ask('POST', '/evaluate', { model_id: 'nobody', source: { index: copy }, options: {} })).toMatchObject({ status: 404 });
  expect(await host.ask('POST', '/evaluate', { model_id: model, source: { index: copy }, options: { max_events: 5 } })).toMatchObject({ status: 400 });
  for (const route of [`/models/${model}/report`, `/models/${model}/report.html`]) {
    expect(await host.ask('GET', route)).toMatchObject({ status: 404, body: { attributes: { code: 'LYREBIRD_NOT_FOUND', message: expect.stringContaining('not been evaluated') } } });
  }
});

test('the report compares real events with what the model writes, and says what an index with their mapping takes', async () => {
  const id = await evaluating();
  const job = await host.follow(id);
  expect(job.error).toBeUndefined();
  expect(job).toMatchObject({ type: 'evaluate', state: 'completed', model_id: model, progress: 1, counts: { read: EVENTS, refused: 0 }, refusals: {} });
  const { samples, validity } = await report();
  expect(samples.train.events + samples.heldout.events).toBe(EVENTS);
  expect(samples.heldout.events).toBeGreaterThan(150);
  expect(validity.index).toEqual({ index, tried: 500, accepted: 500, refusals: {} });
  expect(await accepted()).toMatchObject({ value: 1, verdict: 'met' });
  expect(await trials()).toEqual([]);
});

test('the report is there as a page to save', async () => {
  const response = await fetch(`${host.url}${API_BASE}/models/${model}/report.html`, { headers: { 'elastic-api-version': API_VERSION } });
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(response.headers.get('content-disposition')).toBe(`attachment; filename="lyrebird-report-${model}.html"`);
  const page = await response.text();
  expect(page).toMatch(/^<!doctype html>[\s\S]*Synthetic events of Sign-ins[\s\S]*<\/html>\s*$/);
});

test('cancelled while the node works it stops there, too; resumed it goes on, also when the node is killed', async () => {
  const id = await evaluating();
  await host.follow(id, ({ stage }) => stage === 'generating');
  expect(await host.cancel(id)).toMatchObject({ status: 200, body: { state: 'cancelled' } });
  expect(await host.ask('POST', `/jobs/${id}/resume`)).toMatchObject({ status: 200 });
  await host.follow(id, ({ stage }) => stage === 'comparing');
  await host.killNode();
  const job = await host.follow(id);
  expect(job.error).toBeUndefined();
  expect(job).toMatchObject({ state: 'completed', counts: { read: EVENTS } });
});

test('the server is killed: resumed, the trial begins anew, and what it and others left is gone', async () => {
  const id = await evaluating();
  await host.follow(id, ({ stage }) => stage === 'generating');
  await host.kill();
  // Left by this job, with another mapping; by one that died long ago; and one that another runs now.
  const name = (job: string, began: number) => `${SYNTHETIC_INDEX_PREFIX}trial-${began.toString(36)}-${job}-0`;
  const [own, old, running] = [name(id, Date.now()), name(`${elasticsearch.prefix}old`, Date.now() - 2 * 60 * 60_000), name(`${elasticsearch.prefix}running`, Date.now())];
  const { client } = elasticsearch;
  await client.indices.create({ index: own, mappings: { properties: { '@timestamp': { type: 'boolean' } } } });
  for (const left of [old, running]) await client.indices.create({ index: left, settings: { hidden: true } });
  host = await start();
  expect(await host.job(id)).toMatchObject({ state: 'interrupted' });
  expect(await host.resume(id)).toMatchObject({ state: 'completed', counts: { read: EVENTS, refused: 0 } });
  expect((await report()).validity.index).toMatchObject({ tried: 500, accepted: 500 });
  expect(await trials()).toEqual([running]);
  await client.indices.delete({ index: running });
});

test('a trial that fails leaves no index, and is made up for when the job is resumed; what the mapping refuses is counted by why, without contents', async () => {
  let writes = 0;
  proxy.fault = ({ url }) => {
    if (!url!.startsWith('/_bulk')) return undefined;
    writes++;
    return { status: 400 };
  };
  const id = await evaluating();
  expect(await host.follow(id)).toMatchObject({ state: 'failed', stage: 'trying', error: { code: 'LYREBIRD_BAD_REQUEST', message: expect.stringContaining('write documents') } });
  expect(writes).toBe(1);
  expect(await trials()).toEqual([]);

  proxy.fault = undefined;
  const { client } = elasticsearch;
  await client.indices.delete({ index });
  await client.indices.create({ index, mappings: { properties: { source: { properties: { ip: { type: 'double' } } } } } });
  const job = await host.resume(id);
  const reason = 'document_parsing_exception: failed to parse field [source.ip] of type [double]';
  expect(job).toMatchObject({ state: 'completed', counts: { refused: 500 }, refusals: { [reason]: 500 } });
  expect(job.refusal_samples).toHaveLength(5);
  expect(JSON.stringify([job.refusals, job.refusal_samples])).not.toContain('192.0.2');
  expect((await report()).validity.index).toEqual({ index, tried: 500, accepted: 0, refusals: { [reason]: 500 } });
  expect(await accepted()).toMatchObject({ value: 0, verdict: 'missed' });
  expect(await trials()).toEqual([]);
});

test('without the mapping the report says why the figure is missing', async () => {
  await elasticsearch.client.indices.delete({ index });
  const job = await host.follow(await evaluating());
  expect(job.error).toBeUndefined();
  expect(job).toMatchObject({ state: 'completed' });
  expect((await report()).validity.index).toMatchObject({ tried: 0, accepted: 0, note: expect.stringContaining('mapping') });
  expect(await accepted()).toMatchObject({ value: null, verdict: 'none', note: expect.stringContaining(`The mapping that "${index}" has is gone`) });
  expect(await trials()).toEqual([]);
});
