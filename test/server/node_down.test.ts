import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import type { PluginJob, Status } from '../../common';
import { freePort } from '../../standalone/elasticsearch';
import { makeCertificate } from '../support/certificate';
import { testElasticsearch, type TestElasticsearch } from '../support/elasticsearch';
import { hostHere, type PluginHost } from './support/plugin_host';
import { RemoteNode } from './support/remote_node';
import { fillSignIns } from './support/sign_ins';

jest.setTimeout(300_000);

const EVENTS = 900;

let elasticsearch: TestElasticsearch;
let folder: string;
let host: PluginHost | undefined;
let node: RemoteNode;
let index: string;

beforeAll(async () => {
  elasticsearch = await testElasticsearch();
  folder = await mkdtemp(path.join(tmpdir(), 'lyrebird-node-'));
  node = new RemoteNode(folder, 'the-token-of-the-node');
  index = `${elasticsearch.prefix}sign-ins`;
  await fillSignIns(elasticsearch.client, index, EVENTS);
});

afterEach(async () => {
  await host?.close();
  host = undefined;
  await node.stop();
});

afterAll(() => folder && rm(folder, { recursive: true, force: true }));

const hostFor = (url: string, config: object = { tokenFile: node.tokenFile }) => hostHere({ elasticsearch: { url: elasticsearch.url }, config: { node: { url, ...config } } });

/** A server that is no node of ours: answers each request with this. Counts them. */
async function standIn(status: number, type: string, body: string): Promise<{ url: string; asked: () => number; close: () => Promise<unknown> }> {
  let asked = 0;
  const server = http.createServer((request, response) => {
    asked++;
    request.resume();
    response.writeHead(status, { 'content-type': type }).end(body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked: () => asked,
    close: () => (server.closeAllConnections(), new Promise((resolve) => server.close(resolve))),
  };
}

const training = () => ({ source: { index }, options: { size: 'tiny', minutes: 0.05 } });

test('with no node there the overview says so, training fails with what to do, and is resumed once there is one', async () => {
  const port = await freePort();
  host = await hostFor(`http://127.0.0.1:${port}`);
  const { body: down } = await host.ask<Status>('GET', '/status');
  expect(down).toMatchObject({ models: 0, node: { reachable: false, url: `http://127.0.0.1:${port}`, error: expect.stringContaining('does not answer') } });
  const failed = await host.run('/train', training());
  expect(failed).toMatchObject({ state: 'failed', error: { code: 'LYREBIRD_NODE_UNAVAILABLE', message: expect.stringContaining(String(port)), hint: expect.stringContaining('lyrebird.node.url') } });
  await node.start(port);
  expect((await host.ask<Status>('GET', '/status')).body.node).toMatchObject({ reachable: true });
  const done: PluginJob = await host.resume(failed.id);
  expect(done.error).toBeUndefined();
  expect(done).toMatchObject({ state: 'completed', counts: { read: EVENTS } });
  // A job can be read a moment before it is found among those that have ended.
  let status: Status;
  do status = (await host.ask<Status>('GET', '/status')).body;
  while (status.running_jobs > 0);
  expect(status.models).toBe(1);
});

test('a node that has lost its data gets the events again when the training is resumed', async () => {
  const port = await freePort();
  host = await hostFor(await node.start(port));
  const id = await host.start('/train', training());
  await host.follow(id, ({ stage }) => stage !== undefined && stage !== 'reading');
  expect(await host.cancel(id)).toMatchObject({ status: 200, body: { state: 'cancelled' } });
  await node.stop();
  await rm(node.dataDir, { recursive: true });
  await node.start(port);
  const done = await host.resume(id);
  expect(done.error).toBeUndefined();
  expect(done).toMatchObject({ state: 'completed', counts: { read: EVENTS } });
});

test('a node that does not take the token is told apart from one that is down, at once', async () => {
  host = await hostFor(await node.start(), { token: 'another' });
  const failed = await host.run('/train', training());
  expect(failed).toMatchObject({ state: 'failed', error: { code: 'LYREBIRD_NODE_UNAVAILABLE', message: expect.stringContaining('token'), hint: expect.stringContaining('lyrebird.node.token') } });
  // As the plugin's answer: not the status that would send the person's browser to the log-in page.
  expect((await host.ask('GET', '/models')).status).toBe(503);
});

test.each([401, 404])('what answers %d and is no Lyrebird node is asked once', async (status) => {
  const other = await standIn(status, 'text/html', '<h1>No</h1>');
  host = await hostFor(other.url, {});
  expect(await host.ask('GET', '/models')).toMatchObject({ status: 503, body: { attributes: { code: 'LYREBIRD_NODE_UNAVAILABLE', hint: expect.stringContaining('lyrebird.node.') } } });
  expect(other.asked()).toBe(1);
  await other.close();
});

test('a node of another version is told apart from one that is down', async () => {
  const other = await standIn(200, 'application/json', JSON.stringify({ models: [{ id: 'm', version: 2 }], status: 'fine' }));
  host = await hostFor(other.url, {});
  expect(await host.ask('GET', '/models')).toMatchObject({ status: 503, body: { attributes: { message: expect.stringContaining('is not of this version'), hint: expect.stringContaining('same version') } } });
  expect((await host.ask<Status>('GET', '/status')).body.node).toMatchObject({ reachable: false, error: expect.stringContaining('is not of this version') });
  await other.close();
});

test('a node with a certificate is trusted by its authority alone, and asked once', async () => {
  const url = await node.start(0, makeCertificate());
  const caFile = path.join(folder, 'cert.pem');
  const seenBy = async (address: string, config: object) => {
    await host?.close();
    host = await hostFor(address, { tokenFile: node.tokenFile, ...config });
    return (await host.ask<Status>('GET', '/status')).body.node;
  };
  const hint = async () => (await host!.ask<{ attributes: { hint: string } }>('GET', '/models')).body.attributes.hint;
  expect(await seenBy(url, { caFile })).toMatchObject({ reachable: true, url });
  expect(await host!.ask('GET', '/models')).toMatchObject({ status: 200 });

  expect(await seenBy(url, {})).toMatchObject({ reachable: false, error: expect.stringContaining('self-signed certificate') });
  expect(await hint()).toContain('lyrebird.node.caFile');
  expect(await seenBy(url.replace('127.0.0.1', 'localhost'), { caFile })).toMatchObject({ reachable: false, error: expect.stringContaining('altnames') });
  expect(await hint()).toContain('a name in lyrebird.node.url');
  expect(await seenBy(url.replace('https', 'http'), {})).toMatchObject({ reachable: false, error: expect.stringContaining('does not answer') });
  const missing = path.join(folder, 'none.pem');
  expect(await seenBy(url, { caFile: missing })).toMatchObject({ error: expect.stringContaining(`Cannot read "${missing}" (lyrebird.node.caFile)`) });
  await writeFile(caFile, makeCertificate().cert);
  expect((await seenBy(url, { caFile })).reachable).toBe(false);
  expect(await hint()).toContain('lyrebird.node.caFile');
});

test('a node without a certificate cannot be asked by https', async () => {
  host = await hostFor((await node.start()).replace('http', 'https'));
  expect(await host.ask('GET', '/models')).toMatchObject({ status: 503, body: { attributes: { hint: expect.stringContaining('--tls-cert') } } });
});

test('without any node the app says what is missing, at once', async () => {
  host = await hostHere({ elasticsearch: { url: elasticsearch.url }, config: { node: { embedded: { path: path.join(folder, 'nothing'), dataDir: folder } } } });
  const { body } = await host.ask<Status>('GET', '/status');
  expect(body.node).toMatchObject({ reachable: false, error: expect.stringMatching(/no model node: lyrebird\.node\.url is not set/) as string });
});
