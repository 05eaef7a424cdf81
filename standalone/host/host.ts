import path from 'node:path';
import { readFile, stat } from 'node:fs/promises';
import fastify, { LogController, type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import pino, { type Logger as Pino } from 'pino';
import { PLUGIN_ID } from '../../common';
import type { Bundle } from './bundle';
import { createElasticsearchClient, type ElasticsearchOptions } from './elasticsearch';
import { RequestRefused, errorBody } from './errors';
import { guardRequests } from './guards';
import { kibanaLogger } from './logger';
import { renderPage } from './page';
import { browserConfig, type ServerPluginModule } from './plugin';
import { Grants, type Capabilities, type Role } from './role';
import { createRouter } from './router';

/** The Kibana release whose contracts, React and EUI the host follows. */
const KIBANA_VERSION = '9.3.0';
const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost']);
const CONTENT_TYPES: Record<string, string> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
};

export interface HostOptions<Config extends object> {
  plugin: ServerPluginModule<Config>;
  elasticsearch: ElasticsearchOptions;
  /** The plugin's section of what `kibana.yml` would hold; the plugin's own schema validates it. */
  config?: unknown;
  /** Browser side; without one only the plugin's routes are served. */
  bundle?: Bundle;
  /** 0 takes a free port. */
  port?: number;
  /** Loopback only: there is no log-in. */
  host?: string;
  /** What the person may do of the features that the plugin registers; by default all. */
  role?: Role;
  logger?: Pino;
}

export interface Host {
  /** Origin without a trailing slash, `http://127.0.0.1:5601`. */
  url: string;
  /** Ends open streams, stops the plugin, closes the server and the Elasticsearch client. */
  close(): Promise<void>;
}

function serveErrors(app: FastifyInstance): void {
  app.setErrorHandler((error: Error & { statusCode?: number; code?: string }, _request, reply) => {
    const status = error.statusCode ?? 500;
    if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE') return reply.code(413).send(errorBody(413, 'Payload content length greater than maximum allowed.'));
    if (status >= 500 && !(error instanceof RequestRefused)) {
      app.log.error({ err: error }, error.message);
      return reply.code(500).send(errorBody(500, 'An internal server error occurred. Check the server log for details.'));
    }
    return reply.code(status).send(errorBody(status, error.message));
  });
  app.setNotFoundHandler((_request, reply) => reply.code(404).send(errorBody(404, 'Not Found')));
}

function servePage(app: FastifyInstance, bundle: Bundle, config: object, capabilities: Capabilities): void {
  const bundles = `/bundles/${bundle.key}`;
  const page = renderPage({ bundles, metadata: { version: KIBANA_VERSION, config, capabilities } });
  app.get('/', (_request, reply) => reply.redirect(`/app/${PLUGIN_ID}`));
  for (const url of [`/app/${PLUGIN_ID}`, `/app/${PLUGIN_ID}/*`]) {
    app.get(url, (_request, reply) => reply.type('text/html; charset=utf-8').header('cache-control', 'no-store').send(page));
  }
  app.get<{ Params: { file: string } }>(`${bundles}/:file`, async (request, reply) => {
    const { file } = request.params;
    const type = CONTENT_TYPES[path.extname(file)];
    const full = path.join(bundle.folder, file);
    if (!type || path.basename(file) !== file || !(await stat(full).catch(() => undefined))?.isFile()) return reply.callNotFound();
    return reply.type(type).header('cache-control', 'public, max-age=31536000, immutable').send(await readFile(full));
  });
}

/** Runs a plugin's server side, and serves its page, on the slice of Kibana's contracts in `server/kibana.ts`. */
export async function startHost<Config extends object>(options: HostOptions<Config>): Promise<Host> {
  const { plugin: module, bundle, host = '127.0.0.1', port = 5601 } = options;
  if (!LOOPBACK.has(host)) {
    throw new Error(`The standalone host has no log-in and listens on loopback only (127.0.0.1, ::1 or localhost), not on "${host}".`);
  }
  const pinoLogger = options.logger ?? pino({ level: 'info' });
  const log = kibanaLogger(pinoLogger, ['plugins', PLUGIN_ID]);
  const config = module.config.schema.validate(options.config ?? {});

  const client = createElasticsearchClient(options.elasticsearch);
  const username = options.elasticsearch.username;
  const context = {
    elasticsearch: { client: { asCurrentUser: client, asInternalUser: client } },
    security: { authc: { getCurrentUser: () => (username ? { username } : null) } },
  };

  const httpLogger: FastifyBaseLogger = pinoLogger.child({ context: 'http' });
  const app = fastify({ loggerInstance: httpLogger, logController: new LogController({ disableRequestLogging: true }), forceCloseConnections: true });
  app.removeContentTypeParser('text/plain');
  serveErrors(app);
  guardRequests(app);

  const plugin = await module.plugin({ config: { get: () => config }, logger: log, env: { packageInfo: { version: KIBANA_VERSION } } });
  const grants = new Grants(options.role ?? 'all');
  await plugin.setup({ http: { createRouter: () => createRouter({ app, log: log.get('routes'), context, grants }) } }, { features: grants });
  if (bundle) servePage(app, bundle, browserConfig(config, module), grants.capabilities);

  const close = async () => {
    await app.close();
    await plugin.stop?.();
    await client.close();
  };
  try {
    await plugin.start({ elasticsearch: { client: { asInternalUser: client } } }, {});
    await app.listen({ host, port });
  } catch (error) {
    await close();
    throw error;
  }
  const address = app.server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port.');
  return { url: `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`, close };
}
