import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { indexOf } from '../../simulator';
import { sample } from './sample';

const ROOT = path.join(__dirname, '../..');
const CLI = ['--import', 'tsx', path.join(ROOT, 'simulator/cli.ts')];

interface Outcome {
  code: number | null;
  out: string;
  err: string;
  lines: number;
}
/** Runs the command; `keep: false` counts the lines without keeping them, `closeAfter` stops reading early. */
function run(args: string[], { keep = true, node = [] as string[], closeAfter = Infinity } = {}): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [...node, ...CLI, ...args], { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
    const outcome: Outcome = { code: null, out: '', err: '', lines: 0 };
    child.stdout.on('data', (chunk: Buffer) => {
      for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, at + 1)) outcome.lines++;
      if (keep) outcome.out += chunk.toString();
      if (outcome.lines > closeAfter) child.stdout.destroy();
    });
    child.stderr.on('data', (chunk: Buffer) => (outcome.err += chunk.toString()));
    child.on('close', (code) => resolve({ ...outcome, code }));
  });
}

const SMALL = ['--users', '6', '--days', '3', '--seed', '7', '--end', '2026-03-01'];
const expected = sample({ users: 6, days: 3, seed: 7 });
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'simulate-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('streams the same hits as the library, one a line', async () => {
  const { code, out, err } = await run(SMALL);
  expect(code).toBe(0);
  expect(err).toBe('');
  expect(out).toBe(expected.map((e) => `${JSON.stringify({ _id: e._id, _index: indexOf(e.dataset), _source: e._source })}\n`).join(''));
});

it('writes bare documents, compressed, with the labels in a file of their own', async () => {
  const out = path.join(folder, 'logs.ndjson.gz');
  const labels = path.join(folder, 'labels.ndjson');
  const { code, err, lines } = await run([...SMALL, '--plain', '--out', out, '--labels', labels]);
  expect(code).toBe(0);
  expect(lines).toBe(0);
  expect(err).toContain(`${expected.length} events written to ${out}`);
  expect(gunzipSync(readFileSync(out)).toString()).toBe(expected.map((e) => `${JSON.stringify(e._source)}\n`).join(''));
  const written = readFileSync(labels, 'utf8').trimEnd().split('\n').map((line) => JSON.parse(line) as object);
  expect(written).toEqual(
    expected.filter((e) => e.label).map((e) => ({ event_id: e._id, index: indexOf(e.dataset), dataset: e.dataset, entity: e.entity, timestamp: e.timestamp, ...e.label }))
  );
});

it('explains itself', async () => {
  const { code, out } = await run(['--help']);
  expect(code).toBe(0);
  for (const option of ['--users', '--days', '--seed', '--end', '--events-per-day', '--labels', '--out', '--plain']) expect(out).toContain(option);
});

it.each([
  [['--users', 'many'], /whole number/],
  [['--users', '0'], /users is 0, expected an integer/],
  [['--end', 'yesterday-ish'], /ISO 8601/],
  [['--out', '/nonexistent-folder/x.ndjson', '--users', '2', '--days', '1'], /Cannot write \/nonexistent-folder\/x\.ndjson/],
  [['--colour'], /unknown option/],
])('fails on %j with a reason', async (args, message) => {
  const { code, err, out } = await run(args);
  expect(code).toBe(1);
  expect(err).toMatch(message);
  expect(err).not.toMatch(/\n\s+at /);
  expect(out).toBe('');
});

(existsSync('/dev/full') ? it : it.skip).each(['full.ndjson', 'full.ndjson.gz'])('says so when the disk is full (%s)', async (name) => {
  symlinkSync('/dev/full', path.join(folder, name));
  const { code, err } = await run(['--out', path.join(folder, name)]);
  expect(code).toBe(1);
  expect(err).toMatch(/No space left/);
});

it('ends quietly when its reader has seen enough', async () => {
  const { code, err } = await run([], { closeAfter: 10 });
  expect(code).toBe(0);
  expect(err).toBe('');
});

it('streams 200,000 events (0.7 GB) through a heap of 128 MB', async () => {
  const { code, err, lines } = await run(['--users', '400', '--days', '30', '--end', '2026-03-01'], { keep: false, node: ['--max-old-space-size=128'] });
  expect(err).toBe('');
  expect(code).toBe(0);
  expect(lines).toBeGreaterThan(180_000);
}, 180_000);
