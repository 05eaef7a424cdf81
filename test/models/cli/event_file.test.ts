import { appendFile, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import * as fc from 'fast-check';
import { EventFile } from '../../../models/cli/event_file';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'lyrebird-events-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const LINES = Array.from({ length: 40 }, (_, i) => JSON.stringify({ i, city: 'Zürich – 東京', text: `\u2028${'x'.repeat(i)}` }));
const WHOLE = LINES.map((line) => `${line}\n`).join('');

async function write(file: string, lines: readonly string[], resume: boolean): Promise<number> {
  const events = EventFile.open(file, resume);
  try {
    for (const line of lines) await events.line(line);
    await events.end();
  } catch (error) {
    await events.abandon();
    throw error;
  }
  return events.kept;
}

test('wherever the writing was cut off, the file is whole after it was resumed, and keeps what was whole', () =>
  fc.assert(
    fc.asyncProperty(fc.nat(Buffer.byteLength(WHOLE)), async (bytes) => {
      const file = path.join(root, `cut${bytes}.ndjson`);
      await writeFile(file, WHOLE);
      await truncate(file, bytes);
      const there = (await readFile(file, 'latin1')).split('\n').length - 1;
      const kept = await write(file, LINES, true);
      expect(await readFile(file, 'utf8')).toBe(WHOLE);
      // A line of which nothing but its end was missing is whole, too.
      expect([there, there + 1]).toContain(kept);
    }),
    { numRuns: 60, examples: [[0], [Buffer.byteLength(WHOLE)], [Buffer.byteLength(WHOLE) - 1], [Buffer.byteLength(`${LINES[0]}\n`)], [Buffer.byteLength(LINES[0])]] }
  ));

test('a file of another run is left as it is', async () => {
  const file = path.join(root, 'other.ndjson');
  await writeFile(file, WHOLE);
  await expect(write(file, [LINES[0], '{"i":"other"}', ...LINES.slice(2)], true)).rejects.toMatchObject({ code: 'LYREBIRD_CONFLICT', message: expect.stringContaining('event 2 differs') });
  await expect(write(file, LINES.slice(0, 7), true)).rejects.toMatchObject({ code: 'LYREBIRD_CONFLICT', message: expect.stringContaining('more events') });
  await writeFile(file, WHOLE.replaceAll('\n', '\r\n'));
  await expect(write(file, [...LINES, 'more'], true)).rejects.toMatchObject({ code: 'LYREBIRD_CONFLICT' });
  await writeFile(file, WHOLE);
  await appendFile(file, '{"i":');
  await expect(write(file, LINES.slice(0, -1).concat('{"i":0}'), true)).rejects.toMatchObject({ code: 'LYREBIRD_CONFLICT' });
  expect(await readFile(file, 'utf8')).toBe(`${WHOLE}{"i":`);
});

test('a run does not write over a file, nor resume one that is not there', async () => {
  const file = path.join(root, 'new.ndjson');
  expect(() => EventFile.open(file, true)).toThrow('nothing to resume');
  expect(await write(file, LINES, false)).toBe(0);
  expect(() => EventFile.open(file, false)).toThrow('--resume');
});
