import { randomBytes } from 'node:crypto';
import * as path from 'node:path';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import type { Logger } from 'pino';
import { LyrebirdError, toLyrebirdError, type Job, type JobRequest, type JobState } from '../../common';
import type { DatasetStore } from '../dataset';
import { runJob } from './job_process';
import type { JobStore } from './job_store';
import { jobType, type JobProgress } from './job_types';
import { thinCurve } from './loss_curve';
import type { ModelStore } from './model_store';

const ENDED: ReadonlySet<JobState> = new Set(['completed', 'failed', 'cancelled', 'interrupted']);
export const hasEnded = (job: Job) => ENDED.has(job.state);
const RESUMABLE: ReadonlySet<JobState> = new Set(['failed', 'cancelled', 'interrupted']);

/** What changes while a job runs. */
type JobChange = Partial<Pick<Job, 'state' | 'stage' | 'progress' | 'eta_seconds' | 'started_at' | 'finished_at' | 'loss_curve' | 'error'>> & { result?: unknown };

/** Progress is written to the disk this often, milliseconds; a change of state is written at once. */
const SAVE_MS = 2_000;

export interface JobRunnerParts {
  store: JobStore;
  datasets: DatasetStore;
  datasetRoot: string;
  /** Jobs that make no model keep their files here, each in a folder of its own. */
  jobRoot: string;
  models: ModelStore;
  logger: Logger;
  maxQueued: number;
}

/** Runs jobs, one at a time, in the order they were created. */
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
      else if (job.state === 'interrupted' && autoResume && this.mayGoOn(job)) await this.enqueue(job).catch(unsaved(job.id));
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
    const type = jobType(request.type);
    this.parts.models.requireDevice(type.device(request));
    for (const id of type.needsModels(request)) this.parts.models.get(id);
    if (this.queue.length >= this.parts.maxQueued) {
      throw new LyrebirdError('LYREBIRD_TOO_BUSY', `${this.queue.length} jobs are waiting already.`, 'Wait for some to end, or cancel them.');
    }
    const model_id = type.model === 'makes' ? this.newModelId(request) : this.parts.models.get(request.model_id!).id;
    const job: Job = {
      ...request,
      id: `job-${Date.now().toString(36)}-${randomBytes(4).toString('hex')}`,
      state: 'queued',
      model_id,
      progress: 0,
      created_at: new Date().toISOString(),
      loss_curve: [],
    };
    // What an earlier job of that name left unfinished would be taken up as if it were this one's.
    if (type.model === 'makes') await this.parts.models.discardUnfinished(model_id);
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
    if (!this.mayGoOn(job)) {
      const owner = this.ownerOf(job.model_id);
      throw new LyrebirdError('LYREBIRD_CONFLICT', `The model "${job.model_id}" belongs to a newer job${owner && owner.id !== id ? ` ("${owner.id}")` : ''}.`, 'Start a new job.');
    }
    await this.parts.datasets.get(job.dataset_id);
    for (const model of this.neededModels(job)) this.parts.models.get(model);
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

  /** The job that makes or still needs the model, if any. */
  userOfModel(modelId: string): Job | undefined {
    const owner = this.ownerOf(modelId);
    if (owner !== undefined && !hasEnded(owner)) return owner;
    return this.list().find((job) => !hasEnded(job) && this.neededModels(job).includes(modelId));
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

  /** The newest job that makes the model. */
  private ownerOf(modelId: string): Job | undefined {
    return this.list().find((job) => job.model_id === modelId && jobType(job.type).model === 'makes');
  }

  /** Only the newest job of an unfinished model owns its folder. */
  private mayGoOn(job: Job): boolean {
    return jobType(job.type).model === 'reads' || (this.ownerOf(job.model_id)?.id === job.id && !this.parts.models.has(job.model_id));
  }

  private neededModels(job: Job): string[] {
    const type = jobType(job.type);
    return [...(type.model === 'reads' ? [job.model_id] : []), ...type.needsModels(job)];
  }

  private newModelId(request: JobRequest): string {
    const id = request.model_id ?? this.freeModelId('name' in request.options ? request.options.name : request.type);
    const owner = this.ownerOf(id);
    if (this.parts.models.has(id) || (owner !== undefined && !hasEnded(owner))) {
      throw new LyrebirdError('LYREBIRD_CONFLICT', `The model id "${id}" is taken.`, 'Leave model_id out, choose another, or delete that model.');
    }
    return id;
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
    const { type, model_id } = this.get(id);
    const makesModel = jobType(type).model === 'makes';
    const folder = makesModel ? models.folder(model_id) : path.join(this.parts.jobRoot, id);
    const pidFile = path.join(folder, 'work.pid');
    let saved = 0;
    const onProgress = ({ stage, progress, etaSeconds, points = [] }: JobProgress) => {
      const job = this.get(id);
      const loss_curve = points.length > 0 ? thinCurve([...upTo(job.loss_curve, points[0].step), ...points]) : job.loss_curve;
      const save = Date.now() - saved >= SAVE_MS || stage !== job.stage;
      if (save) saved = Date.now();
      this.update(job, { stage: stage as Job['stage'], progress, eta_seconds: etaSeconds, loss_curve }, save).catch((error: unknown) =>
        logger.warn({ job: id, err: error }, 'progress could not be saved')
      );
    };
    try {
      await this.update(this.get(id), { state: 'running', started_at: new Date().toISOString() });
      logger.info({ job: id, type, model: model_id }, 'job starts');
      await outlive(pidFile);
      await mkdir(folder, { recursive: true });
      const result = await runJob(
        { job: this.get(id), places: { datasetRoot: this.parts.datasetRoot, modelRoot: models.root, folder } },
        signal,
        onProgress,
        (pid) => void writeFile(pidFile, String(pid)).catch((error: unknown) => logger.warn({ err: error }, 'pid file could not be written'))
      );
      if (makesModel) await models.refresh(model_id);
      const ended: JobChange = { state: 'completed', progress: 1, eta_seconds: undefined, finished_at: new Date().toISOString() };
      await this.update(this.get(id), result === undefined ? ended : { ...ended, result });
      logger.info({ job: id, type, model: model_id }, 'job has completed');
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
      if (state === 'failed') logger.error({ job: id, code, err: error }, 'job has failed');
      else logger.info({ job: id, state }, 'job was stopped');
    } finally {
      await rm(pidFile, { force: true });
    }
  }

  private async update(job: Job, change: JobChange, save = true): Promise<void> {
    const changed = { ...job, ...change } as Job;
    const written = save ? this.parts.store.put(changed) : this.parts.store.hold(changed);
    for (const listener of this.listeners.get(job.id) ?? []) listener(changed);
    await written;
  }
}

/** A resumed training repeats the steps since its checkpoint; its points replace the old ones. */
const upTo = (curve: Job['loss_curve'], step: number) => curve.filter((point) => point.step < step);

/**
 * After a crash of the node the process of its job notices and ends within moments; two must not write to one folder.
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
