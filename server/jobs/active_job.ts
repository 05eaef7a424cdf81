import { EventEmitter } from 'node:events';
import type { Client } from '@elastic/elasticsearch';
import { LyrebirdError, toLyrebirdError, type PluginJob } from '../../common';
import type { Logger } from '../kibana';
import { ENDED, HEARTBEAT_MS, type StoredJob } from './job_document';
import type { JobStore } from './job_store';

/** Progress reaches the index at most this often; whoever follows the job here sees each change at once. */
const SAVE_MS = 1_000;

export type JobPatch = Partial<Omit<PluginJob, 'id' | 'type' | 'created_at' | 'params'>>;

/** Why a job's signal was aborted. */
export type StopReason = 'cancelled' | 'interrupted';

/**
 * A job that this process runs. The work changes it by `update` and marks how far it has come by `save`; both the index and
 * those who follow it learn of that.
 */
export class ActiveJob {
  readonly changes = new EventEmitter();
  private readonly controller = new AbortController();
  private stopReason?: StopReason;
  private lastSave = 0;
  private dirty = false;
  /** Writes take turns: each needs the version that the one before made. */
  private turn: Promise<void> = Promise.resolve();
  private readonly heartbeat: NodeJS.Timeout;

  constructor(
    private stored: StoredJob,
    readonly client: Client,
    private readonly store: JobStore,
    private readonly logger: Logger
  ) {
    this.changes.setMaxListeners(0);
    this.heartbeat = setInterval(() => void this.persist().catch((error: Error) => this.lost(error)), HEARTBEAT_MS);
    this.heartbeat.unref();
  }

  get job(): PluginJob {
    return this.stored.job;
  }
  get checkpoint(): unknown {
    return this.stored.checkpoint;
  }
  /** Set once the job was told to stop. */
  get stoppedBy(): StopReason | undefined {
    return this.stopReason;
  }
  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** Changes what people see. */
  update(patch: JobPatch): void {
    this.stored = { ...this.stored, job: { ...this.stored.job, ...patch, updated_at: new Date().toISOString() } };
    this.changes.emit('change', this.job);
    this.dirty = true;
    if (Date.now() - this.lastSave < SAVE_MS) return;
    this.persist().catch((error: Error) => this.lost(error));
  }

  /** Stores the checkpoint and everything said until now; resolves once the index has it. */
  async save(checkpoint: unknown, patch: JobPatch = {}): Promise<void> {
    this.stored = { ...this.stored, checkpoint, job: { ...this.stored.job, ...patch, updated_at: new Date().toISOString() } };
    this.changes.emit('change', this.job);
    this.dirty = true;
    await this.persist();
  }

  stop(reason: StopReason): void {
    this.stopReason ??= reason;
    this.controller.abort();
  }

  /** Runs the work and stores how it ended. Never rejects. */
  async run(work: (job: ActiveJob) => Promise<void>): Promise<void> {
    let patch: JobPatch;
    try {
      await work(this);
      patch = { state: 'completed', progress: 1, error: undefined };
    } catch (error) {
      patch = this.failure(error);
    }
    clearInterval(this.heartbeat);
    patch = { ...patch, eta_seconds: undefined, finished_at: new Date().toISOString() };
    try {
      await this.save(this.stored.checkpoint, patch);
    } catch (error) {
      // Its heartbeat has stopped, so whoever looks sees it as interrupted; it can be resumed.
      this.logger.error(`The end of job ${this.job.id} could not be stored: ${(error as Error).message}`);
    }
    this.changes.emit('end', this.job);
  }

  private failure(thrown: unknown): JobPatch {
    const error = toLyrebirdError(thrown);
    const { code, message, hint } = error;
    if (this.stopReason === 'cancelled') return { state: 'cancelled', error: undefined };
    if (this.stopReason === 'interrupted') {
      return { state: 'interrupted', error: { code: 'LYREBIRD_CANCELLED', message: 'The server stopped while the job ran.', hint: 'Resume the job: it goes on from where it was.' } };
    }
    this.logger.error(`Job ${this.job.id} failed: ${code}: ${code === 'LYREBIRD_INTERNAL' ? ((error.cause as Error | undefined)?.stack ?? message) : message}`);
    // What others can mend by themselves (a node or a cluster that comes back) leaves the job ready to go on.
    return { state: code === 'LYREBIRD_CANCELLED' ? 'interrupted' : 'failed', error: { code, message, hint } };
  }

  private persist(): Promise<void> {
    const write = async () => {
      // The heartbeat writes even when nothing has changed.
      if (!this.dirty && Date.now() - this.lastSave < SAVE_MS) return;
      this.dirty = false;
      this.lastSave = Date.now();
      const sent = this.stored;
      const job = ENDED.has(sent.job.state) ? sent.job : { ...sent.job, updated_at: new Date().toISOString() };
      const written = await this.store.update(this.client, { ...sent, job });
      this.stored = { ...this.stored, seqNo: written.seqNo, primaryTerm: written.primaryTerm };
    };
    const result = this.turn.then(write);
    this.turn = result.catch(() => undefined);
    return result;
  }

  /** Another server cancelled or took over the job, or the index is out of reach. */
  private lost(error: Error): void {
    this.dirty = true;
    if (error instanceof LyrebirdError && error.code === 'LYREBIRD_CONFLICT') {
      this.logger.info(`Job ${this.job.id} was changed elsewhere: it stops here.`);
      this.stop('cancelled');
      return;
    }
    this.logger.warn(`The progress of job ${this.job.id} could not be stored: ${error.message}`);
  }
}
