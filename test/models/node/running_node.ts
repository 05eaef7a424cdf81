import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { startNode, type NodeOptions, type RunningNode } from '../../../models/node';

export const TOKEN = 'a-token-for-the-tests';

export interface TestNode {
  node: RunningNode;
  dataDir: string;
  call(method: string, path: string, body?: unknown, init?: RequestInit): Promise<{ status: number; headers: Headers; body: never }>;
  fetch(path: string, init?: RequestInit): Promise<Response>;
}

/** A node on a free port with a fresh data folder (or the given one). */
export async function openNode(options: Partial<NodeOptions> = {}): Promise<TestNode> {
  const dataDir = options.dataDir ?? (await mkdtemp(path.join(tmpdir(), 'lyrebird-node-')));
  const node = await startNode({ port: 0, token: TOKEN, ...options, dataDir });
  const send = (where: string, init: RequestInit = {}) =>
    fetch(node.url + where, { ...init, headers: { authorization: `Bearer ${TOKEN}`, ...(init.headers as object) } });
  return {
    node,
    dataDir,
    fetch: send,
    async call(method, where, body, init = {}) {
      const json = body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
      const response = await send(where, { method, ...json, ...init });
      const text = await response.text();
      return { status: response.status, headers: response.headers, body: (text === '' ? undefined : JSON.parse(text)) as never };
    },
  };
}

export async function closeNode({ node, dataDir }: TestNode): Promise<void> {
  await node.close();
  await rm(dataDir, { recursive: true, force: true });
}

/** 600 events a minute apart of three people. */
export const EVENTS = Array.from({ length: 600 }, (_, i) => ({
  '@timestamp': new Date(1_700_000_000_000 + i * 60_000).toISOString(),
  user: { name: ['ann', 'bob', 'cy'][i % 3] },
  event: { id: `e${i}`, action: ['login', 'logout', 'read'][((i * 7) >> 2) % 3] },
  ip: `10.0.0.${i % 3}`,
}));
export const HITS = EVENTS.map((_source, i) => ({ _id: String(i), _index: 'logs', _source }));
export const ndjson = (values: unknown[]) => values.map((value) => `${JSON.stringify(value)}\n`).join('');
export const NDJSON = { 'content-type': 'application/x-ndjson' };

export async function uploadDataset(node: TestNode, id: string): Promise<void> {
  await node.call('POST', '/v1/datasets', { id });
  await node.call('PUT', `/v1/datasets/${id}/parts/0`, undefined, { body: ndjson(HITS), headers: NDJSON });
  await node.call('POST', `/v1/datasets/${id}/close`);
}

/** The states of a job as its stream tells them, until it ends. */
export async function follow(node: TestNode, jobId: string, reached: (job: Record<string, never>) => boolean = () => false): Promise<Record<string, never>> {
  const response = await node.fetch(`/v1/jobs/${jobId}/events`);
  let text = '';
  let last: Record<string, never> = {};
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    text += Buffer.from(chunk).toString();
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const event = text.slice(0, end);
      text = text.slice(end + 2);
      if (!event.startsWith('data: ')) continue;
      last = JSON.parse(event.slice(6)) as Record<string, never>;
      // Leaving the loop cancels the stream.
      if (reached(last)) return last;
    }
  }
  return last;
}

/** A tiny training of minutes, unless `options` end it sooner. */
export const trainRequest = (dataset_id: string, name: string, options: object = {}) => ({
  type: 'train',
  dataset_id,
  options: { name, size: 'tiny', minutes: 5, ...options },
});

/** Asks until it is so, for at most a minute. */
export async function until(isSo: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 60_000;
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error(`not so after a minute: ${isSo}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
