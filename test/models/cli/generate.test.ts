import { watch } from 'node:fs';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { onlyPaths, type LogEvent } from '../../../common';
import { EVENTS, ndjson } from '../node/running_node';
import { linesOf, run, start } from './run_lyrebird';

jest.setTimeout(120_000);

const QUICK = ['--logs', 'logs.jsonl', '--entity', 'user.name', '--size', 'tiny', '--max-steps', '40', '--json'];
let root: string;
const lyrebird = (...args: string[]) => run(root, args);
const inRoot = (name: string) => path.join(root, name);

beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'lyrebird-generate-'));
  await writeFile(inRoot('logs.jsonl'), ndjson(EVENTS));
  expect(await lyrebird('train', '--out', 'all', ...QUICK)).toMatchObject({ code: 0 });
});
afterAll(() => rm(root, { recursive: true, force: true }));

/** Resolves when the file has grown to so many bytes. */
async function grown(file: string, bytes: number): Promise<void> {
  const watcher = watch(root);
  try {
    const sizeOf = async () => (await stat(file).catch(() => undefined))?.size ?? 0;
    while ((await sizeOf()) < bytes) await new Promise((resolve) => watcher.once('change', resolve));
  } finally {
    watcher.close();
  }
}

test('a run that was killed goes on where its file ends, and gives the file that it would have given', async () => {
  const to = (file: string, ...more: string[]) => ['generate', '--model', 'all', '--count', '1500', '--out', file, ...more];
  const killed = start(root, to('killed.ndjson'));
  await grown(inRoot('killed.ndjson'), 1000);
  killed.child.kill('SIGKILL');
  expect(await killed.ended).toMatchObject({ code: null });
  const there = (await readFile(inRoot('killed.ndjson'), 'latin1')).split('\n').length - 1;

  expect(await lyrebird(...to('killed.ndjson'))).toMatchObject({ code: 2, stderr: expect.stringContaining('--resume') });
  expect(await lyrebird(...to('killed.ndjson', '--resume', '--seed', '2'))).toMatchObject({ code: 1, stderr: expect.stringContaining('other events') });
  const resumed = await lyrebird(...to('killed.ndjson', '--resume', '--json', '--labels', 'labels.ndjson'));
  expect(resumed).toMatchObject({ code: 0, stdout: '' });
  expect(JSON.parse(resumed.stderr)).toMatchObject({ generated: 1500, kept: there });
  expect(linesOf(await readFile(inRoot('labels.ndjson'), 'utf8'))).toHaveLength(1500);

  const straight = await lyrebird('generate', '--model', 'all', '--count', '1500');
  expect(await readFile(inRoot('killed.ndjson'), 'utf8')).toBe(straight.stdout);
  expect(await lyrebird('generate', '--model', 'all', '--count', '1', '--resume')).toMatchObject({ code: 2, stderr: expect.stringContaining('--out') });
});

test('a model of chosen fields can be used by itself and as the first of two', async () => {
  expect(await lyrebird('train', '--out', 'none', ...QUICK, '--fields', 'source.geo.*')).toMatchObject({ code: 3, stderr: expect.stringContaining('source.geo.*') });
  expect(await lyrebird('train', '--out', 'first', ...QUICK, '--fields', 'event.action, ip')).toMatchObject({ code: 0 });
  const chosen = (event: unknown) => onlyPaths(event as LogEvent, ['@timestamp', 'user.name', 'event.action', 'ip']);
  const alone = linesOf((await lyrebird('generate', '--model', 'first', '--count', '200')).stdout);
  expect(alone).toEqual(alone.map(chosen));
  const both = await lyrebird('generate', '--model', 'all', '--cascade', 'first', '--count', '200', '--json');
  expect(both.code).toBe(0);
  const events = linesOf(both.stdout);
  expect(JSON.parse(both.stderr)).toMatchObject({ generated: 200, unfit: 0 });
  expect(events.map(chosen)).toEqual(alone);
  // The rest is there.
  for (const event of events) expect(Object.keys(event).sort()).toEqual(Object.keys(EVENTS[0]).sort());
  expect(await lyrebird('generate', '--model', 'first', '--cascade', 'all', '--count', '1')).toMatchObject({ code: 1, stderr: expect.stringContaining('--fields') });
});
