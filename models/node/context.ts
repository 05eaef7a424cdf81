import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { LyrebirdError, type DEVICES } from '../../common';
import type { DatasetStore } from '../dataset';
import type { JobRunner } from './job_runner';
import type { NodeMetrics } from './metrics';
import type { ModelStore } from './model_store';
import type { NodeLimits } from './options';
import type { ScoreSessions } from './score_sessions';

/** What the routes work with. */
export interface NodeContext {
  version: string;
  dataDir: string;
  devices: Array<(typeof DEVICES)[number]>;
  limits: NodeLimits;
  datasets: DatasetStore;
  jobs: JobRunner;
  models: ModelStore;
  sessions: ScoreSessions;
  metrics: NodeMetrics;
  /** Aborted when the node stops: streams end. */
  stopping: AbortSignal;
  /** Generate and score requests at work. */
  inferences: { active: number };
}

export type RegisterRoutes = (app: FastifyInstance, context: NodeContext) => void;

/** LYREBIRD_BAD_REQUEST names each member that does not fit and why. */
export function check<T extends z.ZodType>(schema: T, value: unknown, what: string): z.output<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const why = parsed.error.issues.map((issue) => `${issue.path.join('.') || what}: ${issue.message}`).join('; ');
  throw new LyrebirdError('LYREBIRD_BAD_REQUEST', `The ${what} is not valid: ${why}.`, 'See GET /v1/openapi.json for what is expected.');
}

/** Aborts when the client hangs up before the answer is complete, or when the node stops. */
export function untilGone(reply: FastifyReply, stopping: AbortSignal): AbortSignal {
  const gone = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) gone.abort();
  });
  return AbortSignal.any([gone.signal, stopping]);
}

/** The body of an NDJSON request as it arrives; never read as a whole. */
export function ndjsonBody(request: FastifyRequest): { stream: AsyncIterable<Buffer>; gzip: boolean } {
  const encoding = request.headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity' && encoding !== 'gzip') {
    throw new LyrebirdError('LYREBIRD_BAD_REQUEST', `Content-Encoding "${encoding}" is not supported.`, 'Use gzip, or none.');
  }
  if (request.body !== request.raw) {
    throw new LyrebirdError('LYREBIRD_BAD_REQUEST', `Content-Type "${request.headers['content-type'] ?? ''}" does not fit.`, 'Send application/x-ndjson: one JSON search hit a line.');
  }
  return { stream: request.raw as AsyncIterable<Buffer>, gzip: encoding === 'gzip' };
}
