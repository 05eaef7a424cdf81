import { LyrebirdError, startTrainSchema, type Job, type LogHit } from '../../common';
import type { z } from 'zod';
import type { EventPseudonymiser } from '../../common/pseudonyms';
import type { LyrebirdConfig } from '../config';
import type { ActiveJob } from '../jobs';
import { followJob, type NodeClient } from '../node';
import { pseudonymisedHit, type ModelPseudonyms } from '../pseudonyms';
import { collectIdentifiers } from './identifiers_service';
import { PointInTime } from './point_in_time';
import { readEvents, type EventPage } from './read_events';

/** Reading counts as this share of the whole job. */
const READING = 0.1;

/** How far a training job has come. */
interface TrainCheckpoint {
  /** Set once the node has every event. */
  datasetClosed?: boolean;
  nodeJob?: string;
  /** Pseudonyms that the dataset was sent under. */
  scheme?: string;
}

export interface TrainContext {
  node: NodeClient;
  limits: LyrebirdConfig['limits'];
  pseudonyms: ModelPseudonyms;
}

/**
 * The work of a training job: the source's events go to the node as a dataset, the node trains, and the job shows its stages.
 * Resumed, it goes on from the last finished step: reading starts afresh (a new point in time is another view), while the
 * node's own job goes on from its checkpoint.
 */
export async function train({ node, limits, pseudonyms }: TrainContext, job: ActiveJob): Promise<void> {
  const { source, options, pseudonymise } = startTrainSchema.parse(job.job.params);
  const checkpoint = { ...(job.checkpoint as TrainCheckpoint | undefined) };
  const dataset = `ds-${job.job.id}`;
  const modelId = job.job.model_id ?? modelIdOf(options.name, job.job.id);
  job.update({ model_id: modelId, stage: 'reading' });

  // The node may have lost its data folder since.
  if (checkpoint.datasetClosed && !(await findNodeJob(node, job, dataset)) && !(await holdsDataset(node, job, dataset))) {
    delete checkpoint.datasetClosed;
    delete checkpoint.nodeJob;
  }
  if (!checkpoint.datasetClosed) {
    const pseudonymiser = pseudonymise && (await pseudonyms.forFields(pseudonymise.fields));
    await upload({ node, limits }, job, dataset, source, pseudonymiser);
    if (pseudonymiser) {
      await pseudonyms.forget(job.client, modelId, job.signal);
      await pseudonyms.keep(job.client, modelId, pseudonymiser, 0, job.signal);
      checkpoint.scheme = pseudonymiser.pseudonyms.scheme;
    }
    checkpoint.datasetClosed = true;
    await job.save(checkpoint, { progress: READING });
  }
  const nodeOptions = {
    ...options,
    time_field: options.time_field ?? source.time_field,
    // What the events really carry, whatever the request's options say.
    pseudonymised: pseudonymise && checkpoint.scheme !== undefined ? { fields: pseudonymise.fields, scheme: checkpoint.scheme } : undefined,
  };
  const nodeJob = await startOrResume(node, job, { dataset, modelId, options: nodeOptions });
  if (checkpoint.nodeJob !== nodeJob.id) await job.save({ ...checkpoint, nodeJob: nodeJob.id });

  try {
    const ended = await follow(node, job, nodeJob.id);
    if (ended.state !== 'completed') throw failureOf(ended);
  } catch (error) {
    // A stop of the plugin leaves a node elsewhere at work; only a person's cancel ends it.
    if (job.stoppedBy === 'cancelled') await node.cancelJob(nodeJob.id, AbortSignal.timeout(10_000)).catch(() => undefined);
    throw error;
  }
  // The events have done their work; a copy of an organisation's logs is not left lying about.
  await node.deleteDataset(dataset, job.signal).catch(() => undefined);
}

async function upload(
  { node, limits }: Pick<TrainContext, 'node' | 'limits'>,
  job: ActiveJob,
  dataset: string,
  source: z.output<typeof startTrainSchema>['source'],
  pseudonymiser?: EventPseudonymiser
): Promise<void> {
  const { signal, client } = job;
  await node.deleteDataset(dataset, signal);
  await node.createDataset({ id: dataset, source: source.index }, signal);
  const { pageSize, maxEvents, slices } = limits;
  // Read twice for pseudonyms, from one view: whoever is mentioned in it is known from it.
  const view = pseudonymiser && (await PointInTime.open({ client, index: source.index, signal }));
  try {
    if (view) await collectIdentifiers(pseudonymiser, { client, source, pageSize, slices, view, signal });
    const pages = readEvents({ client, source, pageSize, maxEvents, order: { kind: 'fast', slices }, view, signal });
    await sendParts({ node, limits }, job, dataset, pages, (hit) => (pseudonymiser ? pseudonymisedHit(pseudonymiser, hit) : hit));
  } finally {
    await view?.close();
  }
  await node.closeDataset(dataset, signal);
}

async function sendParts(
  { node, limits }: Pick<TrainContext, 'node' | 'limits'>,
  job: ActiveJob,
  dataset: string,
  pages: AsyncIterable<EventPage>,
  prepare: (hit: LogHit) => LogHit
): Promise<void> {
  let part: string[] = [];
  let bytes = 0;
  let number = 0;
  let read = 0;
  let failedShards = 0;
  const started = Date.now();
  const send = async () => {
    if (part.length === 0) return;
    await node.putPart(dataset, number++, part.join('\n') + '\n', job.signal);
    part = [];
    bytes = 0;
  };
  for await (const page of pages) {
    for (const { _id, _index, _source } of page.hits) {
      const line = JSON.stringify(prepare({ _id, _index, _source: _source as LogHit['_source'] }));
      const size = Buffer.byteLength(line) + 1;
      if (part.length >= limits.partEvents || bytes + size > limits.partBytes) await send();
      part.push(line);
      bytes += size;
    }
    read += page.hits.length;
    failedShards += page.failedShards;
    const expected = Math.min(page.total, limits.maxEvents);
    job.update({
      counts: { ...job.job.counts, read },
      progress: READING * Math.min(1, read / expected),
      eta_seconds: Math.round(((Date.now() - started) / 1000 / Math.max(1, read)) * (expected - read)),
      skipped: { ...(page.total > expected ? { over_the_limit: page.total - expected } : {}), ...(failedShards > 0 ? { failed_shards: failedShards } : {}) },
    });
  }
  await send();
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

interface NodeJobPlan {
  dataset: string;
  modelId: string;
  options: z.output<typeof startTrainSchema>['options'];
}

/** The node's job for this one: found, resumed or created. */
async function startOrResume(node: NodeClient, job: ActiveJob, plan: NodeJobPlan): Promise<Job> {
  const known = await findNodeJob(node, job, plan.dataset);
  if (!known) return node.createJob({ type: 'train', dataset_id: plan.dataset, model_id: plan.modelId, options: plan.options }, job.signal);
  if (known.state === 'running' || known.state === 'queued' || known.state === 'completed') return known;
  return node.resumeJob(known.id, job.signal);
}

async function follow(node: NodeClient, job: ActiveJob, id: string): Promise<Job> {
  const readingSkips = job.job.skipped;
  for await (const update of followJob(node, id, job.signal)) {
    job.update({
      stage: update.stage ?? 'prepare',
      progress: READING + (1 - READING) * update.progress,
      eta_seconds: update.eta_seconds,
      loss_curve: update.loss_curve,
    });
    if (update.state === 'completed') {
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
function modelIdOf(name: string, jobId: string): string {
  const slug = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 60);
  return `${slug || 'model'}-${jobId.replace(/^train-/, '')}`;
}
