import { mkdir, rm } from 'node:fs/promises';
import * as path from 'node:path';
import fastify from 'fastify';
import pino from 'pino';
import { LyrebirdError, type Health } from '../../common';
import { version } from '../../package.json';
import { DatasetStore } from '../dataset';
import type { NodeContext } from './context';
import { lockDataFolder } from './data_lock';
import { registerErrors } from './errors';
import { JobRunner } from './job_runner';
import { JobStore } from './job_store';
import { NodeMetrics } from './metrics';
import { ModelStore } from './model_store';
import { openApiDocument } from './openapi';
import { DEFAULT_LIMITS, type NodeOptions } from './options';
import { registerDatasetRoutes } from './routes/datasets';
import { registerInferenceRoutes } from './routes/inference';
import { registerJobRoutes } from './routes/jobs';
import { registerModelRoutes } from './routes/models';
import { ScoreSessions } from './score_sessions';
import { spoolFolder } from './spool';
import { authorizer, checkToken, isLoopback, readOrCreateToken } from './token';

export interface RunningNode {
  /** For example http://127.0.0.1:9280 */
  url: string;
  /** Takes no more requests, lets the running job write its checkpoint, ends streams, frees models. */
  close(): Promise<void>;
}

/** JSON bodies are options, never events. */
const JSON_BODY_BYTES = 1024 * 1024;

/**
 * Starts the model node.
 *
 * @throws LYREBIRD_CONFLICT when another node uses the data folder; LYREBIRD_BAD_REQUEST for a host beyond loopback
 *   without a token, or a token too short
 */
export async function startNode(options: NodeOptions): Promise<RunningNode> {
  const { host = '127.0.0.1', port = 9280, dataDir, tls } = options;
  const logger = options.logger ?? pino({ level: 'silent' });
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const devices = options.devices ?? ['cpu'];
  if (!isLoopback(host)) {
    if (options.token === undefined && options.tokenFile === undefined) {
      throw new LyrebirdError('LYREBIRD_BAD_REQUEST', `Host ${host} can be reached from other machines, and no token was given.`, 'Give --token-file, or listen on 127.0.0.1.');
    }
    if (tls === undefined) logger.warn({ host }, 'listening beyond this machine without TLS: the token and the events travel in the clear');
  }
  await mkdir(dataDir, { recursive: true });
  const token = options.token === undefined ? await readOrCreateToken(options.tokenFile ?? path.join(dataDir, 'token')) : checkToken(options.token);
  const unlock = await lockDataFolder(dataDir);

  try {
    await rm(spoolFolder(dataDir), { recursive: true, force: true });
    const datasetRoot = path.join(dataDir, 'datasets');
    const datasets = new DatasetStore(datasetRoot);
    await datasets.recover();
    const models = new ModelStore(path.join(dataDir, 'models'), { devices, threads: options.threads, idleModels: limits.idleModels, logger });
    await models.load();
    const jobRoot = path.join(dataDir, 'jobs');
    const store = new JobStore(jobRoot, logger);
    await store.load();
    const jobs = new JobRunner({ store, datasets, datasetRoot, jobRoot, models, logger, maxQueued: limits.queuedJobs });
    const sessions = new ScoreSessions(models, { max: limits.scoreSessions, idleSeconds: limits.sessionIdleSeconds });
    const metrics = new NodeMetrics({
      jobs: () => jobs.list(),
      models: () => models.list().length,
      loadedModels: () => models.loadedModels(),
      sessions: () => sessions.count(),
    });
    const stopping = new AbortController();
    const context: NodeContext = { version, dataDir, devices, limits, datasets, jobs, models, sessions, metrics, stopping: stopping.signal, inferences: { active: 0 } };

    const app = fastify({
      https: tls ?? null,
      bodyLimit: JSON_BODY_BYTES,
      forceCloseConnections: 'idle',
      routerOptions: { maxParamLength: 200 },
    });
    app.addContentTypeParser('application/x-ndjson', (_request, payload, done) => done(null, payload));
    registerErrors(app);
    const authorized = authorizer(token);
    app.addHook('onRequest', async (request) => {
      if (request.routeOptions.url !== '/healthz' && !authorized(request.headers.authorization)) {
        throw new LyrebirdError('LYREBIRD_UNAUTHORIZED', 'The bearer token is missing or wrong.', `Send "Authorization: Bearer <token>"; the token is in the node's token file.`);
      }
    });
    app.addHook('onResponse', async (request, reply) => {
      const route = request.routeOptions.url ?? 'unknown';
      metrics.requests.observe({ method: request.method, route, status: reply.statusCode }, reply.elapsedTime / 1000);
      logger.debug({ method: request.method, route, status: reply.statusCode, ms: Math.round(reply.elapsedTime) }, 'request');
    });
    app.get('/healthz', async (): Promise<Health> => ({ status: 'ok', version, devices, models: models.list().length, running_jobs: jobs.runningJobs() }));
    app.get('/metrics', async (_request, reply) => reply.type(metrics.registry.contentType).send(await metrics.registry.metrics()));
    app.get('/v1/openapi.json', async () => openApiDocument(version));
    for (const register of [registerDatasetRoutes, registerJobRoutes, registerModelRoutes, registerInferenceRoutes]) register(app, context);

    await app.listen({ host, port }).catch((error: unknown) => {
      throw explainListen(error, host, port);
    });
    await jobs.recover(options.autoResume ?? true);
    const address = app.server.address() as { port: number };
    const url = `${tls ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${address.port}`;
    logger.info({ url, devices }, 'model node is listening');

    let closing: Promise<void> | undefined;
    const close = async () => {
      stopping.abort();
      await Promise.all([jobs.close(), app.close()]);
      await sessions.close();
      await models.close();
      metrics.registry.clear();
      await unlock();
      logger.info('model node has stopped');
    };
    return { url, close: () => (closing ??= close()) };
  } catch (error) {
    await unlock();
    throw error;
  }
}

function explainListen(error: unknown, host: string, port: number): unknown {
  const why = {
    EADDRINUSE: ['is in use', 'Stop what listens there, or choose another --port (0 takes a free one).'],
    EACCES: ['may not be used by this user', 'Choose a --port above 1023.'],
    EADDRNOTAVAIL: ['is no address of this machine', 'Give an address that this machine has as --host.'],
    ENOTFOUND: ['is no address of this machine', 'Give an address that this machine has as --host.'],
  }[(error as NodeJS.ErrnoException).code ?? ''];
  return why ? new LyrebirdError('LYREBIRD_CONFLICT', `Cannot listen: ${host} port ${port} ${why[0]}.`, why[1], { cause: error }) : error;
}
