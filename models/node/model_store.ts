import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import * as path from 'node:path';
import type { Logger } from 'pino';
import type { z } from 'zod';
import { idSchema, LyrebirdError, modelAgeSchema, modelCardSchema, reportSchema, type ModelCard, type DEVICES, type IndexTrial, type Report } from '../../common';
import { writeFileAtomic } from '../dataset';
import { withIndexTrial } from '../evaluate';
import { loadModel, type Model } from '../pipeline';
import { addDrift, driftSchema, noDrift, type Drift } from '../score';
import { reportFile } from './job_types';

type Device = (typeof DEVICES)[number];

interface Loaded {
  model: Promise<Model>;
  /** Requests and sessions at work with it. */
  users: number;
  lastUsed: number;
}

export interface ModelLease {
  model: Model;
  release(): void;
}

/** What the node has seen of events newer than the model, and what it says of the model's age. */
const driftFileSchema = driftSchema.extend({ age: modelAgeSchema.optional() });
const driftFile = (folder: string): string => path.join(folder, 'drift.json');

/** Model folders and the models in memory: loaded at the first use, shared, and disposed when others need the room. */
export class ModelStore {
  private readonly cards = new Map<string, ModelCard>();
  private readonly loaded = new Map<string, Loaded>();
  private readonly drifting = new Map<string, Promise<void>>();

  constructor(
    readonly root: string,
    private readonly options: { devices: Device[]; threads?: number; idleModels: number; logger: Logger }
  ) {}

  async load(): Promise<void> {
    await mkdir(this.root, { recursive: true });
    for (const name of await readdir(this.root)) {
      if (name.startsWith('.deleted-')) await rm(path.join(this.root, name), { recursive: true, force: true });
      else if (idSchema.safeParse(name).success && existsSync(this.cardFile(name))) {
        await this.refresh(name).catch((error: unknown) => this.options.logger.error({ model: name, err: error }, 'model card is damaged; the model is left out'));
      }
    }
  }

  folder(id: string): string {
    return path.join(this.root, idSchema.parse(id));
  }

  /** Reads the card that a job has written; from then on the model exists. */
  async refresh(id: string): Promise<ModelCard> {
    const card = { ...modelCardSchema.parse(JSON.parse(await readFile(this.cardFile(id), 'utf8'))), id, age: (await this.drift(id)).age };
    this.cards.set(id, card);
    return card;
  }

  has(id: string): boolean {
    return this.cards.has(id);
  }

  get(id: string): ModelCard {
    const card = this.cards.get(id);
    if (card === undefined) throw new LyrebirdError('LYREBIRD_NOT_FOUND', `There is no model "${id}".`, 'List the models to see which exist; a model exists when its training has completed.');
    return card;
  }

  /** What the last evaluation of the model found. */
  async report(id: string): Promise<Report> {
    this.get(id);
    const file = reportFile(this.folder(id));
    if (!existsSync(file)) throw new LyrebirdError('LYREBIRD_NOT_FOUND', `Model "${id}" has not been evaluated.`, 'Start a job of the type "evaluate" with a dataset of real events.');
    return reportSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  }

  /** Adds to the report what an index said to its events. */
  async recordTrial(id: string, trial: IndexTrial): Promise<Report> {
    const report = withIndexTrial(await this.report(id), trial);
    await writeFileAtomic(reportFile(this.folder(id)), JSON.stringify(report));
    return report;
  }

  /** Adds what a scorer of the model has counted; one addition after the other. Never rejects: scores do not hang on it. */
  async recordDrift(id: string, model: Model, counted: Drift): Promise<void> {
    const turn = (this.drifting.get(id) ?? Promise.resolve()).then(() => this.addDrift(id, model, counted));
    this.drifting.set(id, turn);
    await turn;
    if (this.drifting.get(id) === turn) this.drifting.delete(id);
  }

  private async addDrift(id: string, model: Model, counted: Drift): Promise<void> {
    try {
      const drift = addDrift(await this.drift(id), counted);
      const age = model.ageOf(drift);
      await writeFileAtomic(driftFile(this.folder(id)), JSON.stringify({ ...drift, age }));
      const card = this.cards.get(id);
      if (card) this.cards.set(id, { ...card, age });
    } catch (error) {
      this.options.logger.warn({ model: id, err: error }, 'what was counted since training could not be kept');
    }
  }

  private async drift(id: string): Promise<z.infer<typeof driftFileSchema>> {
    const file = driftFile(this.folder(id));
    if (!existsSync(file)) return noDrift();
    const parsed = driftFileSchema.safeParse(JSON.parse(await readFile(file, 'utf8')));
    if (parsed.success) return parsed.data;
    // Counts, not knowledge: a file of another version begins anew.
    this.options.logger.warn({ model: id }, 'what was counted since training cannot be read, and begins anew');
    return noDrift();
  }

  /** Newest first. */
  list(): ModelCard[] {
    return [...this.cards.values()].sort((a, b) => b.created_at.localeCompare(a.created_at));
  }

  requireDevice(device: Device): void {
    const { devices } = this.options;
    if (!devices.includes(device)) {
      throw new LyrebirdError('LYREBIRD_UNSUPPORTED', `This node has no device "${device}"; it has ${devices.join(', ')}.`, 'Choose one of these, or start the node with --device on a machine that has it.');
    }
  }

  /** The model, in memory until released (and after that while there is room). */
  async acquire(id: string): Promise<ModelLease> {
    this.get(id);
    const entry = this.loaded.get(id) ?? this.open(id);
    entry.users += 1;
    let released = false;
    const release = () => {
      if (released) return;
      released = true;
      entry.users -= 1;
      entry.lastUsed = Date.now();
      this.evict();
    };
    try {
      return { model: await entry.model, release };
    } catch (error) {
      release();
      throw error;
    }
  }

  loadedModels(): number {
    return this.loaded.size;
  }

  isInUse(id: string): boolean {
    return (this.loaded.get(id)?.users ?? 0) > 0;
  }

  /** LYREBIRD_CONFLICT while a request works with the model, or another model's adapters need it. */
  async delete(id: string): Promise<void> {
    if (!this.has(id) && !existsSync(this.folder(id))) this.get(id);
    if (this.isInUse(id)) throw new LyrebirdError('LYREBIRD_CONFLICT', `Model "${id}" is at work.`, 'Wait for the generation or scoring to end, or stop it, then delete the model.');
    const adapted = this.list().find(({ finetune }) => finetune?.lora !== undefined && finetune.base.id === id);
    if (adapted !== undefined) throw new LyrebirdError('LYREBIRD_CONFLICT', `Model "${id}" is the base of "${adapted.id}", which holds only adapters for it.`, `Delete "${adapted.id}" first.`);
    this.cards.delete(id);
    const entry = this.loaded.get(id);
    this.loaded.delete(id);
    await entry?.model.then((model) => model.dispose()).catch(() => undefined);
    await this.discard(id);
  }

  /** Removes a folder that has no card. */
  async discardUnfinished(id: string): Promise<void> {
    if (!this.has(id) && existsSync(this.folder(id))) await this.discard(id);
  }

  async close(): Promise<void> {
    const entries = [...this.loaded.values()];
    this.loaded.clear();
    await Promise.all(entries.map((entry) => entry.model.then((model) => model.dispose()).catch(() => undefined)));
  }

  private cardFile(id: string): string {
    return path.join(this.folder(id), 'model.json');
  }

  private open(id: string): Loaded {
    const { devices, threads, logger } = this.options;
    const entry: Loaded = { model: loadModel(this.folder(id), { device: devices[0], threads }), users: 0, lastUsed: Date.now() };
    this.loaded.set(id, entry);
    entry.model.then(
      () => logger.info({ model: id }, 'model loaded'),
      () => this.loaded.get(id) === entry && this.loaded.delete(id)
    );
    return entry;
  }

  /** Disposes of the models that have been idle longest, beyond `idleModels`. */
  private evict(): void {
    const idle = [...this.loaded].filter(([, entry]) => entry.users === 0).sort((a, b) => b[1].lastUsed - a[1].lastUsed);
    for (const [id, entry] of idle.slice(this.options.idleModels)) {
      this.loaded.delete(id);
      entry.model
        .then((model) => model.dispose())
        .then(
          () => this.options.logger.info({ model: id }, 'idle model disposed'),
          (error: unknown) => this.options.logger.warn({ model: id, err: error }, 'model could not be disposed')
        );
    }
  }

  /** Renamed first: half a deleted model must not be found by the next start. */
  private async discard(id: string): Promise<void> {
    const doomed = path.join(this.root, `.deleted-${id}-${randomBytes(4).toString('hex')}`);
    await rename(this.folder(id), doomed);
    await rm(doomed, { recursive: true, force: true });
  }
}
