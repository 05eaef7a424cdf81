import { randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import * as path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { z } from 'zod';
import { LyrebirdError, skippedSchema, toLyrebirdError, type LogHit } from '../../common';
import { count, parseHit } from './hit';
import { splitLines } from './lines';

/** `parts/<number>.json`: renaming it into place is what makes a part exist; it names the file with the events. */
export const partSchema = z.object({
  file: z.string(),
  events: z.number().int(),
  /** Size of the kept lines before compression. */
  bytes: z.number().int(),
  skipped: skippedSchema,
});
export type Part = z.infer<typeof partSchema>;

export const partName = (n: number): string => String(n).padStart(8, '0');

/** Bytes go through; more than `max` of them are LYREBIRD_TOO_LARGE. */
export async function* limitBytes(source: AsyncIterable<Buffer>, max: number, what: string): AsyncGenerator<Buffer> {
  let bytes = 0;
  for await (const chunk of source) {
    bytes += chunk.length;
    if (bytes > max) {
      throw new LyrebirdError('LYREBIRD_TOO_LARGE', `${what} is larger than ${max} bytes (uncompressed).`, 'Send it in smaller pieces.');
    }
    yield chunk;
  }
}

/** Decompresses when asked to; a broken gzip stream is the sender's fault: LYREBIRD_BAD_REQUEST. */
export async function* decompress(source: AsyncIterable<Buffer>, gzip: boolean): AsyncGenerator<Buffer> {
  if (!gzip) {
    yield* source;
    return;
  }
  // An error of the source itself (the sender hung up) must stay what it is.
  let sourceError: unknown;
  const guarded = Readable.from(source, { objectMode: false });
  const gunzip = createGunzip();
  guarded.once('error', (error) => {
    sourceError = error;
    gunzip.destroy(error);
  });
  guarded.pipe(gunzip);
  try {
    yield* gunzip as AsyncIterable<Buffer>;
  } catch (error) {
    if (sourceError !== undefined) throw sourceError;
    throw new LyrebirdError('LYREBIRD_BAD_REQUEST', `The body is not valid gzip: ${(error as Error).message}.`, 'Compress it again, or send it without Content-Encoding.', { cause: error });
  } finally {
    guarded.destroy();
    gunzip.destroy();
  }
}

/**
 * Validates NDJSON hits and writes the good lines, gzipped, to a new file of `folder`, synced to the disk. The file is
 * not part of the dataset until its Part is committed. On any error the file is removed.
 */
export async function writePartFile(folder: string, n: number, lines: AsyncIterable<Buffer>): Promise<Part> {
  const file = `${partName(n)}.${randomBytes(6).toString('hex')}.ndjson.gz`;
  const full = path.join(folder, file);
  const part: Part = { file, events: 0, bytes: 0, skipped: {} };
  const newline = Buffer.from('\n');

  async function* good(): AsyncGenerator<Buffer> {
    for await (const batch of splitLines(lines)) {
      const kept: Buffer[] = [];
      for (const line of batch) {
        const parsed = parseHit(line);
        if ('reason' in parsed) {
          count(part.skipped, parsed.reason);
        } else {
          kept.push(line!, newline);
          part.events += 1;
          part.bytes += line!.length + 1;
        }
      }
      if (kept.length > 0) yield Buffer.concat(kept);
    }
  }

  try {
    await pipeline(good, createGzip({ level: 1 }), createWriteStream(full, { flags: 'wx' }));
    const handle = await open(full, 'r+');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
    return part;
  } catch (error) {
    await rm(full, { force: true });
    throw (error as NodeJS.ErrnoException).code === 'ENOSPC' ? toLyrebirdError(error) : error;
  }
}

/** The hits of one part, in order. A file that does not decompress or parse is LYREBIRD_CORRUPT. */
export async function* readPartFile(full: string): AsyncGenerator<LogHit[]> {
  const corrupt = (why: string, cause?: unknown) =>
    new LyrebirdError('LYREBIRD_CORRUPT', `The dataset part ${path.basename(full)} cannot be read: ${why}.`, 'Upload the part again, or delete the dataset and start over.', { cause });
  const file = createReadStream(full);
  const gunzip = createGunzip();
  file.once('error', (error) => gunzip.destroy(error));
  file.pipe(gunzip);
  try {
    for await (const batch of splitLines(gunzip as AsyncIterable<Buffer>)) {
      yield batch.map((line) => {
        const parsed = parseHit(line);
        if ('reason' in parsed) throw corrupt(parsed.reason);
        return parsed.hit;
      });
    }
  } catch (error) {
    throw error instanceof LyrebirdError ? error : corrupt((error as Error).message, error);
  } finally {
    file.destroy();
    gunzip.destroy();
  }
}
