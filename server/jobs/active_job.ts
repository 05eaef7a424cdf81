import { EventEmitter } from 'node:events';
import type { Client } from '@elastic/elasticsearch';
import { LyrebirdError, toLyrebirdError, type PluginJob } from '../../common';
import type { Logger } from '../kibana';
import { ENDED, HEARTBEAT_MS, type StoredJob } from './job_document';
import type { JobStore } from './job_store';

/** Progress reaches the index at most this often; whoever follows the job here sees each change at once. */
const SAVE_MS = 1_000;

export type JobPatch = Partial<Omit<PluginJob, 'id' | 'type' | 'created_at' | 'params'>>;

/** Why a job's signal was aborted. `taken over`: another server runs it now. */
export type StopReason = 'cancelled' | 'interrupted' | 'taken over';

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
  private over = false;
  /** The job as another server has left it: from then on it is not this one's to store. */
  private elsewhere?: StoredJob;
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
  /** True once nothing will change here any more, though the job may go on elsewhere. */
  get ended(): boolean {
    return this.over;
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
      if (!this.elsewhere) await this.save(this.stored.checkpoint, patch);
    } catch (error) {
      // Its heartbeat has stopped, so whoever looks sees it as interrupted; it can be resumed.
      if (!this.elsewhere) this.logger.error(`The end of job ${this.job.id} could not be stored: ${(error as Error).message}`);
    }
    if (this.elsewhere) this.stored = this.elsewhere;
    this.over = true;
    this.changes.emit('end', this.job);
  }

  private failure(thrown: unknown): JobPatch {
    const error = toLyrebirdError(thrown);
    const { code, message, hint } = error;
    if (this.elsewhere) return {};
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
      const { seqNo, primaryTerm } = await this.write({ ...sent, job });
      this.stored = { ...this.stored, seqNo, primaryTerm };
    };
    const result = this.turn.then(write);
    this.turn = result.catch(() => undefined);
    return result;
  }

  private async write(document: StoredJob): Promise<StoredJob> {
    if (this.elsewhere) throw changedElsewhere(document.job.id);
    try {
      return await this.store.update(this.client, document);
    } catch (error) {
      if (!(error instanceof LyrebirdError) || error.code !== 'LYREBIRD_CONFLICT') throw error;
    }
    const found = await this.store.get(this.client, document.job.id);
    if (found.owner.run === document.owner.run && (!ENDED.has(found.job.state) || found.job.state === document.job.state)) {
      // Our own write, whose answer was lost on the way and that was sent again.
      return this.store.update(this.client, { ...document, seqNo: found.seqNo, primaryTerm: found.primaryTerm });
    }
    this.elsewhere = found;
    this.logger.info(`Job ${document.job.id} was ${found.job.state === 'cancelled' ? 'cancelled' : 'taken over'} by another server: it stops here.`);
    this.stop(found.job.state === 'cancelled' ? 'cancelled' : 'taken over');
    throw changedElsewhere(document.job.id);
  }

  /** What could not be stored now is stored with the next change. */
  private lost(error: Error): void {
    this.dirty = true;
    if (!this.elsewhere) this.logger.warn(`The progress of job ${this.job.id} could not be stored: ${error.message}`);
  }
}

function changedElsewhere(id: string): LyrebirdError {
  return new LyrebirdError('LYREBIRD_CANCELLED', `Job "${id}" was changed by another server.`, 'Follow it there.');
}
