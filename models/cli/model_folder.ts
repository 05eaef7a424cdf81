import { existsSync } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import * as path from 'node:path';
import type { ModelCard } from '../../common';
import type { PipelineProgress } from '../pipeline';
import { isInputError, UsageError } from './exit_codes';
import { startProgress } from './progress';

/** Refuses a folder that a model cannot be written into; `out` as it was typed. */
export async function checkFolder(out: string, resume: boolean | undefined): Promise<void> {
  const folder = path.resolve(out);
  if (existsSync(path.join(folder, 'model.json'))) throw new UsageError(`${out} holds a finished model; choose another folder`);
  if (!resume && existsSync(folder) && (await readdir(folder)).length > 0) {
    throw new UsageError(`${out} is not empty; add --resume to go on with an interrupted training, or choose another folder`);
  }
  if (resume && !existsSync(folder)) throw new UsageError(`${out} does not exist: there is nothing to resume`);
}

export interface ModelFolder {
  /** As it was typed. */
  out: string;
  /** Name that people see; by default the folder's. */
  name?: string;
  resume?: boolean;
  json?: boolean;
}

/** How far a training or a fine-tuning is: they differ in their stages' names. */
type StageProgress = Omit<PipelineProgress, 'stage'> & { stage: string };

export const nameOf = ({ out, name }: ModelFolder): string => (name ?? path.basename(path.resolve(out))).slice(0, 100);

/** Makes a model in the folder, showing how far it is; a folder in which bad input left nothing worth resuming is as it was before. */
export async function makeModel(
  target: ModelFolder,
  make: (into: { folder: string; modelId: string; onProgress(progress: StageProgress): void }) => Promise<ModelCard>
): Promise<ModelCard> {
  const folder = path.resolve(target.out);
  const created = await mkdir(folder, { recursive: true });
  const progress = startProgress(target.json ?? false);
  let loss = '';
  try {
    return await make({
      folder,
      modelId: modelIdOf(target.name ?? path.basename(folder)),
      onProgress: ({ stage, progress: share, etaSeconds, points }) => {
        const last = points.at(-1);
        if (last !== undefined) loss = `, step ${last.step}, loss ${(last.heldout ?? last.train).toFixed(3)}`;
        progress.update(share, `${stage}${loss}`, etaSeconds);
      },
    });
  } catch (error) {
    // Nothing here is worth resuming, and the corrected command must not stumble over it.
    if (isInputError(error) && !target.resume) await emptyAgain(folder, created);
    throw error;
  } finally {
    progress.stop();
  }
}

const modelIdOf = (name: string) => name.toLowerCase().replace(/[^a-z0-9._-]+/g, '-').replace(/^[^a-z0-9]+/, '').slice(0, 100) || 'model';

/** The folder as it was before: absent when `created` (the first folder that mkdir made) says so, else empty. */
async function emptyAgain(folder: string, created: string | undefined): Promise<void> {
  if (created !== undefined) return rm(created, { recursive: true, force: true });
  for (const name of await readdir(folder)) await rm(path.join(folder, name), { recursive: true, force: true });
}
