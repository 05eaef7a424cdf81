import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import * as path from 'node:path';
import { UsageError } from './exit_codes';

/** Refuses a folder that a model cannot be written into; `out` as it was typed. */
export async function checkFolder(out: string, resume: boolean | undefined): Promise<void> {
  const folder = path.resolve(out);
  if (existsSync(path.join(folder, 'model.json'))) throw new UsageError(`${out} holds a finished model; choose another folder`);
  if (!resume && existsSync(folder) && (await readdir(folder)).length > 0) {
    throw new UsageError(`${out} is not empty; add --resume to go on with an interrupted training, or choose another folder`);
  }
  if (resume && !existsSync(folder)) throw new UsageError(`${out} does not exist: there is nothing to resume`);
}

export const modelIdOf = (name: string) => name.toLowerCase().replace(/[^a-z0-9._-]+/g, '-').replace(/^[^a-z0-9]+/, '').slice(0, 100) || 'model';

/** The folder as it was before: absent when `created` (the first folder that mkdir made) says so, else empty. */
export async function emptyAgain(folder: string, created: string | undefined): Promise<void> {
  if (created !== undefined) return rm(created, { recursive: true, force: true });
  for (const name of await readdir(folder)) await rm(path.join(folder, name), { recursive: true, force: true });
}
