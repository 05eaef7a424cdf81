import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import type { PluginJob, Status } from '../../common';
import { testElasticsearch, type TestElasticsearch } from '../support/elasticsearch';
import { hostHere, type PluginHost } from './support/plugin_host';
import { fillSignIns } from './support/sign_ins';

const EVENTS = 900;
const TOKEN = 'the-token-of-the-node';

let elasticsearch: TestElasticsearch;
let folder: string;
let host: PluginHost | undefined;
let node: ChildProcess | undefined;
let index: string;

beforeAll(async () => {
  elasticsearch = await testElasticsearch();
  folder = await mkdtemp(path.join(tmpdir(), 'lyrebird-node-'));
  await writeFile(path.join(folder, 'token'), TOKEN, { mode: 0o600 });
  index = `${elasticsearch.prefix}sign-ins`;
  await fillSignIns(elasticsearch.client, index, EVENTS);
}, 150_000);

afterEach(async () => {
  await host?.close();
  host = undefined;
  await stopNode();
}, 60_000);

afterAll(() => folder && rm(folder, { recursive: true, force: true }));

const hostFor = (port: number, config: object) =>
  hostHere({ elasticsearch: { url: elasticsearch.url }, config: { node: { url: `http://127.0.0.1:${port}`, ...config } } });

async function freePort(): Promise<number> {
  const server = http.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function startNode(port: number): Promise<void> {
  const main = path.resolve(__dirname, '../../models/node/main.ts');
  const args = ['--import', 'tsx', main, '--data', path.join(folder, 'data'), '--port', String(port), '--token-file', path.join(folder, 'token')];
  node = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'], env: { ...process.env, NODE_OPTIONS: '' } });
  await once(node.stdout!, 'data');
}

async function stopNode(): Promise<void> {
  if (!node || node.exitCode !== null) return;
  const exited = once(node, 'exit');
  node.kill('SIGTERM');
  await exited;
  node = undefined;
}

const training = () => ({ source: { index }, options: { size: 'tiny', minutes: 0.05 } });

test('with no node there the overview says so, training fails with what to do, and is resumed once there is one', async () => {
  const port = await freePort();
  host = await hostFor(port, { tokenFile: path.join(folder, 'token') });
  const { body: down } = await host.ask<Status>('GET', '/status');
  expect(down).toMatchObject({ models: 0, node: { reachable: false, url: `http://127.0.0.1:${port}`, error: expect.stringContaining('does not answer') } });
  const failed = await host.run('/train', training());
  expect(failed).toMatchObject({ state: 'failed', error: { code: 'LYREBIRD_NODE_UNAVAILABLE', message: expect.stringContaining(String(port)), hint: expect.stringContaining('lyrebird.node.url') } });
  await startNode(port);
  expect((await host.ask<Status>('GET', '/status')).body.node).toMatchObject({ reachable: true });
  const done: PluginJob = await host.resume(failed.id);
  expect(done.error).toBeUndefined();
  expect(done).toMatchObject({ state: 'completed', counts: { read: EVENTS } });
  expect((await host.ask<Status>('GET', '/status')).body).toMatchObject({ models: 1, running_jobs: 0 });
}, 90_000);

test('a node that has lost its data gets the events again when the training is resumed', async () => {
  const port = await freePort();
  await startNode(port);
  host = await hostFor(port, { tokenFile: path.join(folder, 'token') });
  const id = await host.start('/train', training());
  await host.follow(id, ({ stage }) => stage !== undefined && stage !== 'reading');
  expect(await host.cancel(id)).toMatchObject({ status: 200, body: { state: 'cancelled' } });
  await stopNode();
  await rm(path.join(folder, 'data'), { recursive: true });
  await startNode(port);
  const done = await host.resume(id);
  expect(done.error).toBeUndefined();
  expect(done).toMatchObject({ state: 'completed', counts: { read: EVENTS } });
}, 90_000);

test('a node that does not take the token is told apart from one that is down, at once', async () => {
  const port = await freePort();
  await startNode(port);
  host = await hostFor(port, { token: 'another' });
  const began = Date.now();
  const failed = await host.run('/train', training());
  expect(failed).toMatchObject({ state: 'failed', error: { code: 'LYREBIRD_NODE_UNAVAILABLE', message: expect.stringContaining('token'), hint: expect.stringContaining('lyrebird.node.token') } });
  // As the plugin's answer: not the status that would send the person's browser to the log-in page.
  expect((await host.ask('GET', '/models')).status).toBe(503);
  expect(Date.now() - began).toBeLessThan(5_000);
}, 60_000);

test.each([401, 404])('what answers %d and is no Lyrebird node is asked once', async (status) => {
  let asked = 0;
  const other = http.createServer((request, response) => {
    asked++;
    request.resume();
    response.writeHead(status, { 'content-type': 'text/html' }).end('<h1>No</h1>');
  });
  other.listen(0, '127.0.0.1');
  await once(other, 'listening');
  host = await hostFor((other.address() as AddressInfo).port, {});
  expect(await host.ask('GET', '/models')).toMatchObject({ status: 503, body: { attributes: { code: 'LYREBIRD_NODE_UNAVAILABLE', hint: expect.stringContaining('lyrebird.node.') } } });
  expect(asked).toBe(1);
  await host.close();
  host = undefined;
  await new Promise((resolve) => other.close(resolve));
});
