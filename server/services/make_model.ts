import { LyrebirdError, type CreateJob, type Job, type Source } from '../../common';
import type { EventPseudonymiser } from '../../common/pseudonyms';
import type { ActiveJob } from '../jobs';
import { followJob, type NodeClient } from '../node';
import type { ModelPseudonyms } from '../pseudonyms';
import { READING, upload, type UploadContext } from './upload_events';

/** How far a job of the node's that makes a model has come. */
interface ModelJobCheckpoint {
  /** Set once the node has every event. */
  datasetClosed?: boolean;
  nodeJob?: string;
  /** Pseudonyms that the dataset was sent under. */
  scheme?: string;
}

export interface ModelJobContext extends UploadContext {
  pseudonyms: ModelPseudonyms;
}

export interface ModelJob {
  source: Source;
  modelId: string;
  /** The model is there and stays as it is: the job only reads it. */
  readsModel?: boolean;
  /** Made when the events are read: which names they hold shows only then. */
  pseudonymiser(): Promise<EventPseudonymiser | undefined>;
  /** What the node is asked for, once it has the events. `scheme`: of the pseudonyms that they were sent under. */
  request(dataset: string, scheme: string | undefined): CreateJob;
}

/**
 * The work of a job that makes a model: the source's events go to the node as a dataset, the node works, and the job shows its stages.
 * Resumed, it goes on from the last finished step: reading starts afresh (a new point in time is another view), while the
 * node's own job goes on from its checkpoint.
 */
export async function makeModel({ node, limits, pseudonyms }: ModelJobContext, job: ActiveJob, { source, modelId, readsModel = false, pseudonymiser: open, request }: ModelJob): Promise<void> {
  const checkpoint = { ...(job.checkpoint as ModelJobCheckpoint | undefined) };
  const dataset = `ds-${job.job.id}`;
  job.update({ model_id: modelId, stage: 'reading' });

  // The node may have lost its data folder since.
  if (checkpoint.datasetClosed && !(await findNodeJob(node, job, dataset)) && !(await holdsDataset(node, job, dataset))) {
    delete checkpoint.datasetClosed;
    delete checkpoint.nodeJob;
  }
  if (!checkpoint.datasetClosed) {
    const pseudonymiser = await open();
    const known = pseudonymiser?.collected().length ?? 0;
    await upload({ node, limits }, job, dataset, source, pseudonymiser);
    if (pseudonymiser) {
      // A model that is there keeps the names it has; new ones are added.
      if (!readsModel) await pseudonyms.forget(job.client, modelId, job.signal);
      await pseudonyms.keep(job.client, modelId, pseudonymiser, readsModel ? known : 0, job.signal);
      checkpoint.scheme = pseudonymiser.pseudonyms.scheme;
    }
    checkpoint.datasetClosed = true;
    await job.save(checkpoint, { progress: READING });
  }
  const nodeJob = await startOrResume(node, job, dataset, () => request(dataset, checkpoint.scheme));
  if (checkpoint.nodeJob !== nodeJob.id) await job.save({ ...checkpoint, nodeJob: nodeJob.id });

  try {
    const ended = await follow(node, job, nodeJob.id, readsModel);
    if (ended.state !== 'completed') throw failureOf(ended);
  } catch (error) {
    // A stop of the plugin leaves a node elsewhere at work; only a person's cancel ends it.
    if (job.stoppedBy === 'cancelled') await node.cancelJob(nodeJob.id, AbortSignal.timeout(10_000)).catch(() => undefined);
    throw error;
  }
  // The events have done their work; a copy of an organisation's logs is not left lying about.
  await node.deleteDataset(dataset, job.signal).catch(() => undefined);
}

/** Datasets are named after the plugin's job, so the node's job for it is told by its dataset. */
async function findNodeJob(node: NodeClient, { signal }: ActiveJob, dataset: string): Promise<Job | undefined> {
  return (await node.jobs(signal)).find(({ dataset_id }) => dataset_id === dataset);
}

async function holdsDataset(node: NodeClient, { signal }: ActiveJob, dataset: string): Promise<boolean> {
  try {
    return (await node.dataset(dataset, signal)).state === 'closed';
  } catch (error) {
    if (error instanceof LyrebirdError && error.code === 'LYREBIRD_NOT_FOUND') return false;
    throw error;
  }
}

/** The node's job for this one: found, resumed or created. */
async function startOrResume(node: NodeClient, job: ActiveJob, dataset: string, request: () => CreateJob): Promise<Job> {
  const known = await findNodeJob(node, job, dataset);
  if (!known) return node.createJob(request(), job.signal);
  if (known.state === 'running' || known.state === 'queued' || known.state === 'completed') return known;
  return node.resumeJob(known.id, job.signal);
}

async function follow(node: NodeClient, job: ActiveJob, id: string, readsModel: boolean): Promise<Job> {
  const readingSkips = job.job.skipped;
  for await (const update of followJob(node, id, job.signal)) {
    job.update({
      stage: update.stage ?? 'prepare',
      progress: READING + (1 - READING) * update.progress,
      eta_seconds: update.eta_seconds,
      loss_curve: update.loss_curve,
    });
    if (update.state === 'completed' && !readsModel) {
      const card = await node.model(update.model_id, job.signal);
      job.update({ model_id: update.model_id, skipped: { ...readingSkips, ...card.skipped }, loss_curve: card.loss_curve });
    }
    if (update.state !== 'running' && update.state !== 'queued') return update;
  }
  return node.job(id, job.signal);
}

function failureOf(job: Job): LyrebirdError {
  if (job.error) return new LyrebirdError(job.error.code, job.error.message, job.error.hint);
  return new LyrebirdError('LYREBIRD_NODE_UNAVAILABLE', `The model node's job "${job.id}" is ${job.state}.`, 'Resume the job: training goes on from its last checkpoint.');
}

/** A readable id that no other job's model has. */
export function modelIdOf(name: string, jobId: string): string {
  const slug = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 60);
  return `${slug || 'model'}-${jobId.replace(/^[a-z]+-/, '')}`;
}
