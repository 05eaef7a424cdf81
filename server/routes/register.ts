import type { Client } from '@elastic/elasticsearch';
import { z } from 'zod';
import { API_BASE, API_VERSION, LyrebirdError, toLyrebirdError } from '../../common';
import { fromElasticsearch } from '../elasticsearch';
import type { Privilege } from '../features';
import type { IRouter, KibanaRequest, KibanaResponse, KibanaResponseFactory, RouteMethod, ValidationFunction } from '../kibana';
import type { RouteContext } from './context';

export interface RouteCall<P, Q, B> {
  params: P;
  query: Q;
  body: B;
  /** Elasticsearch as the current user. */
  client: Client;
  username?: string;
  /** Aborted when the browser goes away. */
  signal: AbortSignal;
  request: KibanaRequest<P, Q, B>;
  response: KibanaResponseFactory;
}

export interface Route<P, Q, B> {
  method: RouteMethod;
  /** Below API_BASE. */
  path: string;
  /** All of them are needed. */
  privilege: Privilege | readonly Privilege[];
  params?: z.ZodType<P>;
  query?: z.ZodType<Q>;
  body?: z.ZodType<B>;
  /** Returns the answer's body, or a whole response for what is not JSON. */
  handler(call: RouteCall<P, Q, B>): Promise<object>;
}

/** Path parameters of routes about one thing. */
export const idParams = z.object({ id: z.string().min(1).max(100) });

export interface Registrar {
  <P = unknown, Q = unknown, B = unknown>(route: Route<P, Q, B>): void;
}

/**
 * Registers routes the way every Kibana from 8.12 on takes them: internal, versioned, with the privilege said both as
 * `security.authz` (8.17 and later) and as an `access:` tag (before), and zod schemas as validation functions. Errors leave
 * as Kibana's, with Lyrebird's own body in `attributes`.
 */
export function createRegistrar(router: IRouter, { logger, username: whoAsks }: Pick<RouteContext, 'logger' | 'username'>): Registrar {
  return <P, Q, B>({ method, path, privilege, params, query, body, handler }: Route<P, Q, B>): void => {
    const privileges = typeof privilege === 'string' ? [privilege] : [...privilege];
    router.versioned[method]({
      path: `${API_BASE}${path}`,
      access: 'internal',
      security: { authz: { requiredPrivileges: privileges } },
      options: { tags: privileges.map((name) => `access:${name}`) },
    }).addVersion<P, Q, B>(
      { version: API_VERSION, validate: { request: { params: validation(params), query: validation(query), body: validation(body) } } },
      async (context, request, response): Promise<KibanaResponse> => {
        const controller = new AbortController();
        const subscription = request.events.aborted$.subscribe(() => controller.abort());
        try {
          const core = await context.core;
          const answer = await handler({
            params: request.params,
            query: request.query,
            body: request.body,
            client: core.elasticsearch.client.asCurrentUser,
            username: whoAsks(core, request),
            signal: controller.signal,
            request,
            response,
          });
          return isResponse(answer) ? answer : response.ok({ body: answer });
        } catch (thrown) {
          const error = thrown instanceof LyrebirdError ? thrown : fromElasticsearch(thrown, `answer ${method.toUpperCase()} ${path}`);
          if (error.code === 'LYREBIRD_INTERNAL') logger.error((error.cause as Error | undefined) ?? error);
          return errorResponse(response, error);
        } finally {
          subscription.unsubscribe();
        }
      }
    );
  };
}

function errorResponse(response: KibanaResponseFactory, error: LyrebirdError): KibanaResponse {
  const { statusCode, message } = toLyrebirdError(error);
  return response.customError({ statusCode, body: { message, attributes: error.toBody() } });
}

/** Whatever the host's response objects are, a body of ours never has both of these. */
function isResponse(answer: object): answer is KibanaResponse {
  return 'status' in answer && 'options' in answer;
}

function validation<T>(schema: z.ZodType<T> | undefined): ValidationFunction<T> | undefined {
  if (!schema) return undefined;
  return (value, { ok, badRequest }) => {
    const result = schema.safeParse(value);
    if (result.success) return ok(result.data);
    return badRequest(result.error.issues.map((issue) => `${issue.path.join('.') || 'value'}: ${issue.message}`).join('; '));
  };
}
