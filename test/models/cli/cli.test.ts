import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { EVENTS, ndjson } from '../node/running_node';

jest.setTimeout(120_000);

const bin = path.join(__dirname, '../../../bin/lyrebird.js');
let root: string;
beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'lyrebird-cli-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const lyrebird = (...args: string[]) =>
  new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    execFile(process.execPath, [bin, ...args], { cwd: root }, (error, stdout, stderr) => resolve({ code: error ? Number(error.code) : 0, stdout, stderr }));
  });

test('learns, writes and scores log files', async () => {
  await writeFile(path.join(root, 'logs.jsonl'), `${ndjson(EVENTS)}{bad\n`);
  const trained = await lyrebird('train', '--logs', 'logs.jsonl', '--entity', 'user.name', '--out', 'model', '--size', 'tiny', '--minutes', '0.05', '--json');
  expect(trained).toMatchObject({ code: 0 });
  expect(JSON.parse(trained.stdout)).toMatchObject({ id: 'model', skipped: { malformed_json: 1 }, entities: 3 });
  const generated = await lyrebird('generate', '--model', 'model', '--count', '5', '--entity', 'ann', '--json');
  expect(generated.stdout.trim().split('\n').map((line) => JSON.parse(line).user.name)).toEqual(Array(5).fill('ann'));
  const scored = await lyrebird('score', '--model', 'model', '--logs', 'logs.jsonl', '--id-field', 'nope', '--id-field', 'event.id', '--json');
  expect(scored.code).toBe(0);
  expect(JSON.parse(scored.stdout.split('\n')[0])).toMatchObject({ id: 'e0', entity: 'ann', score: expect.any(Number), top_fields: expect.any(Array) });
  expect(JSON.parse(scored.stderr)).toMatchObject({ scored: 600, skipped: { malformed_json: 1 }, late: 0 });
});

test('exit codes tell wrong usage from bad input', async () => {
  await writeFile(path.join(root, 'one.jsonl'), ndjson(EVENTS.slice(0, 1)));
  const codes = await Promise.all([
    lyrebird('--help'),
    lyrebird('train', '--out', 'x'),
    lyrebird('generate', '--model', 'model'),
    lyrebird('train', '--logs', 'missing.jsonl', '--out', 'y'),
  ]);
  expect(codes.map(({ code }) => code)).toEqual([0, 2, 2, 3]);
  const one = await lyrebird('train', '--logs', 'one.jsonl', '--out', 'z', '--size', 'tiny');
  expect(one).toMatchObject({ code: 3, stderr: expect.stringContaining('1 usable event') });
});
