import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import * as https from 'node:https';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { jobSchema } from '../../../common';
import { makeCertificate } from '../../support/certificate';
import { openNode, closeNode, follow, TOKEN, trainRequest, uploadDataset, type TestNode } from './running_node';

jest.setTimeout(120_000);

let dataDir: string;
let children: ChildProcess[];
beforeEach(async () => {
  children = [];
  dataDir = await mkdtemp(path.join(tmpdir(), 'lyrebird-process-'));
  await writeFile(path.join(dataDir, 'token'), TOKEN);
});
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  await rm(dataDir, { recursive: true, force: true, maxRetries: 5, retryDelay: 300 });
});

const MAIN = path.join(__dirname, '../../../models/node/main.ts');

function spawnNode(...flags: string[]): { child: ChildProcess; stderr: () => string } {
  const child = spawn(process.execPath, ['--import', 'tsx', MAIN, '--data', dataDir, '--port', '0', '--log-level', 'error', ...flags], { stdio: ['pipe', 'pipe', 'pipe'] });
  children.push(child);
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  return { child, stderr: () => stderr };
}

async function listening(...flags: string[]): Promise<{ child: ChildProcess; url: string; node: TestNode }> {
  const { child } = spawnNode('--exit-with-parent', ...flags);
  const [line] = await once(child.stdout!, 'data');
  const { event, url, pid } = JSON.parse(String(line));
  expect([event, pid]).toEqual(['listening', child.pid]);
  const send: TestNode['fetch'] = (where, init = {}) => fetch(url + where, { ...init, headers: { authorization: `Bearer ${TOKEN}`, ...(init.headers as object) } });
  const call: TestNode['call'] = async (method, where, body, init = {}) => {
    const json = body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
    const response = await send(where, { method, ...json, ...init });
    return { status: response.status, headers: response.headers, body: (await response.json()) as never };
  };
  return { child, url, node: { node: { url, close: async () => undefined }, dataDir, fetch: send, call } };
}

async function refusal(...flags: string[]): Promise<[number, string]> {
  const { child, stderr } = spawnNode(...flags);
  const [code] = await once(child, 'close');
  return [code as number, stderr()];
}

test('without auto-resume, a job that a killed node was running is interrupted', async () => {
  const before = await listening();
  await uploadDataset(before.node, 'd');
  const job = jobSchema.parse((await before.node.call('POST', '/v1/jobs', trainRequest('d', 'Killed', { max_steps: 400 }))).body);
  await follow(before.node, job.id, (state) => state.stage === 'train');
  before.child.kill('SIGKILL');
  await once(before.child, 'exit');

  // Told to leave it, the next node only says what has happened to it.
  const cautious = await listening('--no-auto-resume');
  expect(await cautious.node.call('GET', `/v1/jobs/${job.id}`)).toMatchObject({ body: { state: 'interrupted' } });
  cautious.child.kill('SIGTERM');
  expect(await once(cautious.child, 'exit')).toEqual([0, null]);
});

test('a job that was running is taken up by the next node', async () => {
  const before = await listening();
  await uploadDataset(before.node, 'd');
  const job = jobSchema.parse((await before.node.call('POST', '/v1/jobs', trainRequest('d', 'Killed', { max_steps: 400 }))).body);
  await follow(before.node, job.id, (state) => state.stage === 'train');
  before.child.kill('SIGKILL');
  await once(before.child, 'exit');
  const after = await listening();
  expect(await follow(after.node, job.id)).toMatchObject({ state: 'completed', model_id: 'killed' });
  // Its parent goes: the pipe to its standard input closes.
  after.child.stdin!.end();
  expect(await once(after.child, 'exit')).toEqual([0, null]);
});

test('speaks TLS with the certificate that it is given', async () => {
  const [key, cert] = [path.join(dataDir, 'key.pem'), path.join(dataDir, 'cert.pem')];
  const certificate = makeCertificate();
  await Promise.all([writeFile(key, certificate.key), writeFile(cert, certificate.cert)]);
  const { url } = await listening('--tls-cert', cert, '--tls-key', key);
  expect(url).toMatch(/^https:/);
  const answer = await new Promise<number | undefined>((resolve, reject) => {
    https.get(`${url}/v1/jobs`, { ca: certificate.cert, agent: false, headers: { authorization: `Bearer ${TOKEN}` } }, (response) => resolve(response.resume().statusCode)).on('error', reject);
  });
  expect(answer).toBe(200);
  await expect(fetch(`${url}/healthz`)).rejects.toThrow();
  await expect(fetch(`${url.replace('https', 'http')}/healthz`)).rejects.toThrow();
});

test('says what is wrong with how it was started', async () => {
  const other = await openNode();
  try {
    const port = new URL(other.node.url).port;
    await writeFile(path.join(dataDir, 'der'), Buffer.from([0x30, 0x82]));
    const der = path.join(dataDir, 'der');
    expect(await refusal('--port', port)).toEqual([1, expect.stringContaining(`LYREBIRD_CONFLICT: Cannot listen: 127.0.0.1 port ${port} is in use.`)]);
    expect(await refusal('--host', '0.0.0.0')).toEqual([1, expect.stringContaining('--token-file')]);
    expect(await refusal('--tls-cert', der, '--tls-key', der)).toEqual([1, expect.stringContaining('is not PEM')]);
    expect(await refusal('--tls-cert', path.join(dataDir, 'none'), '--tls-key', der)).toEqual([1, expect.stringContaining('ENOENT')]);
  } finally {
    await closeNode(other);
  }
});
