import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rm } from 'node:fs/promises';
import * as path from 'node:path';

/** Smaller bodies stay in memory. */
const IN_MEMORY = 4 * 1024 * 1024;

export interface Spooled {
  read(): AsyncIterable<Buffer>;
  remove(): Promise<void>;
}

export const spoolFolder = (dataDir: string) => path.join(dataDir, 'tmp');

/** Takes in a body as a whole, beyond 4 MB on the disk, so that memory stays flat. */
export async function spool(dataDir: string, bytes: AsyncIterable<Buffer>): Promise<Spooled> {
  const file = path.join(spoolFolder(dataDir), `${randomBytes(8).toString('hex')}.ndjson`);
  let kept: Buffer[] = [];
  let size = 0;
  let handle: Awaited<ReturnType<typeof open>> | undefined;
  try {
    for await (const chunk of bytes) {
      kept.push(chunk);
      size += chunk.length;
      if (size < IN_MEMORY) continue;
      if (handle === undefined) {
        await mkdir(spoolFolder(dataDir), { recursive: true });
        handle = await open(file, 'wx', 0o600);
      }
      await handle.writeFile(Buffer.concat(kept));
      kept = [];
    }
  } catch (error) {
    await handle?.close();
    await rm(file, { force: true });
    throw error;
  }
  await handle?.close();
  const onDisk = handle !== undefined;
  const rest = kept;
  return {
    async *read() {
      if (onDisk) yield* createReadStream(file) as AsyncIterable<Buffer>;
      yield* rest;
    },
    remove: () => rm(file, { force: true }),
  };
}
