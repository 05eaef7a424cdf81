import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { JOBS_INDEX, type ModelCard, type PluginJob, type Report, type Sources } from '../../common';
import { neededRights } from '../../standalone/start/cluster';
import { makeCertificate } from '../support/certificate';
import { securedElasticsearch, type SecuredElasticsearch } from '../support/secured_elasticsearch';
import { hostHere, type PluginHost } from './support/plugin_host';
import { RemoteNode } from './support/remote_node';
import { fillSignIns } from './support/sign_ins';

jest.setTimeout(300_000);

const EVENTS = 600;
const { index: ownIndices } = neededRights(false);

let secured: SecuredElasticsearch;
let folder: string;
let node: RemoteNode;
/** A data stream and an index: the insider may read both, the outsider only the second. */
let secret: string;
let shared: string;
let nodeUrl: string;
let insider: PluginHost;
let outsider: PluginHost;
let model: string;

/** The plugin as this person sees it. All share one model node, which they reach by TLS. */
async function hostOf(name: string, readable: string[], nodeUrl: string, own = ownIndices): Promise<PluginHost> {
  const username = `${secured.prefix}${name}`;
  const password = `${name}-has-a-password`;
  const indices = [...own, { names: readable, privileges: ['read', 'view_index_metadata'] }];
  await secured.admin.security.putRole({ name: username, indices });
  await secured.admin.security.putUser({ username, password, roles: [username] });
  return hostHere({
    elasticsearch: { url: secured.url, ca: secured.ca, username, password },
    config: { node: { url: nodeUrl, tokenFile: node.tokenFile, caFile: path.join(folder, 'cert.pem') }, limits: { bulkBytes: 65_536 } },
  });
}

beforeAll(async () => {
  secured = await securedElasticsearch();
  folder = await mkdtemp(path.join(tmpdir(), 'lyrebird-permissions-'));
  node = new RemoteNode(folder, 'the-token-of-the-node');
  nodeUrl = await node.start(0, makeCertificate());
  expect(nodeUrl).toMatch(/^https:/);
  [secret, shared] = [`${secured.prefix}secret-sign-ins`, `${secured.prefix}shared-sign-ins`];
  await fillSignIns(secured.admin, secret, EVENTS, secret, { dataStream: true, every: 60_000 });
  await fillSignIns(secured.admin, shared, EVENTS, secret, { every: 60_000 });
  insider = await hostOf('insider', [secret, shared], nodeUrl);
  outsider = await hostOf('outsider', [shared], nodeUrl);
});

afterAll(async () => {
  await insider?.close();
  await outsider?.close();
  await node?.stop();
  await secured?.admin.close();
  if (folder) await rm(folder, { recursive: true, force: true });
});

const training = (index: string) => ({ source: { index }, options: { name: 'Sign-ins', size: 'tiny', minutes: 5, max_steps: 60, holdout: 0.3 } });
const forbidden = () => ({ status: 403, body: { attributes: { code: 'LYREBIRD_FORBIDDEN', message: expect.stringContaining(`${secret}-`), hint: expect.stringContaining('administrator') } } });

test('whoever may read a data stream trains on it, and uses the model, with no other rights than the documented ones', async () => {
  const trained = await insider.run('/train', training(secret));
  expect(trained.error).toBeUndefined();
  expect(trained).toMatchObject({ state: 'completed', counts: { read: EVENTS }, created_by: `${secured.prefix}insider` });
  model = trained.model_id!;
  const { body } = await insider.ask<{ models: ModelCard[] }>('GET', '/models');
  expect(body.models.map(({ id }) => id)).toEqual([model]);
  // The model knows the backing index, the rights are on the data stream.
  expect(body.models[0].indices).toEqual([expect.stringMatching(/^\.ds-/)]);
  const target_index = `lyrebird-${secured.prefix}synthetic`;
  expect(await insider.run('/generate', { model_id: model, target_index, options: { count: 50 } })).toMatchObject({ state: 'completed', counts: { written: 50, refused: 0 } });
  expect(await insider.run('/score', { model_id: model, source: { index: shared } })).toMatchObject({ state: 'completed', counts: { scored: EVENTS, refused: 0 } });
});

test('whoever may not read what a model learned from finds it nowhere and can do nothing with it', async () => {
  expect(await outsider.ask('GET', '/models')).toMatchObject({ status: 200, body: { models: [] } });
  expect(await outsider.ask('GET', '/status')).toMatchObject({ status: 200, body: { models: 0 } });
  expect(await outsider.ask('GET', `/models/${model}`)).toMatchObject(forbidden());
  expect(await outsider.ask('DELETE', `/models/${model}`)).toMatchObject(forbidden());
  expect(await outsider.ask('POST', '/generate/preview', { model_id: model, options: { count: 1 } })).toMatchObject(forbidden());
  expect(await outsider.ask('POST', '/generate', { model_id: model, options: { count: 1 } })).toMatchObject(forbidden());
  expect(await outsider.ask('POST', '/score', { model_id: model, source: { index: shared } })).toMatchObject(forbidden());
  expect((await insider.ask('GET', `/models/${model}`)).status).toBe(200);
});

test('a report is for those who may read what the model learned from', async () => {
  const evaluation = { model_id: model, source: { index: secret }, options: {} };
  expect(await outsider.ask('POST', '/evaluate', { ...evaluation, source: { index: shared } })).toMatchObject(forbidden());
  const job = await insider.run('/evaluate', evaluation);
  expect(job.error).toBeUndefined();
  expect(job).toMatchObject({ state: 'completed', counts: { read: EVENTS, refused: 0 } });
  expect((await insider.ask<Report>('GET', `/models/${model}/report`)).body.validity.index).toMatchObject({ tried: 500, accepted: 500 });
  expect(await outsider.ask('GET', `/models/${model}/report`)).toMatchObject(forbidden());
  expect(await outsider.ask('GET', `/models/${model}/report.html`)).toMatchObject(forbidden());
});

test('without the right to make an index, or to write, the report still comes: its trial is simulated, or it says what lacks', async () => {
  const may = (names: string) => [{ names: [names], privileges: ['read', 'write', 'view_index_metadata'] as ('read' | 'write' | 'view_index_metadata')[] }];
  const evaluated = async (name: string, own: typeof ownIndices) => {
    const host = await hostOf(name, [secret], nodeUrl, own);
    try {
      const job = await host.run('/evaluate', { model_id: model, source: { index: secret }, options: { seed: 2 } });
      expect(job.error).toBeUndefined();
      expect(job).toMatchObject({ state: 'completed', created_by: `${secured.prefix}${name}` });
      const { validity, figures } = (await host.ask<Report>('GET', `/models/${model}/report`)).body;
      return { trial: validity.index, figure: figures.find(({ id }) => id === 'accepted') };
    } finally {
      await host.close();
    }
  };
  const writer = await evaluated('writer', may('lyrebird-*'));
  expect(writer.trial).toEqual({ index: expect.stringContaining(secret), tried: 500, accepted: 500, refusals: {}, note: expect.stringMatching(/^Simulated .* create_index/) });
  expect(writer.figure).toMatchObject({ value: 1, verdict: 'met', note: writer.trial!.note });
  const reader = await evaluated('reader', may(JOBS_INDEX));
  expect(reader.trial).toMatchObject({ tried: 0, accepted: 0, note: expect.stringMatching(/not tried.*unauthorized.*create_doc/) });
  expect(reader.figure).toMatchObject({ value: null, verdict: 'none', note: reader.trial!.note });
  expect(await secured.admin.indices.get({ index: 'lyrebird-synthetic-trial-*', expand_wildcards: 'all' })).toEqual({});
});

test('nor by going on with a job of somebody who may', async () => {
  const target_index = `lyrebird-${secured.prefix}cancelled`;
  const id = await insider.start('/generate', { model_id: model, target_index, options: { count: 5_000 } });
  await insider.follow(id, ({ counts }) => counts.written > 0);
  expect(await insider.cancel(id)).toMatchObject({ body: { state: 'cancelled' } });
  const written = async () => {
    await secured.admin.indices.refresh({ index: target_index });
    return (await secured.admin.count({ index: target_index })).count;
  };
  const before = await written();
  expect(before).toBeGreaterThan(0);
  expect(await outsider.resume(id)).toMatchObject({ state: 'failed', error: { code: 'LYREBIRD_FORBIDDEN' } });
  expect(await written()).toBe(before);
});

test('two models in a row are for those who may read what both learned from', async () => {
  const trained = async (host: PluginHost, index: string, fields?: string[]) => {
    const { source, options } = training(index);
    const job = await host.run('/train', { source, options: { ...options, max_steps: 20, ...(fields && { fields }) } });
    expect(job).toMatchObject({ state: 'completed' });
    return job.model_id!;
  };
  const [whole, ownPart, secretPart] = [await trained(outsider, shared), await trained(outsider, shared, ['event.action']), await trained(insider, secret, ['event.action'])];
  const asked = (model_id: string, cascade: string, count = 5) => ({ model_id, target_index: `lyrebird-${secured.prefix}cascade`, options: { count, cascade } });
  // The events are of one organisation, so either first model fits.
  for (const [model_id, cascade] of [[whole, secretPart], [model, ownPart]]) {
    for (const route of ['/generate', '/generate/preview']) expect(await outsider.ask('POST', route, asked(model_id, cascade))).toMatchObject(forbidden());
    expect(await insider.run('/generate', asked(model_id, cascade))).toMatchObject({ state: 'completed', counts: { written: 5 } });
  }
  expect(await outsider.run('/generate', asked(whole, ownPart))).toMatchObject({ state: 'completed' });
  // Nor by going on with what somebody may who has the right.
  const id = await insider.start('/generate', asked(whole, secretPart, 20_000));
  await insider.follow(id, ({ stage }) => stage === 'generating');
  expect(await insider.cancel(id)).toMatchObject({ body: { state: 'cancelled' } });
  expect(await outsider.resume(id)).toMatchObject({ state: 'failed', error: { code: 'LYREBIRD_FORBIDDEN', message: expect.stringContaining(secret) } });
});

test('logs are read with the rights of the person: what may not be read is not shown, not trained on, not scored', async () => {
  const sources = async (host: PluginHost) => (await host.ask<Sources>('GET', '/sources')).body.sources.map(({ name }) => name);
  expect(await sources(insider)).toEqual(expect.arrayContaining([secret, shared]));
  expect(await sources(outsider)).toContain(shared);
  expect(await sources(outsider)).not.toContain(secret);
  expect(await outsider.ask('POST', '/fields', { index: secret })).toMatchObject({ status: 403 });
  expect(await outsider.run('/train', training(secret))).toMatchObject({ state: 'failed', error: { code: 'LYREBIRD_FORBIDDEN', message: expect.stringContaining(secret) } });
  // A pattern means what one may read of it.
  const own = await outsider.run('/train', training(`${secured.prefix}s*-sign-ins`));
  expect(own).toMatchObject({ state: 'completed', counts: { read: EVENTS } });
  const { body: card } = await outsider.ask<ModelCard>('GET', `/models/${own.model_id}`);
  expect(card.indices).toEqual([shared]);
  expect(await outsider.run('/score', { model_id: own.model_id, source: { index: secret } })).toMatchObject({ state: 'failed', error: { code: 'LYREBIRD_FORBIDDEN' } });
});

test('synthetic events go only where the person may write', async () => {
  const target_index = `${secured.prefix}elsewhere`;
  const job: PluginJob = await insider.run('/generate', { model_id: model, target_index, options: { count: 5 } });
  expect(job).toMatchObject({ state: 'failed', error: { code: 'LYREBIRD_FORBIDDEN', message: expect.stringContaining(target_index) } });
  expect(await secured.admin.indices.exists({ index: target_index })).toBe(false);
});
