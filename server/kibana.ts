/**
 * The slice of Kibana's server contracts that the plugin uses, typed in this one place, after Kibana 8.12 - 9.x
 * (`@kbn/core/server`). A real Kibana satisfies it as it is; `standalone/` implements it for people without one.
 */
import type { Readable } from 'node:stream';
import type { Client } from '@elastic/elasticsearch';

export interface Logger {
  debug(message: string, meta?: object): void;
  info(message: string, meta?: object): void;
  warn(message: string | Error, meta?: object): void;
  error(message: string | Error, meta?: object): void;
  get(...context: string[]): Logger;
}

export interface PluginInitializerContext<Config> {
  config: { get(): Config };
  logger: Logger & { get(...context: string[]): Logger };
  env: { packageInfo: { version: string } };
}

export interface KibanaRequest<P = unknown, Q = unknown, B = unknown> {
  params: P;
  query: Q;
  body: B;
  headers: Record<string, string | string[] | undefined>;
  /** Ends when the client goes away. */
  events: { aborted$: { subscribe(next: () => void): { unsubscribe(): void } } };
  auth: { isAuthenticated: boolean };
}

export interface HttpResponseOptions {
  body?: object | string | Readable;
  headers?: Record<string, string>;
}
export interface KibanaResponse {
  status: number;
  payload?: unknown;
  options: HttpResponseOptions;
}
export interface KibanaResponseFactory {
  ok(options?: HttpResponseOptions): KibanaResponse;
  accepted(options?: HttpResponseOptions): KibanaResponse;
  custom(options: HttpResponseOptions & { statusCode: number }): KibanaResponse;
  /** `body.attributes` reaches the browser as `error.body.attributes`. */
  customError(options: { statusCode: number; body: { message: string; attributes?: object }; headers?: Record<string, string> }): KibanaResponse;
}

export interface CoreRequestContext {
  elasticsearch: { client: { asCurrentUser: Client; asInternalUser: Client } };
  /** From 8.15 on. */
  security?: { authc: { getCurrentUser(request?: KibanaRequest): { username: string } | null } };
}
export interface RequestHandlerContext {
  core: Promise<CoreRequestContext>;
}

/** Kibana accepts validation functions as well as @kbn/config-schema types; zod schemas are wrapped in these. */
export interface ValidationResultFactory {
  ok<T>(value: T): { value: T };
  badRequest(error: Error | string): { error: Error };
}
export type ValidationFunction<T> = (value: unknown, response: ValidationResultFactory) => { value: T } | { error: Error };

export interface RouteConfig<P, Q, B> {
  path: string;
  access: 'internal' | 'public';
  /** From 8.17; required from 9.1. */
  security?: { authz: { requiredPrivileges: string[] } };
  /** Before 8.17: `access:<privilege>` tags. `body` limits in bytes. */
  options?: { tags?: string[]; body?: { maxBytes?: number }; timeout?: { idleSocket?: number } };
  validate: { params?: ValidationFunction<P>; query?: ValidationFunction<Q>; body?: ValidationFunction<B> };
}
export type RouteHandler<P, Q, B> = (
  context: RequestHandlerContext,
  request: KibanaRequest<P, Q, B>,
  response: KibanaResponseFactory
) => Promise<KibanaResponse> | KibanaResponse;

export type RouteMethod = 'get' | 'post' | 'put' | 'delete';
export interface VersionedRoute {
  addVersion<P, Q, B>(
    options: { version: string; validate: { request: RouteConfig<P, Q, B>['validate'] } },
    handler: RouteHandler<P, Q, B>
  ): VersionedRoute;
}
export interface VersionedRouteConfig {
  path: string;
  access: 'internal' | 'public';
  security?: { authz: { requiredPrivileges: string[] } };
  options?: { tags?: string[]; body?: { maxBytes?: number }; timeout?: { idleSocket?: number } };
}
export interface IRouter {
  versioned: Record<RouteMethod, (config: VersionedRouteConfig) => VersionedRoute>;
}

export interface CoreSetup {
  http: { createRouter(): IRouter };
}
export interface CoreStart {
  elasticsearch: { client: { asInternalUser: Client } };
}

/** Who is logged in, in versions whose core does not say so yet (before 8.15). */
export interface SecurityPluginStart {
  authc: { getCurrentUser(request: KibanaRequest): { username: string } | null };
}
export interface PluginsStart {
  security?: SecurityPluginStart;
}

export interface FeaturesPluginSetup {
  registerKibanaFeature(feature: object): void;
}
export interface PluginsSetup {
  features?: FeaturesPluginSetup;
}
