import { promisify } from 'node:util';
import { gzip as gzipCallback } from 'node:zlib';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import {
  datasetSchema,
  generateSummarySchema,
  healthSchema,
  jobSchema,
  LyrebirdError,
  modelCardSchema,
  reportSchema,
  scoreSummarySchema,
  type CreateDataset,
  type CreateJob,
  type Dataset,
  type GeneratedEvent,
  type GenerateOptions,
  type GenerateSummary,
  type Health,
  type IndexTrial,
  type Job,
  type LogHit,
  type ModelCard,
  type Report,
  type RevisedEvent,
  type ScoredEvent,
  type ScoreSummary,
  type Skipped,
} from '../../common';
import { withRetry, type RetryPolicy } from '../elasticsearch';
import type { NodeEndpointSource } from './endpoint';
import { asConnectionError, NodeConnectionError, NodeConnections, NodeMisconfiguredError, type NodeRequest } from './http';
import { linesWithSummary } from './ndjson';
import { nodePaths } from './paths';
import { readJobEvents } from './job_events';

const gzip = promisify(gzipCallback);
const NDJSON = 'application/x-ndjson';
/** Generation and scoring load a model first, and a part is parsed whole: the first byte may take a while. */
const STREAM_TIMEOUT_MS = 10 * 60_000;

export interface NodeClientOptions {
  endpoint: NodeEndpointSource;
  requestTimeoutMs: number;
  policy?: RetryPolicy;
}
interface Ask extends Omit<NodeRequest, 'timeoutMs'> {
  timeoutMs?: number;
  /** Whether a second try does no harm. */
  repeatable: boolean;
}

const jobsSchema = z.union([z.object({ jobs: z.array(jobSchema) }).transform(({ jobs }) => jobs), z.array(jobSchema)]);
const modelsSchema = z.union([z.object({ models: z.array(modelCardSchema) }).transform(({ models }) => models), z.array(modelCardSchema)]);

const keyOf = ({ index, id }: Pick<ScoredEvent, 'index' | 'id'>): string => JSON.stringify([index, id]);

/** Speaks the node's HTTP API. Every error is a LyrebirdError; a node out of reach is LYREBIRD_NODE_UNAVAILABLE. */
export class NodeClient {
  private readonly connections = new NodeConnections();

  constructor(private readonly options: NodeClientOptions) {}

  get description(): string {
    return this.options.endpoint.description;
  }

  /** One try: it is asked to learn whether the node is there. */
  health(signal?: AbortSignal): Promise<Health> {
    return this.json(healthSchema, { method: 'GET', path: nodePaths.health, repeatable: false, timeoutMs: 5_000, signal });
  }

  createDataset(body: CreateDataset, signal?: AbortSignal): Promise<Dataset> {
    return this.json(datasetSchema, { method: 'POST', path: nodePaths.datasets, ...json(body), repeatable: false, signal });
  }

  dataset(id: string, signal?: AbortSignal): Promise<Dataset> {
    return this.json(datasetSchema, { method: 'GET', path: nodePaths.dataset(id), repeatable: true, signal });
  }

  /** Sends one part, gzipped. A part of the same number replaces an earlier one, so that it may be sent again. */
  async putPart(id: string, number: number, ndjson: string, signal?: AbortSignal): Promise<void> {
    const body = await gzip(ndjson);
    const headers = { 'content-type': NDJSON, 'content-encoding': 'gzip' };
    await this.discard({ method: 'PUT', path: nodePaths.datasetPart(id, number), body, headers, repeatable: true, timeoutMs: STREAM_TIMEOUT_MS, signal });
  }

  closeDataset(id: string, signal?: AbortSignal): Promise<Dataset> {
    return this.json(datasetSchema, { method: 'POST', path: nodePaths.datasetClose(id), repeatable: true, signal });
  }

  /** A dataset that is not there is as good as deleted. */
  deleteDataset(id: string, signal?: AbortSignal): Promise<void> {
    return this.remove(nodePaths.dataset(id), signal);
  }

  createJob(body: CreateJob, signal?: AbortSignal): Promise<Job> {
    return this.json(jobSchema, { method: 'POST', path: nodePaths.jobs, ...json(body), repeatable: false, signal });
  }

  jobs(signal?: AbortSignal): Promise<Job[]> {
    return this.json(jobsSchema, { method: 'GET', path: nodePaths.jobs, repeatable: true, signal });
  }

  job(id: string, signal?: AbortSignal): Promise<Job> {
    return this.json(jobSchema, { method: 'GET', path: nodePaths.job(id), repeatable: true, signal });
  }

  cancelJob(id: string, signal?: AbortSignal): Promise<Job> {
    return this.json(jobSchema, { method: 'POST', path: nodePaths.jobCancel(id), repeatable: true, signal });
  }

  resumeJob(id: string, signal?: AbortSignal): Promise<Job> {
    return this.json(jobSchema, { method: 'POST', path: nodePaths.jobResume(id), repeatable: false, signal });
  }

  /** The job as it changes; ends with the stream, which need not be the end of the job. */
  async *jobEvents(id: string, signal?: AbortSignal): AsyncGenerator<Job> {
    const path = nodePaths.jobEvents(id);
    const response = await this.send({ method: 'GET', path, headers: { accept: 'text/event-stream' }, repeatable: true, signal });
    try {
      yield* readJobEvents(response);
    } catch (error) {
      throw this.describe(asConnectionError(error as Error, signal));
    } finally {
      response.destroy();
    }
  }

  models(signal?: AbortSignal): Promise<ModelCard[]> {
    return this.json(modelsSchema, { method: 'GET', path: nodePaths.models, repeatable: true, signal });
  }

  model(id: string, signal?: AbortSignal): Promise<ModelCard> {
    return this.json(modelCardSchema, { method: 'GET', path: nodePaths.model(id), repeatable: true, signal });
  }

  /** What the last evaluation found; LYREBIRD_NOT_FOUND before there was one. */
  report(id: string, signal?: AbortSignal): Promise<Report> {
    return this.json(reportSchema, { method: 'GET', path: nodePaths.report(id), repeatable: true, signal });
  }

  /** The same as one HTML page that stands alone. */
  reportPage(id: string, signal?: AbortSignal): Promise<string> {
    return this.read({ method: 'GET', path: nodePaths.reportPage(id), headers: { accept: 'text/html' }, repeatable: true, signal });
  }

  recordTrial(id: string, trial: IndexTrial, signal?: AbortSignal): Promise<Report> {
    return this.json(reportSchema, { method: 'PUT', path: nodePaths.reportIndex(id), ...json(trial), repeatable: true, signal });
  }

  deleteModel(id: string, signal?: AbortSignal): Promise<void> {
    return this.remove(nodePaths.model(id), signal);
  }

  /** Events as the node writes them; the node waits when they are not taken. Same options, same events. */
  async *generate(modelId: string, options: GenerateOptions, signal?: AbortSignal): AsyncGenerator<GeneratedEvent, GenerateSummary> {
    const path = nodePaths.generate(modelId);
    const response = await this.send({ method: 'POST', path, ...json(options), repeatable: true, timeoutMs: STREAM_TIMEOUT_MS, signal });
    return yield* linesWithSummary<GeneratedEvent, GenerateSummary>(response, 'generating events', (value) => generateSummarySchema.parse(value), signal);
  }

  /**
   * Scores events in time order. With a session the node carries each entity's context from call to call; a call that broke
   * is not repeated, because the node may have taken its events into that context already. `revised` are events of earlier calls whose
   * scores have risen by what came now.
   */
  async score(
    modelId: string,
    hits: readonly LogHit[],
    options: { session?: string; topFields: number; signal?: AbortSignal }
  ): Promise<{ events: ScoredEvent[]; revised: RevisedEvent[]; skipped: Skipped }> {
    const query = new URLSearchParams({ top_fields: String(options.topFields) });
    if (options.session) query.set('session', options.session);
    const response = await this.send({
      method: 'POST',
      path: `${nodePaths.score(modelId)}?${query}`,
      body: await gzip(hits.map((hit) => JSON.stringify(hit)).join('\n') + '\n'),
      headers: { 'content-type': NDJSON, 'content-encoding': 'gzip' },
      repeatable: options.session === undefined,
      timeoutMs: STREAM_TIMEOUT_MS,
      signal: options.signal,
    });
    const answer = linesWithSummary<ScoredEvent | { revised: RevisedEvent }, ScoreSummary>(response, 'scoring events', (value) => scoreSummarySchema.parse(value), options.signal);
    const events: ScoredEvent[] = [];
    const byId = new Map<string, ScoredEvent>();
    const revised = new Map<string, RevisedEvent>();
    for (;;) {
      const { value, done } = await answer.next();
      if (done) return { events, revised: [...revised.values()], skipped: value.skipped };
      if ('revised' in value) {
        const { previous_score, ...risen } = value.revised;
        // Of an event without an id nobody can say which it was.
        if (risen.id === undefined) continue;
        const key = keyOf(risen);
        const own = byId.get(key);
        if (own !== undefined) Object.assign(own, risen);
        else revised.set(key, { ...risen, previous_score: revised.get(key)?.previous_score ?? previous_score });
      } else {
        events.push(value);
        if (value.id !== undefined) byId.set(keyOf(value), value);
      }
    }
  }

  /** Forgets the entities' context of a scoring session. */
  deleteSession(id: string): Promise<void> {
    return this.remove(nodePaths.session(id), AbortSignal.timeout(5_000));
  }

  close(): void {
    this.connections.close();
  }

  private async json<T>(schema: z.ZodType<T>, ask: Ask): Promise<T> {
    const body = await this.read(ask);
    const parsed = schema.safeParse(JSON.parse(body === '' ? 'null' : body));
    if (parsed.success) return parsed.data;
    const issue = parsed.error.issues[0];
    throw new LyrebirdError(
      'LYREBIRD_NODE_UNAVAILABLE',
      `The model node's answer to ${ask.method} ${ask.path} is not of this version: ${issue.path.join('.')}: ${issue.message}`,
      'Run a model node of the same version as the plugin.'
    );
  }

  private async discard(ask: Ask): Promise<void> {
    await this.read(ask);
  }

  private async remove(path: string, signal?: AbortSignal): Promise<void> {
    try {
      await this.discard({ method: 'DELETE', path, repeatable: true, signal });
    } catch (error) {
      if (!(error instanceof LyrebirdError) || error.code !== 'LYREBIRD_NOT_FOUND') throw error;
    }
  }

  private read(ask: Ask): Promise<string> {
    return this.retrying(ask, async (response) => {
      try {
        return await text(response);
      } catch (error) {
        throw asConnectionError(error as Error, ask.signal);
      }
    });
  }

  private send(ask: Ask) {
    return this.retrying(ask, async (response) => response);
  }

  private async retrying<T>(ask: Ask, use: (response: Awaited<ReturnType<NodeConnections['send']>>) => Promise<T>): Promise<T> {
    const { policy, requestTimeoutMs, endpoint } = this.options;
    try {
      return await withRetry(
        async () => use(await this.connections.send(await endpoint.resolve(), { timeoutMs: requestTimeoutMs, ...ask })),
        { policy, signal: ask.signal, isTransient: (error) => mayRepeat(error, ask.repeatable) }
      );
    } catch (error) {
      throw this.describe(error as Error);
    }
  }

  private describe(error: Error): Error {
    if (!(error instanceof NodeConnectionError)) return error;
    return new LyrebirdError(
      'LYREBIRD_NODE_UNAVAILABLE',
      `The model node at ${this.description} does not answer: ${error.message}.`,
      error.finalHint ?? 'Check that it runs and that lyrebird.node.url is right (https, when it was started with a certificate); then try again or resume the job.',
      { cause: error }
    );
  }
}

/** A node that is busy did nothing, so anything may be asked again; one that broke off may have done it. */
function mayRepeat(error: unknown, repeatable: boolean): boolean {
  if (error instanceof NodeMisconfiguredError) return false;
  if (error instanceof LyrebirdError) return error.code === 'LYREBIRD_TOO_BUSY' || (repeatable && error.code === 'LYREBIRD_NODE_UNAVAILABLE');
  return repeatable && error instanceof NodeConnectionError && error.finalHint === undefined;
}

function json(body: object): { body: string; headers: Record<string, string> } {
  return { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
}
