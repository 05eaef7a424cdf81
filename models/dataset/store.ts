import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import * as path from 'node:path';
import { z } from 'zod';
import { idSchema, LyrebirdError, toLyrebirdError, type Dataset, type Skipped } from '../../common';
import { syncFolder, writeFileAtomic } from './atomic_file';
import { addCounts } from './hit';
import { decompress, limitBytes, partName, partSchema, readPartFile, writePartFile, type Part } from './part';
import type { DatasetReader } from './types';

const stateSchema = z.object({ id: idSchema, state: z.enum(['open', 'closed']), source: z.string(), created_at: z.string() });
type State = z.infer<typeof stateSchema>;

/** Default limit of one part, uncompressed. */
export const MAX_PART_BYTES = 64 * 1024 * 1024;

export interface WritePartOptions {
  gzip?: boolean;
  /** Limit of the uncompressed part, bytes; beyond it LYREBIRD_TOO_LARGE. */
  maxBytes?: number;
}

/**
 * Datasets under one folder:
 *
 *     <root>/<id>/dataset.json            id, source, state
 *     <root>/<id>/parts/00000007.json     counts of part 7 and the name of its file: a part exists when this does
 *     <root>/<id>/parts/00000007.<random>.ndjson.gz
 *
 * Every change is one rename, so a crash at any moment leaves whole parts only. Counts live with their part, so parts
 * written at the same time cannot lose each other's. One process at a time may write to a root.
 */
export class DatasetStore {
  /** Commits of one dataset take turns. */
  private readonly turns = new Map<string, Promise<unknown>>();

  constructor(private readonly root: string) {}

  /** Without an id one is drawn. LYREBIRD_CONFLICT when the id is taken. */
  async create(options: { id?: string; source?: string } = {}): Promise<Dataset> {
    const id = options.id ?? `ds-${Date.now().toString(36)}-${randomBytes(4).toString('hex')}`;
    const state: State = { id, state: 'open', source: options.source ?? '', created_at: new Date().toISOString() };
    await onDisk(async () => {
      await mkdir(this.root, { recursive: true });
      // Built aside and renamed, so that a dataset without its dataset.json is never seen.
      const building = path.join(this.root, `.new-${id}-${randomBytes(4).toString('hex')}`);
      try {
        await mkdir(path.join(building, 'parts'), { recursive: true });
        await writeFileAtomic(path.join(building, 'dataset.json'), JSON.stringify(state));
        await rename(building, this.folder(id));
        await syncFolder(this.root);
      } catch (error) {
        await rm(building, { recursive: true, force: true });
        if (['ENOTEMPTY', 'EEXIST', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) {
          throw new LyrebirdError('LYREBIRD_CONFLICT', `A dataset "${id}" exists already.`, 'Choose another id, or go on with that dataset from its next_part.', { cause: error });
        }
        throw error;
      }
    });
    return this.get(id);
  }

  /** LYREBIRD_NOT_FOUND when there is none. */
  async get(id: string): Promise<Dataset> {
    const state = await this.state(id);
    const dataset: Dataset = { ...state, next_part: 0, events: 0, bytes: 0, skipped: {} };
    for (const [n, part] of await this.parts(id)) {
      dataset.next_part = Math.max(dataset.next_part, n + 1);
      dataset.events += part.events;
      dataset.bytes += part.bytes;
      addCounts(dataset.skipped, part.skipped);
    }
    return dataset;
  }

  /** Newest first. */
  async list(): Promise<Dataset[]> {
    const names = await readdir(this.root).catch(() => [] as string[]);
    const found = await Promise.all(
      names
        .filter((name) => idSchema.safeParse(name).success)
        .map((id) =>
          this.get(id).catch((error: unknown) => {
            // Deleted while we looked.
            if (error instanceof LyrebirdError && error.code === 'LYREBIRD_NOT_FOUND') return undefined;
            throw error;
          })
        )
    );
    return found.filter((dataset) => dataset !== undefined).sort((a, b) => b.created_at.localeCompare(a.created_at));
  }

  /**
   * Writes part `n` from NDJSON of hits. Bad lines are set aside and counted by reason. The part is whole or absent;
   * the same part again replaces it, so an upload that is not sure of its last part sends it once more.
   * LYREBIRD_CONFLICT when the dataset is closed; LYREBIRD_TOO_LARGE; LYREBIRD_DISK_FULL.
   */
  async writePart(id: string, n: number, stream: AsyncIterable<Buffer>, options: WritePartOptions = {}): Promise<{ events: number; skipped: Skipped }> {
    await this.openState(id);
    const max = options.maxBytes ?? MAX_PART_BYTES;
    const folder = path.join(this.folder(id), 'parts');
    const bytes = limitBytes(decompress(stream, options.gzip ?? false), max, `Part ${n} of dataset "${id}"`);
    const part = await onDisk(() => writePartFile(folder, n, bytes));
    try {
      await this.inTurn(id, async () => {
        await this.openState(id);
        const index = path.join(folder, `${partName(n)}.json`);
        const replaced = await readPart(index);
        await onDisk(() => writeFileAtomic(index, JSON.stringify(part)));
        if (replaced !== undefined) await rm(path.join(folder, replaced.file), { force: true });
      });
    } catch (error) {
      await rm(path.join(folder, part.file), { force: true });
      throw error;
    }
    return { events: part.events, skipped: part.skipped };
  }

  /** No part can be written afterwards. LYREBIRD_CONFLICT when a part between 0 and the last is missing. */
  async close(id: string): Promise<Dataset> {
    await this.inTurn(id, async () => {
      const state = await this.state(id);
      if (state.state === 'closed') return;
      const parts = await this.parts(id);
      const missing = parts.findIndex(([n], at) => n !== at);
      if (missing >= 0) {
        throw new LyrebirdError('LYREBIRD_CONFLICT', `Part ${missing} of dataset "${id}" is missing, but part ${parts[missing]![0]} is there.`, `Upload part ${missing}, then close the dataset.`);
      }
      await onDisk(() => writeFileAtomic(path.join(this.folder(id), 'dataset.json'), JSON.stringify({ ...state, state: 'closed' })));
      await this.sweep(id, parts);
    });
    return this.get(id);
  }

  async delete(id: string): Promise<void> {
    await this.inTurn(id, async () => {
      await this.state(id);
      const doomed = path.join(this.root, `.deleted-${id}-${randomBytes(4).toString('hex')}`);
      await rename(this.folder(id), doomed);
      await rm(doomed, { recursive: true, force: true });
    });
  }

  /** A stream over the parts that exist now, in the order of their numbers. */
  async reader(id: string): Promise<DatasetReader> {
    const state = await this.state(id);
    const parts = await this.parts(id);
    const folder = path.join(this.folder(id), 'parts');
    const skipped: Skipped = {};
    for (const [, part] of parts) addCounts(skipped, part.skipped);
    return {
      source: state.source,
      skipped,
      async *hits() {
        for (const [, part] of parts) {
          for await (const batch of readPartFile(path.join(folder, part.file))) yield* batch;
        }
      },
    };
  }

  /** Removes what crashes have left: half built and half deleted datasets, part files that no part names. */
  async recover(): Promise<void> {
    const names = await readdir(this.root).catch(() => [] as string[]);
    for (const name of names) {
      if (name.startsWith('.new-') || name.startsWith('.deleted-')) await rm(path.join(this.root, name), { recursive: true, force: true });
      else if (idSchema.safeParse(name).success) await this.sweep(name, await this.parts(name));
    }
  }

  private folder(id: string): string {
    if (!idSchema.safeParse(id).success) throw new LyrebirdError('LYREBIRD_BAD_REQUEST', `"${id}" is not a dataset id.`, 'Use lower-case letters, digits, ".", "_" and "-".');
    return path.join(this.root, id);
  }

  private async state(id: string): Promise<State> {
    const file = path.join(this.folder(id), 'dataset.json');
    let text: string;
    try {
      text = await readFile(file, 'utf8');
    } catch (error) {
      throw new LyrebirdError('LYREBIRD_NOT_FOUND', `There is no dataset "${id}".`, 'List the datasets to see which exist.', { cause: error });
    }
    return parseFile(stateSchema, text, `dataset.json of "${id}"`);
  }

  private async openState(id: string): Promise<void> {
    if ((await this.state(id)).state === 'closed') {
      throw new LyrebirdError('LYREBIRD_CONFLICT', `Dataset "${id}" is closed; it takes no more parts.`, 'Create a new dataset for new events.');
    }
  }

  private async parts(id: string): Promise<Array<[number, Part]>> {
    const folder = path.join(this.folder(id), 'parts');
    const names = (await readdir(folder).catch(() => [] as string[])).filter((name) => /^\d{8}\.json$/.test(name)).sort();
    const parts: Array<[number, Part]> = [];
    for (const name of names) {
      const part = await readPart(path.join(folder, name));
      if (part !== undefined) parts.push([Number(name.slice(0, 8)), part]);
    }
    return parts;
  }

  private async sweep(id: string, parts: Array<[number, Part]>): Promise<void> {
    const folder = path.join(this.folder(id), 'parts');
    const named = new Set(parts.flatMap(([n, part]) => [part.file, `${partName(n)}.json`]));
    for (const name of await readdir(folder).catch(() => [] as string[])) {
      if (!named.has(name)) await rm(path.join(folder, name), { force: true });
    }
  }

  private async inTurn<T>(id: string, work: () => Promise<T>): Promise<T> {
    const before = this.turns.get(id) ?? Promise.resolve();
    const mine = before.then(work, work);
    const settled = mine.catch(() => undefined);
    this.turns.set(id, settled);
    try {
      return await mine;
    } finally {
      if (this.turns.get(id) === settled) this.turns.delete(id);
    }
  }
}

async function readPart(file: string): Promise<Part | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  return parseFile(partSchema, text, `part file ${path.basename(file)}`);
}

function parseFile<T>(schema: z.ZodType<T>, text: string, what: string): T {
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    throw new LyrebirdError('LYREBIRD_CORRUPT', `The ${what} is damaged.`, 'Delete the dataset and upload it again.', { cause: error });
  }
}

async function onDisk<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'ENOSPC' ? toLyrebirdError(error) : error;
  }
}
