import type { HttpFetchOptions, HttpStart } from '../../../public/kibana';

/** As Kibana's IHttpFetchError: `body` is what the server said, if it said anything. */
export class HttpFetchError extends Error {
  override readonly name: string;
  constructor(
    message: string,
    name: string,
    readonly request: Request,
    readonly response?: Response,
    readonly body?: unknown
  ) {
    super(message);
    this.name = name;
  }
}

const NDJSON = /^application\/(x-)?ndjson/;
const JSON_TYPE = /^application\/(\w+\+)?json/;

async function bodyOf(response: Response): Promise<unknown> {
  if (response.status === 204) return undefined;
  const type = response.headers.get('content-type') ?? '';
  if (NDJSON.test(type)) return response.blob();
  if (JSON_TYPE.test(type)) return response.json();
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

async function send(method: string, path: string, options: HttpFetchOptions = {}): Promise<unknown> {
  const url = new URL(path, window.location.origin);
  for (const [name, value] of Object.entries(options.query ?? {})) {
    if (value !== undefined) url.searchParams.set(name, String(value));
  }
  const headers = new Headers(options.headers);
  if (options.body !== undefined && !headers.has('content-type')) headers.set('content-type', 'application/json');
  headers.set('kbn-xsrf', 'true');
  headers.set('x-elastic-internal-origin', 'Kibana');
  if (options.version) headers.set('elastic-api-version', options.version);
  const request = new Request(url, { method, headers, body: options.body, signal: options.signal, credentials: 'same-origin' });

  let response: Response;
  try {
    response = await fetch(request);
  } catch (error) {
    const { message, name } = error as Error;
    throw new HttpFetchError(message, name, request);
  }
  if (options.asResponse && options.rawResponse && response.ok) return { request, response };
  let body: unknown;
  try {
    body = await bodyOf(response);
  } catch (error) {
    throw new HttpFetchError((error as Error).message, 'Error', request, response);
  }
  if (!response.ok) throw new HttpFetchError(response.statusText, 'Error', request, response, body);
  return options.asResponse ? { request, response, body } : body;
}

/** `core.http` with Kibana's headers and error objects. */
export const http: HttpStart = {
  get: <T>(path: string, options?: HttpFetchOptions) => send('GET', path, options) as Promise<T>,
  post: <T>(path: string, options?: HttpFetchOptions) => send('POST', path, options) as Promise<T>,
  delete: <T>(path: string, options?: HttpFetchOptions) => send('DELETE', path, options) as Promise<T>,
  basePath: { prepend: (path) => path },
};
