import fc from 'fast-check';
import { mkdtempSync, readFileSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LyrebirdError } from '../../../common';
import { readSafetensors, writeSafetensors, type NamedTensor } from '../../../models/gpt';

const folder = mkdtempSync(join(tmpdir(), 'lyrebird-safetensors-'));
afterAll(() => rmSync(folder, { recursive: true }));
const path = join(folder, 'a.safetensors');

const tensors = fc
  .uniqueArray(fc.string({ minLength: 1 }).filter((name) => name !== '__metadata__' && name !== '__proto__'), { maxLength: 5 })
  .chain((names) => fc.tuple(...names.map((name) => fc.float32Array({ maxLength: 20 }).map((data): [string, NamedTensor] => [name, { dims: [data.length, 1], data }]))))
  .map((entries) => Object.fromEntries(entries));

test('what was written is read, with every bit', () => {
  fc.assert(
    fc.property(tensors, fc.dictionary(fc.string().filter((key) => key !== '__proto__'), fc.string()), (written, metadata) => {
      writeSafetensors(path, written, metadata);
      const read = readSafetensors(path);
      expect(Object.keys(read.tensors).sort()).toEqual(Object.keys(written).sort());
      for (const [name, { dims, data }] of Object.entries(written)) {
        expect(read.tensors[name].dims).toEqual(dims);
        expect(Buffer.from(read.tensors[name].data.buffer)).toEqual(Buffer.from(data.buffer, data.byteOffset, data.byteLength));
      }
      expect({ ...read.metadata }).toEqual({ ...metadata });
    }),
    { numRuns: 60 }
  );
  expect(readdirSync(folder)).toEqual(['a.safetensors']);
});

test('the bytes are those of the specification', () => {
  writeSafetensors(path, { w: { dims: [2], data: Float32Array.of(1, -2) } }, { by: 'test' });
  const bytes = readFileSync(path);
  const length = Number(bytes.readBigUInt64LE(0));
  expect(length % 8).toBe(0);
  expect(JSON.parse(bytes.subarray(8, 8 + length).toString())).toEqual({
    __metadata__: { by: 'test' },
    w: { dtype: 'F32', shape: [2], data_offsets: [0, 8] },
  });
  expect(bytes.subarray(8 + length)).toEqual(Buffer.from([0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0]));
});

test('a file cut short anywhere is called damaged, never read in part', () => {
  writeSafetensors(path, { w: { dims: [4], data: Float32Array.of(1, 2, 3, 4) } });
  const { length } = readFileSync(path);
  for (let size = length - 1; size >= 0; size--) {
    truncateSync(path, size);
    expect(() => readSafetensors(path)).toThrow(expect.objectContaining({ code: 'LYREBIRD_CORRUPT', message: expect.stringContaining(path) }));
  }
});

test.each([
  ['no JSON', Buffer.from('hello!!!')],
  ['another type', Buffer.from('{"w":{"dtype":"BF16","shape":[1],"data_offsets":[0,2]}}')],
  ['a shape that does not fit', Buffer.from('{"w":{"dtype":"F32","shape":[3],"data_offsets":[0,4]}}')],
])('a header with %s is called damaged', (_, header) => {
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(BigInt(header.length));
  writeFileSync(path, Buffer.concat([prefix, header, Buffer.alloc(4)]));
  expect(() => readSafetensors(path)).toThrow(expect.objectContaining({ code: 'LYREBIRD_CORRUPT' }));
});

test('a header that claims to be huge is refused before memory is taken', () => {
  writeFileSync(path, Buffer.alloc(16, 0xff));
  expect(() => readSafetensors(path)).toThrow(LyrebirdError);
});

test('a missing file is not a damaged one', () => {
  expect(() => readSafetensors(join(folder, 'none'))).toThrow(expect.objectContaining({ code: 'LYREBIRD_NOT_FOUND' }));
});
