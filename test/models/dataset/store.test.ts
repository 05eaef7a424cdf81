import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { Readable } from 'node:stream';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { LogHit } from '../../../common';
import { DatasetStore, type DatasetReader } from '../../../models/dataset';

let root: string;
let store: DatasetStore;
beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'lyrebird-datasets-'));
  store = new DatasetStore(root);
});
afterEach(() => rm(root, { recursive: true, force: true }));

const bytes = (text: string | Buffer) => Readable.from([Buffer.from(text)]);
const line = (n: number) => `${JSON.stringify({ _id: String(n), _index: 'logs', _source: { n } })}\n`;
const read = async (reader: DatasetReader) => {
  const hits: LogHit[] = [];
  for await (const hit of reader.hits()) hits.push(hit);
  return hits;
};
const numbers = async (id: string) => (await read(await store.reader(id))).map((hit) => hit._source.n);

test('reads back the events of all parts in the order of their numbers', async () => {
  await store.create({ id: 'd', source: 'logs-*' });
  await store.writePart('d', 1, bytes(line(2) + line(3)));
  await store.writePart('d', 0, bytes(gzipSync(line(0) + line(1))), { gzip: true });
  const reader = await store.reader('d');
  expect(reader.source).toBe('logs-*');
  expect(await read(reader)).toEqual([0, 1, 2, 3].map((n) => ({ _id: String(n), _index: 'logs', _source: { n } })));
  expect(await store.get('d')).toMatchObject({ id: 'd', state: 'open', next_part: 2, events: 4, skipped: {} });
});

test('sets bad lines aside by reason and keeps the rest', async () => {
  await store.create({ id: 'd' });
  const deep = `{"_source":{"a":${'['.repeat(500)}${']'.repeat(500)}}}\n`;
  const long = `{"_source":{"a":"${'x'.repeat(17 * 1024 * 1024)}"}}\n`;
  const result = await store.writePart('d', 0, bytes(`${line(1)}{oops\n[1]\n"text"\n{"no":"source"}\n\n\r\n${deep}${long}${line(2)}`));
  const skipped = { malformed_json: 1, not_an_object: 2, no_source: 1, nested_too_deep: 1, line_too_long: 1 };
  expect(result).toEqual({ events: 2, skipped });
  expect(await numbers('d')).toEqual([1, 2]);
  expect((await store.reader('d')).skipped).toEqual(skipped);
});

test('the same part again replaces it and leaves one file', async () => {
  await store.create({ id: 'd' });
  await store.writePart('d', 0, bytes(line(1)));
  await store.writePart('d', 0, bytes(line(2) + line(3)));
  expect(await numbers('d')).toEqual([2, 3]);
  expect(await store.get('d')).toMatchObject({ events: 2, next_part: 1 });
  expect((await readdir(path.join(root, 'd', 'parts'))).filter((name) => name.endsWith('.gz'))).toHaveLength(1);
});

test('an upload that breaks off leaves the part as it was', async () => {
  await store.create({ id: 'd' });
  await store.writePart('d', 0, bytes(line(1)));
  const broken = (async function* () {
    yield Buffer.from(line(2));
    throw new Error('hung up');
  })();
  await expect(store.writePart('d', 0, broken)).rejects.toThrow('hung up');
  const brokenGzip = gzipSync(line(7).repeat(1000)).subarray(0, 60);
  await expect(store.writePart('d', 1, bytes(brokenGzip), { gzip: true })).rejects.toMatchObject({ code: 'LYREBIRD_BAD_REQUEST' });
  expect(await numbers('d')).toEqual([1]);
  expect(await readdir(path.join(root, 'd', 'parts'))).toHaveLength(2);
});

test('a full disk is LYREBIRD_DISK_FULL and leaves nothing behind', async () => {
  // /dev/full is the kernel's own full disk: every write to it fails with ENOSPC.
  const { writeFileAtomic } = await import('../../../models/dataset');
  const full = await writeFile('/dev/full', 'x').catch((error: NodeJS.ErrnoException) => error.code);
  expect(full).toBe('ENOSPC');
  await store.create({ id: 'd' });
  const noSpace = (async function* () {
    yield Buffer.from(line(1));
    await writeFile('/dev/full', 'x');
  })();
  await expect(store.writePart('d', 0, noSpace)).rejects.toMatchObject({ code: 'LYREBIRD_DISK_FULL', statusCode: 507 });
  expect(await readdir(path.join(root, 'd', 'parts'))).toEqual([]);
  await expect(writeFileAtomic(path.join(root, 'missing', 'file'), 'x')).rejects.toThrow('ENOENT');
});

test('parts written at the same time lose no counts', async () => {
  await store.create({ id: 'd' });
  await Promise.all(Array.from({ length: 20 }, (_, n) => store.writePart('d', n, bytes(line(n) + '{bad\n'))));
  expect(await store.get('d')).toMatchObject({ next_part: 20, events: 20, skipped: { malformed_json: 20 } });
  expect(await numbers('d')).toEqual(Array.from({ length: 20 }, (_, n) => n));
});

test('a closed dataset takes no parts; a missing part keeps it open', async () => {
  await store.create({ id: 'd' });
  await store.writePart('d', 0, bytes(line(0)));
  await store.writePart('d', 2, bytes(line(2)));
  await expect(store.close('d')).rejects.toMatchObject({ code: 'LYREBIRD_CONFLICT', message: expect.stringContaining('Part 1') });
  await store.writePart('d', 1, bytes(line(1)));
  expect(await store.close('d')).toMatchObject({ state: 'closed', events: 3 });
  await expect(store.writePart('d', 3, bytes(line(3)))).rejects.toMatchObject({ code: 'LYREBIRD_CONFLICT' });
});

test('refuses a part over the limit, also when compression hides its size', async () => {
  await store.create({ id: 'd' });
  const big = gzipSync(line(1).repeat(10_000));
  expect(big.length).toBeLessThan(10_000);
  await expect(store.writePart('d', 0, bytes(big), { gzip: true, maxBytes: 10_000 })).rejects.toMatchObject({ code: 'LYREBIRD_TOO_LARGE' });
  expect(await readdir(path.join(root, 'd', 'parts'))).toEqual([]);
});

test('lists, deletes, and tells an unknown or taken id', async () => {
  await store.create({ id: 'a' });
  await store.create({ id: 'b' });
  await expect(store.create({ id: 'a' })).rejects.toMatchObject({ code: 'LYREBIRD_CONFLICT' });
  await store.delete('a');
  expect((await store.list()).map(({ id }) => id)).toEqual(['b']);
  await expect(store.get('a')).rejects.toMatchObject({ code: 'LYREBIRD_NOT_FOUND' });
  await expect(store.get('../b')).rejects.toMatchObject({ code: 'LYREBIRD_BAD_REQUEST' });
  expect(await readdir(root)).toEqual(['b']);
});

test('recovery removes what a crash has left and nothing else', async () => {
  await store.create({ id: 'd' });
  await store.writePart('d', 0, bytes(line(0)));
  const parts = path.join(root, 'd', 'parts');
  await writeFile(path.join(parts, '00000001.abc.ndjson.gz'), 'half');
  await new DatasetStore(root).recover();
  expect(await readdir(parts)).toHaveLength(2);
  expect(await numbers('d')).toEqual([0]);
});

test('a damaged part is LYREBIRD_CORRUPT', async () => {
  await store.create({ id: 'd' });
  await store.writePart('d', 0, bytes(line(0)));
  const parts = path.join(root, 'd', 'parts');
  const file = (await readdir(parts)).find((name) => name.endsWith('.gz'))!;
  const whole = await readFile(path.join(parts, file));
  expect(gunzipSync(whole).toString()).toBe(line(0));
  await writeFile(path.join(parts, file), whole.subarray(0, 20));
  await expect(numbers('d')).rejects.toMatchObject({ code: 'LYREBIRD_CORRUPT', message: expect.stringContaining(file) });
});
