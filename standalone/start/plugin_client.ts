import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import {
  API_BASE,
  API_VERSION,
  LyrebirdError,
  ROUTES,
  anomaliesSchema,
  errorBodySchema,
  modelCardSchema,
  pluginJobSchema,
  type Anomalies,
  type ModelCard,
  type PluginJob,
  type StartGenerate,
  type StartTrain,
  startScoreSchema,
} from '../../common';

export type StartScore = z.input<typeof startScoreSchema>;

const FINISHED = new Set(['completed', 'failed', 'cancelled', 'interrupted']);
const LOOK_EVERY_MS = 500;

/** The plugin's routes, asked exactly as the app asks them. */
export class PluginClient {
  constructor(
    private readonly url: string,
    private readonly signal: AbortSignal
  ) {}

  train(body: StartTrain): Promise<PluginJob> {
    return this.ask('POST', ROUTES.train, pluginJobSchema, body);
  }
  generate(body: StartGenerate): Promise<PluginJob> {
    return this.ask('POST', ROUTES.generate, pluginJobSchema, body);
  }
  score(body: StartScore): Promise<PluginJob> {
    return this.ask('POST', ROUTES.score, pluginJobSchema, body);
  }
  resume(id: string): Promise<PluginJob> {
    return this.ask('POST', ROUTES.jobResume.replace('{id}', encodeURIComponent(id)), pluginJobSchema, {});
  }
  job(id: string): Promise<PluginJob> {
    return this.ask('GET', ROUTES.job.replace('{id}', encodeURIComponent(id)), pluginJobSchema);
  }
  model(id: string): Promise<ModelCard> {
    return this.ask('GET', ROUTES.model.replace('{id}', encodeURIComponent(id)), modelCardSchema);
  }
  anomalies(jobId: string, size: number): Promise<Anomalies> {
    return this.ask('GET', `${ROUTES.anomalies}?job_id=${encodeURIComponent(jobId)}&size=${size}`, anomaliesSchema);
  }

  /** Looks until the job has ended. @throws LyrebirdError the job's own error unless it completed. */
  async follow(started: PluginJob, onChange: (job: PluginJob) => void): Promise<PluginJob> {
    let job = started;
    while (!FINISHED.has(job.state)) {
      onChange(job);
      await sleep(LOOK_EVERY_MS, undefined, { signal: this.signal });
      job = await this.job(job.id);
    }
    if (job.state === 'completed') return job;
    throw job.error
      ? new LyrebirdError(job.error.code, job.error.message, job.error.hint)
      : new LyrebirdError('LYREBIRD_CANCELLED', `The ${job.type} job "${job.id}" was ${job.state}.`, 'Start again: it is resumed.');
  }

  private async ask<T>(method: string, route: string, schema: z.ZodType<T>, body?: unknown): Promise<T> {
    const answer = await fetch(`${this.url}${API_BASE}${route}`, {
      method,
      signal: this.signal,
      headers: { 'kbn-xsrf': 'lyrebird', 'elastic-api-version': API_VERSION, 'x-elastic-internal-origin': 'lyrebird', ...(body ? { 'content-type': 'application/json' } : {}) },
      body: body ? JSON.stringify(body) : undefined,
    });
    const value = (await answer.json()) as unknown;
    if (answer.ok) return schema.parse(value);
    throw errorOf(value, `${method} ${route} answered ${answer.status}`);
  }
}

/** Kibana puts our error body into `attributes`. */
function errorOf(value: unknown, context: string): LyrebirdError {
  const kibana = z.object({ message: z.string(), attributes: z.unknown() }).safeParse(value).data;
  const ours = errorBodySchema.safeParse(kibana?.attributes ?? value);
  return ours.success ? LyrebirdError.fromBody(ours.data) : new LyrebirdError('LYREBIRD_INTERNAL', `${context}: ${kibana?.message ?? JSON.stringify(value)}`);
}
