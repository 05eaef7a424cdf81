import { createWriteStream } from 'node:fs';
import { readdir, rename } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { ZipFile } from 'yazl';

/** The same bytes for the same content. */
const WHEN = new Date(Date.UTC(2000, 0, 1));

/** Packs the files below `folder` under `prefix/`. The file appears whole or not at all. */
export async function zipFolder(folder: string, prefix: string, to: string): Promise<void> {
  const zip = new ZipFile();
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)));
  for (const file of files.sort()) zip.addFile(path.join(folder, file), `${prefix}/${file.split(path.sep).join('/')}`, { mtime: WHEN, mode: 0o100644 });
  zip.end();
  await pipeline(zip.outputStream, createWriteStream(`${to}.unfinished`));
  await rename(`${to}.unfinished`, to);
}
