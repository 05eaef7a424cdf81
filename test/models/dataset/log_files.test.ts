import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { gzipSync } from 'node:zlib';
import type { LogHit } from '../../../common';
import { logFilesReader, logFilesSize, readLogFiles, splitLines, type LogFileOptions } from '../../../models/dataset';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'lyrebird-logs-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const file = async (name: string, content: string | Buffer) => {
  const full = path.join(root, name);
  await writeFile(full, content);
  return full;
};
const all = async (files: string[], options?: LogFileOptions) => {
  const hits: LogHit[] = [];
  for await (const hit of readLogFiles(files, options)) hits.push(hit);
  return hits;
};

test('reads NDJSON with CRLF, a byte order mark and bad lines; the file names the index', async () => {
  const name = await file('Sign In.ndjson', '\ufeff{"a":1}\r\n\r\n{bad\r\n{"a":"é\u2028"}');
  const skips: unknown[] = [];
  expect(await all([name], { onSkip: (reason, _file, line) => skips.push([reason, line]) })).toEqual([
    { _index: 'sign-in', _source: { a: 1 } },
    { _index: 'sign-in', _source: { a: 'é\u2028' } },
  ]);
  expect(skips).toEqual([['malformed_json', 2]]);
});

test('tells gzip by the content, not by the name', async () => {
  const zipped = await file('a.jsonl', gzipSync('{"a":1}\n'));
  const plain = await file('b.jsonl.gz', '{"b":2}\n');
  expect((await all([zipped, plain])).map((hit) => hit._source)).toEqual([{ a: 1 }, { b: 2 }]);
});

test('the time of a line of plain text becomes its timestamp', async () => {
  const name = await file('timed.log', '081109 203518 143 INFO dfs.DataNode: Receiving block blk_-1\n  at java.lang.Thread.run\n');
  expect((await all([name])).map((hit) => hit._source)).toEqual([
    { '@timestamp': '2008-11-09T20:35:18.000Z', message: '143 INFO dfs.DataNode: Receiving block blk_-1' },
    { message: '  at java.lang.Thread.run' },
  ]);
});

test('a line of plain text becomes a message', async () => {
  const name = await file('sshd.log', 'Jan  1 sshd[1]: accepted\n{not json\n');
  expect((await all([name])).map((hit) => hit._source)).toEqual([{ message: 'Jan  1 sshd[1]: accepted' }, { message: '{not json' }]);
});

test('unwraps a member, lists too, and keeps what the event lacks', async () => {
  const name = await file('w.jsonl', '{"user":"ann","event":{"x":1}}\n{"user":"bob","event":[{"x":2},{"x":3,"user":"own"}]}\n{"user":"eve"}\n{"event":7}\n');
  const skips: string[] = [];
  expect((await all([name], { unwrap: 'event', keep: ['user'], onSkip: (reason) => skips.push(reason) })).map((hit) => hit._source)).toEqual([
    { x: 1, user: 'ann' },
    { x: 2, user: 'bob' },
    { x: 3, user: 'own' },
  ]);
  expect(skips).toEqual(['member_missing', 'not_an_object']);
});

test('takes search hits as they are', async () => {
  const name = await file('export.json', '{"_index":"logs-x","_id":"1","_source":{"a":1},"sort":[1]}\n');
  expect(await all([name])).toEqual([{ _index: 'logs-x', _id: '1', _source: { a: 1 } }]);
});

test('says what is wrong with a missing file, a folder and pretty-printed JSON', async () => {
  await expect(all([path.join(root, 'nope')])).rejects.toMatchObject({ code: 'LYREBIRD_NOT_FOUND', message: expect.stringContaining('nope') });
  await expect(all([root])).rejects.toMatchObject({ code: 'LYREBIRD_BAD_REQUEST' });
  await expect(all([await file('p.json', '[\n  {"a": 1}\n]\n')])).rejects.toMatchObject({ code: 'LYREBIRD_BAD_REQUEST', hint: expect.stringContaining('jq') });
  expect(await all([await file('empty.log', '')])).toEqual([]);
});

test('a reader counts from anew each time it is read', async () => {
  const reader = logFilesReader([await file('a.jsonl', '{"a":1}\n{bad\n')]);
  for (let pass = 0; pass < 2; pass++) {
    for await (const hit of reader.hits()) expect(hit._source).toEqual({ a: 1 });
    expect(reader.skipped).toEqual({ malformed_json: 1 });
  }
  expect(reader.source).toBe('a.jsonl');
});

test('lines are the same wherever the chunks are cut', async () => {
  const text = Buffer.from('one\r\n\ntwo é\nvery long line\nthree');
  const expected = ['one', 'two é', null, 'three'];
  for (let size = 1; size <= text.length; size++) {
    const chunks = async function* () {
      for (let at = 0; at < text.length; at += size) yield text.subarray(at, at + size);
    };
    const lines: Array<string | null> = [];
    for await (const batch of splitLines(chunks(), 10)) lines.push(...batch.map((line) => line && line.toString()));
    expect(lines).toEqual(expected);
  }
});

test('tells the bytes read as they lie on the disk, up to the size of the files', async () => {
  const text = Array.from({ length: 50_000 }, (_, i) => `{"n":${i}}\n`).join('');
  const files = [await file('a.jsonl', text), await file('b.jsonl.gz', gzipSync(text))];
  const size = await logFilesSize(files);
  let bytes = 0;
  const seen: number[] = [];
  let events = 0;
  for await (const hit of readLogFiles(files, { onRead: (piece) => (bytes += piece) })) {
    expect(hit._source).toHaveProperty('n');
    events += 1;
    if (events % 10_000 === 0) seen.push(bytes);
  }
  expect([events, bytes]).toEqual([100_000, size]);
  expect(bytes).toBeLessThan(2 * text.length);
  // On the way, not all at the start.
  expect(seen[0]).toBeLessThan(size! / 2);
  expect(seen).toEqual([...seen].sort((a, b) => a - b));
});

(process.platform === 'win32' ? test.skip : test)('what has no size has none', async () => {
  expect(await logFilesSize([await file('a.jsonl', '{}'), '/dev/null'])).toBeUndefined();
});
