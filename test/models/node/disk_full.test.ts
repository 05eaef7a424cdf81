import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { appendFile, readdir, rm, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { jobSchema, type Job } from '../../../common';
import { follow, ndjson, NDJSON, openNode, trainRequest, uploadDataset, type TestNode } from './running_node';

jest.setTimeout(120_000);

const disk = mkdtempSync(path.join(tmpdir(), 'lyrebird-disk-'));
const mounted = process.platform === 'linux' && spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=12m', 'tmpfs', disk]).status === 0;
const onSmallDisk = mounted ? test : test.skip;
const note = mounted ? '' : ' (skipped: only root on Linux can mount a small disk)';

let node: TestNode;
beforeAll(async () => {
  if (mounted) node = await openNode({ dataDir: disk });
});
afterAll(async () => {
  await node?.node.close();
  if (mounted) execFileSync('umount', [disk]);
  rmSync(disk, { recursive: true, force: true });
});

const ballast = path.join(disk, 'ballast');
/** Leaves `bytes` of the disk. */
async function fill(bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(disk);
  await writeFile(ballast, Buffer.alloc(bavail * bsize - bytes));
  if (bytes > 0) return;
  // The figures are estimates: page by page until the disk says so.
  for (;;) {
    try {
      await appendFile(ballast, Buffer.alloc(bsize));
    } catch (error) {
      expect(error).toMatchObject({ code: 'ENOSPC' });
      return;
    }
  }
}

onSmallDisk(`an upload onto a full disk leaves nothing behind and can be sent again${note}`, async () => {
  await node.call('POST', '/v1/datasets', { id: 'full' });
  // Random text, so that compression saves little.
  const body = ndjson(Array.from({ length: 400 }, (_, i) => ({ _id: String(i), _source: { text: randomBytes(900).toString('base64') } })));
  const put = () => node.call('PUT', '/v1/datasets/full/parts/0', undefined, { body, headers: NDJSON });
  await fill(100_000);
  expect(await put()).toMatchObject({ status: 507, body: { code: 'LYREBIRD_DISK_FULL', hint: expect.stringContaining('Free disk space') } });
  expect(await node.call('GET', '/v1/datasets/full')).toMatchObject({ body: { next_part: 0, events: 0 } });
  expect(await readdir(path.join(disk, 'datasets/full/parts'))).toEqual([]);
  await rm(ballast);
  expect(await put()).toMatchObject({ status: 200, body: { events: 400 } });
  expect((await node.call('DELETE', '/v1/datasets/full')).status).toBe(204);
});

onSmallDisk(`a training that fills the disk fails with advice, and goes on when there is room${note}`, async () => {
  await uploadDataset(node, 'd');
  // Room for the job and the first stages, not for a checkpoint (2 MB).
  await fill(900_000);
  const job = jobSchema.parse((await node.call('POST', '/v1/jobs', trainRequest('d', 'Cramped', { max_steps: 30 }))).body);
  const failed = jobSchema.parse(await follow(node, job.id));
  expect(failed).toMatchObject({ state: 'failed', error: { code: 'LYREBIRD_DISK_FULL', hint: expect.stringContaining('resume the job') } });
  expect(await node.call('GET', '/v1/models')).toMatchObject({ body: [] });
  await fill(0);
  expect(await node.call('POST', `/v1/jobs/${job.id}/resume`)).toMatchObject({ status: 507 });
  expect(await node.call('GET', `/v1/jobs/${job.id}`)).toMatchObject({ body: { state: 'failed', error: { code: 'LYREBIRD_DISK_FULL' } } });
  await rm(ballast);
  await node.call('POST', `/v1/jobs/${job.id}/resume`);
  expect(jobSchema.parse(await follow(node, job.id))).toMatchObject({ state: 'completed', model_id: 'cramped' });
});

onSmallDisk(`a full disk refuses new jobs and datasets, and the node goes on answering${note}`, async () => {
  await fill(0);
  expect(await node.call('POST', '/v1/datasets', { id: 'none' })).toMatchObject({ status: 507, body: { code: 'LYREBIRD_DISK_FULL' } });
  expect(await node.call('POST', '/v1/jobs', trainRequest('d', 'None', { max_steps: 1 }))).toMatchObject({ status: 507, body: { code: 'LYREBIRD_DISK_FULL' } });
  expect(await node.call('GET', '/v1/jobs')).toMatchObject({ status: 200, body: [{ model_id: 'cramped', state: 'completed' }] });
  const generated = await node.fetch('/v1/models/cramped/generate', { method: 'POST', body: '{"count":3}', headers: { 'content-type': 'application/json' } });
  expect((await generated.text()).trim().split('\n').at(-1)).toContain('"done":true');
  await rm(ballast);
  expect((await node.call('POST', '/v1/datasets', { id: 'none' })).status).toBe(201);
});

onSmallDisk(`a node starts on a full disk, so that room can be made through it${note}`, async () => {
  const [job] = (await node.call('GET', '/v1/jobs')).body as Job[];
  await node.node.close();
  // As a node that died during the training leaves it.
  await writeFile(path.join(disk, 'jobs', `${job.id}.json`), JSON.stringify({ ...job, state: 'running' }));
  await fill(0);
  node = await openNode({ dataDir: disk });
  expect(await node.call('GET', `/v1/jobs/${job.id}`)).toMatchObject({ body: { state: 'interrupted' } });
  expect((await node.call('DELETE', '/v1/models/cramped')).status).toBe(204);
  expect((await node.call('DELETE', '/v1/datasets/d')).status).toBe(204);
  await rm(ballast);
});
