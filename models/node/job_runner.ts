import { randomBytes } from 'node:crypto';
import * as path from 'node:path';
import { readFile, rm, writeFile } from 'node:fs/promises';
import type { Logger } from 'pino';
import { LyrebirdError, toLyrebirdError, type createJobSchema, type Job, type JobState } from '../../common';
import type { z } from 'zod';
import type { DatasetStore } from '../dataset';
import type { PipelineProgress } from '../pipeline';
import { thinCurve } from './loss_curve';
import type { JobStore } from './job_store';
import type { ModelStore } from './model_store';
import { runTraining } from './train_process';

type JobRequest = z.output<typeof createJobSchema>;

const ENDED: ReadonlySet<JobState> = new Set(['completed', 'failed', 'cancelled', 'interrupted']);
export const hasEnded = (job: Job) => ENDED.has(job.state);
const RESUMABLE: ReadonlySet<JobState> = new Set(['failed', 'cancelled', 'interrupted']);

/** Progress is written to the disk this often, milliseconds; a change of state is written at once. */
const SAVE_MS = 2_000;

export interface JobRunnerParts {
  store: JobStore;
  datasets: DatasetStore;
  datasetRoot: string;
  models: ModelStore;
  logger: Logger;
  maxQueued: number;
}

/** Runs training jobs, one at a time, in the order they were created. */
export class JobRunner {
  private readonly queue: string[] = [];
  private current: { id: string; abort: AbortController; ended: Promise<void>; cancelled: boolean } | undefined;
  private readonly listeners = new Map<string, Set<(job: Job) => void>>();
  private closing = false;

  constructor(private readonly parts: JobRunnerParts) {}

  /** Jobs that ran when the last process ended become `interrupted`; with `autoResume` they are queued again. */
  async recover(autoResume: boolean): Promise<void> {
    const jobs = this.parts.store.list().reverse();
    // On a full disk the node must start all the same: deleting datasets and models through it is the way out.
    const unsaved = (id: string) => (error: unknown) => this.parts.logger.error({ job: id, err: error }, 'job state could not be saved');
    for (const job of jobs) {
      if (job.state === 'running') await this.update(job, { state: 'interrupted' }).catch(unsaved(job.id));
    }
    for (const job of jobs.map(({ id }) => this.get(id))) {
      if (job.state === 'queued') this.queue.push(job.id);
      // Only the last job of a model owns its folder.
      else if (job.state === 'interrupted' && autoResume && this.ownerOf(job.model_id)?.id === job.id) await this.enqueue(job).catch(unsaved(job.id));
    }
    this.next();
  }

  get(id: string): Job {
    const job = this.parts.store.get(id);
    if (job === undefined) throw new LyrebirdError('LYREBIRD_NOT_FOUND', `There is no job "${id}".`, 'List the jobs to see which exist.');
    return job;
  }

  list(): Job[] {
    return this.parts.store.list();
  }

  async create(request: JobRequest): Promise<Job> {
    const dataset = await this.parts.datasets.get(request.dataset_id);
    if (dataset.state !== 'closed') {
      throw new LyrebirdError('LYREBIRD_CONFLICT', `Dataset "${dataset.id}" is still open.`, `Close it first: POST /v1/datasets/${dataset.id}/close.`);
    }
    if (dataset.events === 0) {
      throw new LyrebirdError('LYREBIRD_NO_EVENTS', `Dataset "${dataset.id}" has no events (set aside: ${JSON.stringify(dataset.skipped)}).`, 'Upload events, one JSON search hit a line.');
    }
    this.parts.models.requireDevice(request.options.device);
    if (this.queue.length >= this.parts.maxQueued) {
      throw new LyrebirdError('LYREBIRD_TOO_BUSY', `${this.queue.length} jobs are waiting already.`, 'Wait for some to end, or cancel them.');
    }
    const model_id = request.model_id ?? this.freeModelId(request.options.name);
    const owner = this.ownerOf(model_id);
    if (this.parts.models.has(model_id) || (owner !== undefined && !hasEnded(owner))) {
      throw new LyrebirdError('LYREBIRD_CONFLICT', `The model id "${model_id}" is taken.`, 'Leave model_id out, choose another, or delete that model.');
    }
    const job: Job = {
      id: `job-${Date.now().toString(36)}-${randomBytes(4).toString('hex')}`,
      type: 'train',
      state: 'queued',
      dataset_id: dataset.id,
      model_id,
      progress: 0,
      created_at: new Date().toISOString(),
      loss_curve: [],
      options: request.options,
    };
    // What an earlier job of that name left unfinished would be taken up as if it were this one's.
    await this.parts.models.discardUnfinished(model_id);
    try {
      await this.parts.store.put(job);
    } catch (error) {
      // A job that no restart would know must not be promised.
      this.parts.store.forget(job.id);
      throw error;
    }
    this.line(job.id);
    this.next();
    return this.get(job.id);
  }

  async cancel(id: string): Promise<Job> {
    const job = this.get(id);
    if (this.current?.id === id) {
      this.current.cancelled = true;
      this.current.abort.abort();
      await this.current.ended;
    } else if (job.state === 'queued') {
      if (this.queue.includes(id)) this.queue.splice(this.queue.indexOf(id), 1);
      await this.update(job, { state: 'cancelled', finished_at: new Date().toISOString(), eta_seconds: undefined });
    } else if (job.state === 'interrupted') {
      await this.update(job, { state: 'cancelled' });
    } else if (job.state !== 'cancelled') {
      throw new LyrebirdError('LYREBIRD_CONFLICT', `Job "${id}" has ${job.state} already.`, 'There is nothing to cancel.');
    }
    return this.get(id);
  }

  async resume(id: string): Promise<Job> {
    const job = this.get(id);
    if (!RESUMABLE.has(job.state)) throw new LyrebirdError('LYREBIRD_CONFLICT', `Job "${id}" is ${job.state}.`, 'Only cancelled, failed and interrupted jobs can be resumed.');
    const owner = this.ownerOf(job.model_id);
    if (owner?.id !== id || this.parts.models.has(job.model_id)) {
      throw new LyrebirdError('LYREBIRD_CONFLICT', `The model "${job.model_id}" belongs to a newer job${owner ? ` ("${owner.id}")` : ''}.`, 'Start a new job.');
    }
    await this.parts.datasets.get(job.dataset_id);
    await this.enqueue(job);
    this.next();
    return this.get(id);
  }

  /** Called with every new state until the returned function is called. */
  subscribe(id: string, listener: (job: Job) => void): () => void {
    const listeners = this.listeners.get(id) ?? new Set();
    this.listeners.set(id, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.listeners.delete(id);
    };
  }

  /** The job that still needs the dataset, if any. */
  userOfDataset(datasetId: string): Job | undefined {
    return this.list().find((job) => job.dataset_id === datasetId && !hasEnded(job));
  }

  userOfModel(modelId: string): Job | undefined {
    const owner = this.ownerOf(modelId);
    return owner !== undefined && !hasEnded(owner) ? owner : undefined;
  }

  runningJobs(): number {
    return this.current === undefined ? 0 : 1;
  }

  /** The running job writes its checkpoint and becomes `interrupted`; the next start takes it up again. */
  async close(): Promise<void> {
    this.closing = true;
    this.current?.abort.abort();
    await this.current?.ended;
    await this.parts.store.flush();
  }

  private ownerOf(modelId: string): Job | undefined {
    return this.list().find((job) => job.model_id === modelId);
  }

  private freeModelId(name: string): string {
    const base = name.normalize('NFKD').toLowerCase().replace(/[^a-z0-9._-]+/g, '-').replace(/^[^a-z0-9]+|-+$/g, '').slice(0, 80) || 'model';
    for (let n = 1; ; n++) {
      const id = n === 1 ? base : `${base}-${n}`;
      if (!this.parts.models.has(id) && this.ownerOf(id) === undefined) return id;
    }
  }

  private async enqueue(job: Job): Promise<void> {
    try {
      await this.update(job, { state: 'queued', error: undefined, finished_at: undefined, eta_seconds: undefined });
    } catch (error) {
      // Not written, so not promised: the job stays what it was.
      await this.update(job, {}, false);
      throw error;
    }
    this.line(job.id);
  }

  /** Puts a job at the end of the queue, unless it was cancelled while its state was being written. */
  private line(id: string): void {
    if (this.get(id).state === 'queued') this.queue.push(id);
  }

  private next(): void {
    if (this.closing || this.current !== undefined) return;
    const id = this.queue.shift();
    if (id === undefined) return;
    const abort = new AbortController();
    const current = { id, abort, cancelled: false, ended: Promise.resolve() };
    this.current = current;
    current.ended = this.run(id, abort.signal, () => current.cancelled)
      .catch((error: unknown) => this.parts.logger.error({ job: id, err: error }, 'job state could not be saved'))
      .finally(() => {
        this.current = undefined;
        this.next();
      });
  }

  private async run(id: string, signal: AbortSignal, cancelled: () => boolean): Promise<void> {
    const { logger, models } = this.parts;
    const { dataset_id, model_id, options } = this.get(id);
    const pidFile = path.join(models.folder(model_id), 'work.pid');
    let saved = 0;
    const onProgress = ({ stage, progress, etaSeconds, points }: PipelineProgress) => {
      const job = this.get(id);
      const loss_curve = points.length > 0 ? thinCurve([...upTo(job.loss_curve, points[0].step), ...points]) : job.loss_curve;
      const changed: Job = { ...job, stage, progress, eta_seconds: etaSeconds, loss_curve };
      const save = Date.now() - saved >= SAVE_MS || stage !== job.stage;
      if (save) saved = Date.now();
      this.update(changed, {}, save).catch((error: unknown) => logger.warn({ job: id, err: error }, 'progress could not be saved'));
    };
    try {
      await this.update(this.get(id), { state: 'running', started_at: new Date().toISOString() });
      logger.info({ job: id, model: model_id, size: options.size }, 'training starts');
      await outlive(pidFile);
      await models.createFolder(model_id);
      await runTraining(
        { datasetRoot: this.parts.datasetRoot, datasetId: dataset_id, folder: models.folder(model_id), modelId: model_id, options },
        signal,
        onProgress,
        (pid) => void writeFile(pidFile, String(pid)).catch((error: unknown) => logger.warn({ err: error }, 'pid file could not be written'))
      );
      await models.refresh(model_id);
      await this.update(this.get(id), { state: 'completed', progress: 1, eta_seconds: undefined, finished_at: new Date().toISOString() });
      logger.info({ job: id, model: model_id }, 'training has completed');
    } catch (thrown) {
      const error = toLyrebirdError(thrown);
      const state: JobState = cancelled() ? 'cancelled' : signal.aborted ? 'interrupted' : 'failed';
      const { code, message, hint } = error;
      await this.update(this.get(id), {
        state,
        eta_seconds: undefined,
        finished_at: new Date().toISOString(),
        error: state === 'failed' ? { code, message, hint } : undefined,
      });
      if (state === 'failed') logger.error({ job: id, code, err: error }, 'training has failed');
      else logger.info({ job: id, state }, 'training was stopped');
    } finally {
      await rm(pidFile, { force: true });
    }
  }

  private async update(job: Job, change: Partial<Job>, save = true): Promise<void> {
    const changed = { ...job, ...change };
    const written = save ? this.parts.store.put(changed) : this.parts.store.hold(changed);
    for (const listener of this.listeners.get(job.id) ?? []) listener(changed);
    await written;
  }
}

/** A resumed training repeats the steps since its checkpoint; its points replace the old ones. */
const upTo = (curve: Job['loss_curve'], step: number) => curve.filter((point) => point.step < step);

/**
 * After a crash of the node its training process notices and ends within moments; two must not write to one folder.
 * Waits at most 30 s, since the system may have given the number to another process.
 */
async function outlive(pidFile: string): Promise<void> {
  const pid = Number(await readFile(pidFile, 'utf8').catch(() => ''));
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid) return;
  for (let i = 0; i < 150; i++) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
