import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Observable, share } from 'rxjs';
import type {
  CoreRequestContext,
  IRouter,
  KibanaRequest,
  Logger,
  RouteConfig,
  RouteHandler,
  RouteMethod,
  ValidationFunction,
  ValidationResultFactory,
  VersionedRouteConfig,
} from '../../server/kibana';
import { RequestRefused } from './errors';
import { kibanaResponse, send } from './response';
import type { Grants } from './role';

const VERSION_HEADER = 'elastic-api-version';
/** Kibana's `server.maxPayload`. */
const DEFAULT_MAX_BYTES = 1_048_576;

const results: ValidationResultFactory = {
  ok: (value) => ({ value }),
  badRequest: (error) => ({ error: error instanceof Error ? error : new Error(error) }),
};

/** As in Kibana, a part of the request that no schema describes is not passed on. */
function validated<T>(part: string, value: unknown, validate: ValidationFunction<T> | undefined): T {
  if (!validate) return {} as T;
  const result = validate(value, results);
  if ('error' in result) throw new RequestRefused(400, `[request ${part}]: ${result.error.message}`);
  return result.value;
}

/** Emits once when the client goes away before its answer is whole. */
function aborted(reply: FastifyReply): Observable<void> {
  return new Observable<void>((subscriber) => {
    const onClose = () => {
      if (!reply.raw.writableFinished) subscriber.next();
      subscriber.complete();
    };
    reply.raw.once('close', onClose);
    return () => reply.raw.off('close', onClose);
  }).pipe(share());
}

interface Version {
  validate: RouteConfig<unknown, unknown, unknown>['validate'];
  handler: RouteHandler<unknown, unknown, unknown>;
}

export interface RouterOptions {
  app: FastifyInstance;
  log: Logger;
  context: CoreRequestContext;
  grants: Grants;
}

/** `core.http.createRouter()` on fastify: versioned routes, `{id}` parameters, validation functions. */
export function createRouter({ app, log, context, grants }: RouterOptions): IRouter {
  const route = (method: RouteMethod) => (config: VersionedRouteConfig) => {
    const versions = new Map<string, Version>();
    const known = () => [...versions.keys()].join(', ');

    const choose = (request: FastifyRequest): [string, Version] => {
      const asked = request.headers[VERSION_HEADER];
      // Public routes default to their oldest version; internal ones must be asked for by version.
      const name = typeof asked === 'string' ? asked : config.access === 'public' ? [...versions.keys()].sort()[0] : undefined;
      if (name === undefined) {
        throw new RequestRefused(400, `Please specify a version via ${VERSION_HEADER} header. Available versions: [${known()}]`);
      }
      const version = versions.get(name);
      if (!version) {
        throw new RequestRefused(400, `No version "${name}" available for [${method}] [${config.path}]. Available versions are: ${known()}`);
      }
      return [name, version];
    };

    app.route({
      method: method.toUpperCase(),
      url: config.path.replace(/\{(\w+)\??\}/g, ':$1'),
      bodyLimit: config.options?.body?.maxBytes ?? DEFAULT_MAX_BYTES,
      handler: async (request, reply) => {
        const missing = grants.missing(config.security?.authz.requiredPrivileges ?? []);
        if (missing.length > 0) {
          throw new RequestRefused(403, `API [${method.toUpperCase()} ${request.url}] is unauthorized for user, this action is granted by the Kibana privileges [${missing.join(', ')}]`);
        }
        const [name, { validate, handler }] = choose(request);
        reply.header(VERSION_HEADER, name);
        const kibanaRequest: KibanaRequest = {
          params: validated('params', request.params, validate.params),
          query: validated('query', request.query, validate.query),
          body: validated('body', request.body ?? null, validate.body),
          headers: request.headers,
          events: { aborted$: aborted(reply) },
          auth: { isAuthenticated: true },
        };
        try {
          await send(reply, await handler({ core: Promise.resolve(context) }, kibanaRequest, kibanaResponse));
        } catch (error) {
          log.error(error instanceof Error ? error : new Error(String(error)), { path: config.path, method });
          throw new RequestRefused(500, 'An internal server error occurred. Check the server log for details.');
        }
        return reply;
      },
    });

    const versioned: ReturnType<IRouter['versioned'][RouteMethod]> = {
      addVersion({ version, validate }, handler) {
        if (versions.has(version)) throw new Error(`Version "${version}" of [${method}] [${config.path}] is registered twice.`);
        versions.set(version, { validate: validate.request, handler } as Version);
        return versioned;
      },
    };
    return versioned;
  };
  return { versioned: { get: route('get'), post: route('post'), put: route('put'), delete: route('delete') } };
}
