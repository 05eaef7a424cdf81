import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { Client } from '@elastic/elasticsearch';
import { LyrebirdError, type PluginJob } from '../../common';
import type { Logger } from '../kibana';
import { pause } from '../elasticsearch';
import { ActiveJob } from './active_job';
import { ENDED, newJob, shownJob, thisProcess } from './job_document';
import { JobStore } from './job_store';

const POLL_MS = 1_000;

/** What a job does. It goes on from `job.checkpoint` where there is one, and stops soon after `job.signal` is aborted. */
export type JobWork = (job: ActiveJob) => Promise<void>;
export type JobWorks = Record<PluginJob['type'], JobWork>;

export interface JobsOptions {
  works: JobWorks;
  logger: Logger;
  store?: JobStore;
}

/**
 * The plugin's long jobs: started, followed, cancelled and resumed. A job runs with the Elasticsearch client of the request
 * that started or resumed it. Kibana's scoped clients hold the request's credentials, not its connection, so they outlive the
 * request; when the credentials expire meanwhile the job fails as unauthorized and can be resumed after a new log-in.
 */
export class Jobs {
  private readonly self = thisProcess();
  private readonly active = new Map<string, ActiveJob>();
  private readonly running = new Map<string, Promise<void>>();
  private readonly store: JobStore;
  private stopping = false;

  constructor(private readonly options: JobsOptions) {
    this.store = options.store ?? new JobStore();
  }

  async start(client: Client, type: PluginJob['type'], start: Pick<PluginJob, 'params' | 'created_by' | 'model_id'>): Promise<PluginJob> {
    const id = `${type}-${Date.now().toString(36)}-${randomBytes(3).toString('hex')}`;
    const stored = await this.store.create(client, { job: newJob({ id, type, ...start }), owner: this.self });
    return this.launch(new ActiveJob(stored, client, this.store, this.options.logger));
  }

  /** Runs an ended job again, from its checkpoint, with the rights of `client`. LYREBIRD_CONFLICT when it runs or is completed. */
  async resume(client: Client, id: string): Promise<PluginJob> {
    // Whoever follows a job learns of its end a moment before it is stored.
    const ending = this.active.get(id);
    if (ending && ENDED.has(ending.job.state)) await this.running.get(id);
    const stored = await this.store.get(client, id);
    const { state } = this.active.get(id)?.job ?? shownJob(stored, this.self);
    if (this.active.has(id) || !ENDED.has(state) || state === 'completed') {
      throw new LyrebirdError('LYREBIRD_CONFLICT', `Job "${id}" is ${state}: only one that failed, was cancelled or interrupted can be resumed.`, 'Start a new job.');
    }
    const job: PluginJob = { ...stored.job, state: 'running', error: undefined, finished_at: undefined, updated_at: new Date().toISOString() };
    // Of two that resume at once, one has the version of the document that the index holds.
    const resumed = await this.store.update(client, { ...stored, job, owner: this.self });
    return this.launch(new ActiveJob(resumed, client, this.store, this.options.logger));
  }

  async cancel(client: Client, id: string): Promise<PluginJob> {
    const stored = await this.store.get(client, id);
    const active = this.active.get(id);
    if (active) {
      active.stop('cancelled');
      if (!active.ended) await once(active.changes, 'end');
      return active.job;
    }
    if (ENDED.has(stored.job.state)) return stored.job;
    // It runs on another server, which finds the document changed at its next heartbeat and stops; or nowhere any more.
    const now = new Date().toISOString();
    const job: PluginJob = { ...stored.job, state: 'cancelled', eta_seconds: undefined, updated_at: now, finished_at: now };
    await this.store.update(client, { ...stored, job });
    return job;
  }

  async get(client: Client, id: string): Promise<PluginJob> {
    // Read even when it runs here: whether the caller may see it is for Elasticsearch to say.
    const stored = await this.store.get(client, id);
    return this.active.get(id)?.job ?? shownJob(stored, this.self);
  }

  /** Newest first. */
  async list(client: Client): Promise<PluginJob[]> {
    const stored = await this.store.list(client);
    return stored.map((document) => this.active.get(document.job.id)?.job ?? shownJob(document, this.self));
  }

  /** The job now and at each change, until it has ended. A slow reader misses steps in between, never the last one. */
  async *follow(client: Client, id: string, signal: AbortSignal): AsyncGenerator<PluginJob> {
    let seen: PluginJob | undefined;
    while (!signal.aborted) {
      const job = await this.get(client, id);
      if (job.updated_at !== seen?.updated_at || job.state !== seen.state) yield job;
      seen = job;
      if (ENDED.has(job.state)) return;
      const active = this.active.get(id);
      while (active && !active.ended && !signal.aborted) {
        if (active.job !== seen) {
          seen = active.job;
          yield seen;
          if (ENDED.has(seen.state)) return;
        }
        if (active.job === seen && !active.ended) await nextChange(active, signal);
      }
      if (!active || active.ended) await pause(POLL_MS, signal).catch(() => undefined);
    }
  }

  /** Interrupts what runs and waits until its state is stored. */
  async stop(): Promise<void> {
    this.stopping = true;
    for (const job of this.active.values()) job.stop('interrupted');
    await Promise.all(this.running.values());
  }

  private launch(active: ActiveJob): PluginJob {
    const { id, type } = active.job;
    this.active.set(id, active);
    if (this.stopping) active.stop('interrupted');
    const run = active.run(this.options.works[type]).finally(() => {
      this.active.delete(id);
      this.running.delete(id);
    });
    this.running.set(id, run);
    return active.job;
  }
}

function nextChange(active: ActiveJob, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      active.changes.off('change', done);
      active.changes.off('end', done);
      signal.removeEventListener('abort', done);
      resolve();
    };
    active.changes.on('change', done);
    active.changes.on('end', done);
    signal.addEventListener('abort', done);
  });
}
