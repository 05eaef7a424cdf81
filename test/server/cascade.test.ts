import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import type { GenerateOptionsInput, PreviewResult } from '../../common';
import { testElasticsearch, type TestElasticsearch } from '../support/elasticsearch';
import { hostHere, type PluginHost } from './support/plugin_host';
import { fillSignIns, valuesOf } from './support/sign_ins';

const EVENTS = 600;

let elasticsearch: TestElasticsearch;
let folder: string;
let host: PluginHost;
/** A model of sign-ins and sign-outs, and one of who does what where a quarter of all are locks, which the other has never seen. */
let whole: string;
let first: string;

beforeAll(async () => {
  elasticsearch = await testElasticsearch();
  folder = await mkdtemp(path.join(tmpdir(), 'lyrebird-cascade-'));
  const { client, prefix } = elasticsearch;
  const [known, other] = [`${prefix}sign-ins`, `${prefix}locks`];
  await fillSignIns(client, known, EVENTS, known);
  await fillSignIns(client, other, EVENTS, known, { last: 'lock' });
  host = await hostHere({ elasticsearch: { url: elasticsearch.url }, config: { node: { embedded: { dataDir: path.join(folder, 'node') } } } });
  const trained = async (index: string, fields?: string[]) => {
    const job = await host.run('/train', { source: { index }, options: { name: index, size: 'tiny', minutes: 5, max_steps: 60, holdout: 0.3, ...(fields && { fields }) } });
    expect(job).toMatchObject({ state: 'completed' });
    return job.model_id!;
  };
  whole = await trained(known);
  first = await trained(other, ['event.action']);
}, 300_000);

afterAll(async () => {
  await host?.close();
  if (folder) await rm(folder, { recursive: true, force: true });
});

test('a job counts the events of the first model that the second could not complete, and writes the others whole', async () => {
  const target_index = `${elasticsearch.prefix}synthetic`;
  const options: GenerateOptionsInput = { count: 200, seed: 2, cascade: first };
  const job = await host.run('/generate', { model_id: whole, target_index, options });
  expect(job.error).toBeUndefined();
  const { generated, written, left_out, refused } = job.counts;
  expect(left_out).toBeGreaterThan(0);
  expect([generated + left_out, written, refused]).toEqual([200, generated, 0]);
  // As stored, too: whoever looks at the job later sees it.
  expect((await host.job(job.id)).counts).toMatchObject({ left_out, written });
  const actions = await valuesOf(elasticsearch.client, target_index, 'event.action');
  expect([actions.length, new Set(actions)]).toEqual([written, new Set(['sign-in'])]);
  expect((await valuesOf(elasticsearch.client, target_index, 'source.ip')).length).toBe(written);
}, 120_000);

test('a job of one model leaves nothing out, and a preview of two shows what can be completed, and counts the rest', async () => {
  const target_index = `${elasticsearch.prefix}alone`;
  expect(await host.run('/generate', { model_id: whole, target_index, options: { count: 50 } })).toMatchObject({ state: 'completed', counts: { written: 50, left_out: 0 } });
  const { status, body } = await host.ask<PreviewResult>('POST', '/generate/preview', { model_id: whole, options: { count: 20, cascade: first } });
  expect(status).toBe(200);
  expect(body.events.length).toBeGreaterThan(0);
  expect(body.events.length + body.left_out!).toBe(20);
  for (const { _source } of body.events) expect(_source).toMatchObject({ event: { action: 'sign-in' }, source: { ip: expect.any(String) } });
}, 120_000);
