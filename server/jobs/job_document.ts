import { hostname } from 'node:os';
import { randomBytes } from 'node:crypto';
import type { estypes } from '@elastic/elasticsearch';
import { pluginJobSchema, type PluginJob } from '../../common';

/** The process that runs a job. */
export interface JobOwner {
  host: string;
  pid: number;
  /** Random: tells processes apart that have the same host and pid, as restarted containers do. */
  run: string;
}

/** A job as it lies in the jobs index. */
export interface JobDocument {
  job: PluginJob;
  owner: JobOwner;
  /** What a resumed run goes on from; its shape is the job type's own. */
  checkpoint?: unknown;
}

/** A document and its version in the index, for updates that notice each other. */
export interface StoredJob extends JobDocument {
  seqNo: number;
  primaryTerm: number;
}

export const ENDED: ReadonlySet<PluginJob['state']> = new Set(['completed', 'failed', 'cancelled', 'interrupted']);
/** The owner writes at least this often. */
export const HEARTBEAT_MS = 5_000;
/** A job whose owner has been silent for longer than this is taken for interrupted. */
const SILENCE_MS = 30_000;

export function thisProcess(): JobOwner {
  return { host: hostname(), pid: process.pid, run: randomBytes(8).toString('hex') };
}

export const JOBS_MAPPING: estypes.MappingTypeMapping = {
  dynamic: false,
  properties: {
    owner: { properties: { host: { type: 'keyword' }, pid: { type: 'long' }, run: { type: 'keyword' } } },
    checkpoint: { type: 'object', enabled: false },
    job: {
      properties: {
        id: { type: 'keyword' },
        type: { type: 'keyword' },
        state: { type: 'keyword' },
        stage: { type: 'keyword' },
        progress: { type: 'float' },
        created_at: { type: 'date' },
        updated_at: { type: 'date' },
        finished_at: { type: 'date' },
        created_by: { type: 'keyword' },
        model_id: { type: 'keyword' },
        target_index: { type: 'keyword' },
        params: { type: 'object', enabled: false },
        counts: { type: 'object', enabled: false },
        skipped: { type: 'object', enabled: false },
        refusals: { type: 'object', enabled: false },
        refusal_samples: { type: 'object', enabled: false },
        set_aside: { type: 'object', enabled: false },
        datafeed: { type: 'object', enabled: false },
        ignored: { type: 'object', enabled: false },
        loss_curve: { type: 'object', enabled: false },
        error: { type: 'object', enabled: false },
      },
    },
  },
};

export function newJob(job: Pick<PluginJob, 'id' | 'type' | 'params' | 'created_by' | 'model_id'>): PluginJob {
  const now = new Date().toISOString();
  return pluginJobSchema.parse({
    ...job,
    state: 'running',
    progress: 0,
    created_at: now,
    updated_at: now,
    counts: {},
    skipped: {},
    refusals: {},
    loss_curve: [],
  });
}

/**
 * The job as people should see it: one that runs in the index while its process has ended (or is silent) is interrupted.
 */
export function shownJob({ job, owner }: JobDocument, self: JobOwner, now = Date.now()): PluginJob {
  if (ENDED.has(job.state) || owner.run === self.run || isAlive({ job, owner }, self, now)) return job;
  return {
    ...job,
    state: 'interrupted',
    eta_seconds: undefined,
    error: {
      code: 'LYREBIRD_CANCELLED',
      message: 'The server that ran this job stopped before the job was done.',
      hint: 'Resume the job: it goes on from where it was.',
    },
  };
}

function isAlive({ job, owner }: JobDocument, self: JobOwner, now: number): boolean {
  if (now - Date.parse(job.updated_at) > SILENCE_MS) return false;
  if (owner.host !== self.host) return true;
  if (owner.pid === self.pid) return false;
  try {
    process.kill(owner.pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
