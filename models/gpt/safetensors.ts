import { closeSync, fsyncSync, openSync, readSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { LyrebirdError } from '../../common';
import { elements } from './config';
import type { NamedTensor } from './types';

/**
 * The safetensors format: the header's length as a little-endian uint64, a JSON header {name: {dtype, shape, data_offsets}} with
 * text metadata under `__metadata__`, then the tensors. Here all are F32 and little-endian, as every supported machine is.
 */
const headerSchema = z.record(
  z.string(),
  z.union([
    z.object({
      dtype: z.literal('F32'),
      shape: z.array(z.number().int().nonnegative()),
      data_offsets: z.tuple([z.number().int().nonnegative(), z.number().int().nonnegative()]),
    }),
    z.record(z.string(), z.string()),
  ])
);
const METADATA = '__metadata__';
const PREFIX_BYTES = 8;
/** The limit of the reference implementation. */
const MAX_HEADER_BYTES = 100_000_000;

export interface SafetensorsFile {
  tensors: Record<string, NamedTensor>;
  metadata: Record<string, string>;
}

/** Writes beside the target, flushes to the disk and renames: the file is the old one or the new one, never a part. */
export function writeSafetensors(path: string, tensors: Record<string, NamedTensor>, metadata: Record<string, string> = {}): void {
  let offset = 0;
  const header: Record<string, unknown> = { [METADATA]: metadata };
  for (const [name, { dims, data }] of Object.entries(tensors)) {
    header[name] = { dtype: 'F32', shape: dims, data_offsets: [offset, offset + data.byteLength] };
    offset += data.byteLength;
  }
  let json = Buffer.from(JSON.stringify(header), 'utf8');
  // Spaces up to a multiple of 8 keep the tensors aligned, as the specification advises.
  json = Buffer.concat([json, Buffer.alloc((8 - (json.length % 8)) % 8, ' ')]);
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix.writeBigUInt64LE(BigInt(json.length));

  const temporary = `${path}.${process.pid}.tmp`;
  const file = openSync(temporary, 'w');
  try {
    writeAll(file, prefix);
    writeAll(file, json);
    for (const { data } of Object.values(tensors)) writeAll(file, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    fsyncSync(file);
  } catch (error) {
    closeSync(file);
    rmSync(temporary, { force: true });
    throw error;
  }
  closeSync(file);
  renameSync(temporary, path);
  flushFolder(dirname(path));
}

/** The rename itself lasts through a power failure only once the folder is flushed; Windows has no such call. */
function flushFolder(folder: string): void {
  if (process.platform === 'win32') return;
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

function writeAll(file: number, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length; ) written += writeSync(file, bytes, written);
}

/** Throws LYREBIRD_NOT_FOUND if there is no such file, LYREBIRD_CORRUPT if it is cut short or not of this format. */
export function readSafetensors(path: string): SafetensorsFile {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause;
    throw new LyrebirdError('LYREBIRD_NOT_FOUND', `There is no weights file ${path}.`, 'Train the model first.', { cause });
  }
  try {
    const size = statSync(path).size;
    const prefix = Buffer.from(readBytes(file, path, PREFIX_BYTES, 0, size));
    const headerBytes = Number(prefix.readBigUInt64LE());
    if (headerBytes > MAX_HEADER_BYTES) throw corrupt(path, `its header claims ${headerBytes} bytes`);
    const header = parseHeader(path, readBytes(file, path, headerBytes, PREFIX_BYTES, size));
    const result: SafetensorsFile = { tensors: {}, metadata: {} };
    for (const [name, entry] of Object.entries(header)) {
      if (name === METADATA || !('dtype' in entry) || typeof entry.dtype !== 'string' || !Array.isArray(entry.shape)) {
        if (name === METADATA) result.metadata = entry as Record<string, string>;
        continue;
      }
      const { shape, data_offsets } = entry as { shape: number[]; data_offsets: [number, number] };
      const [from, to] = data_offsets;
      if (to - from !== elements(shape) * 4) throw corrupt(path, `"${name}" has ${to - from} bytes for the shape [${shape.join(', ')}]`);
      const bytes = readBytes(file, path, to - from, PREFIX_BYTES + headerBytes + from, size);
      result.tensors[name] = { dims: shape, data: new Float32Array(bytes.buffer) };
    }
    return result;
  } finally {
    closeSync(file);
  }
}

function parseHeader(path: string, bytes: Uint8Array): z.infer<typeof headerSchema> {
  let json: unknown;
  try {
    json = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch (cause) {
    throw corrupt(path, 'its header is not JSON', cause);
  }
  const parsed = headerSchema.safeParse(json);
  if (!parsed.success) throw corrupt(path, `its header is not that of float32 tensors (${parsed.error.issues[0].path.join('.')})`);
  return parsed.data;
}

/** An own, aligned copy of the bytes. */
function readBytes(file: number, path: string, length: number, position: number, size: number): Uint8Array {
  if (position + length > size) throw corrupt(path, `it ends at byte ${size}, but ${position + length} are needed`);
  const bytes = new Uint8Array(length);
  for (let read = 0; read < length; ) {
    const count = readSync(file, bytes, read, length - read, position + read);
    if (count === 0) throw corrupt(path, `it ends at byte ${position + read}`);
    read += count;
  }
  return bytes;
}

function corrupt(path: string, reason: string, cause?: unknown): LyrebirdError {
  return new LyrebirdError('LYREBIRD_CORRUPT', `The weights file ${path} is damaged: ${reason}.`, 'Train the model again, or restore the file from a backup.', {
    cause,
  });
}
