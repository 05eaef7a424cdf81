import * as http from 'node:http';
import * as https from 'node:https';
import { text } from 'node:stream/consumers';
import { errorBodySchema, LyrebirdError, type ErrorCode } from '../../common';
import type { NodeEndpoint } from './endpoint';

export interface NodeRequest {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  path: string;
  body?: string | Buffer;
  headers?: Record<string, string>;
  /** Longest silence, in milliseconds, before and between the chunks of the answer. */
  timeoutMs: number;
  signal?: AbortSignal;
}

/** The node did not answer, or its answer broke off: the request may be repeated when it is idempotent. */
export class NodeConnectionError extends Error {
  override readonly name = 'NodeConnectionError';

  /** What to do about an error that no further try mends: a certificate stays as it is. */
  get finalHint(): string | undefined {
    const code = (this.cause as NodeJS.ErrnoException | undefined)?.code ?? '';
    if (/SELF_SIGNED|UNABLE_TO_(VERIFY|GET)|CERT_UNTRUSTED/.test(code)) return 'Name the authority that signed its certificate, a PEM file, in lyrebird.node.caFile.';
    if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return 'Use a name in lyrebird.node.url that is in its certificate.';
    if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') return 'Give the node a certificate that is valid now.';
    if (code === 'ERR_SSL_WRONG_VERSION_NUMBER' || code === 'EPROTO') return 'Nothing there speaks TLS: start the node with --tls-cert and --tls-key, or use http in lyrebird.node.url.';
    return undefined;
  }
}

/** LYREBIRD_NODE_UNAVAILABLE that no further try mends: the token is wrong, or what answers is no Lyrebird node. */
export class NodeMisconfiguredError extends LyrebirdError {
  constructor(message: string, hint: string) {
    super('LYREBIRD_NODE_UNAVAILABLE', message, hint);
  }
}

/** Connections are kept: a scoring job makes thousands of requests. */
export class NodeConnections {
  private readonly http = new http.Agent({ keepAlive: true });
  private readonly https = new https.Agent({ keepAlive: true });

  /**
   * Sends the request and resolves with the answer, whose body is still to be read, once its status says success. Any other
   * status rejects with the LyrebirdError that the node sent. Works on Node 18 and with a private authority, which global
   * `fetch` cannot do.
   */
  async send(endpoint: NodeEndpoint, request: NodeRequest): Promise<http.IncomingMessage> {
    const response = await this.open(endpoint, request);
    const status = response.statusCode ?? 0;
    if (status >= 200 && status < 300) return response;
    const body = await text(response).catch(() => '');
    throw errorOf(status, body, request);
  }

  private open(endpoint: NodeEndpoint, { method, path, body, headers, timeoutMs, signal }: NodeRequest): Promise<http.IncomingMessage> {
    const url = new URL(endpoint.url + path);
    const secure = url.protocol === 'https:';
    return new Promise((resolve, reject) => {
      const request = (secure ? https : http).request(url, {
        method,
        agent: secure ? this.https : this.http,
        ...(secure && endpoint.ca ? { ca: endpoint.ca } : {}),
        signal,
        timeout: timeoutMs,
        headers: {
          accept: 'application/json',
          ...(endpoint.token ? { authorization: `Bearer ${endpoint.token}` } : {}),
          ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
          ...headers,
        },
      });
      request.once('response', resolve);
      request.once('timeout', () => request.destroy(new NodeConnectionError(`no answer for ${timeoutMs} ms`)));
      request.once('error', (error) => reject(asConnectionError(error, signal)));
      request.end(body);
    });
  }

  close(): void {
    this.http.destroy();
    this.https.destroy();
  }
}

/** What a socket throws becomes a NodeConnectionError; an abort stays one. */
export function asConnectionError(error: Error, signal?: AbortSignal): Error {
  if (signal?.aborted) return new LyrebirdError('LYREBIRD_CANCELLED', 'The request to the model node was cancelled.', 'Resume or start it again.');
  if (error instanceof LyrebirdError || error instanceof NodeConnectionError) return error;
  return new NodeConnectionError(error.message || (error as NodeJS.ErrnoException).code || 'connection lost', { cause: error });
}

/** What proxies in front of a node say of their own accord. */
const PROXY_CODES: Record<number, ErrorCode> = { 413: 'LYREBIRD_TOO_LARGE', 429: 'LYREBIRD_TOO_BUSY' };

function errorOf(status: number, body: string, { method, path }: NodeRequest): LyrebirdError {
  const parsed = errorBodySchema.safeParse(parseJson(body));
  // Not the person who asks is unauthorized, but this server: a browser must not take it for the end of its own log-in.
  if (status === 401) {
    return new NodeMisconfiguredError(
      'The model node does not accept the token of this Kibana.',
      'Set lyrebird.node.token or lyrebird.node.tokenFile to the token that the node was started with.'
    );
  }
  if (parsed.success) return LyrebirdError.fromBody(parsed.data);
  const message = `The model node answered ${method} ${path} with status ${status} and no explanation.`;
  const hint = 'Check that lyrebird.node.url points to a Lyrebird model node and that no proxy stands in between.';
  if (PROXY_CODES[status]) return new LyrebirdError(PROXY_CODES[status], message, hint);
  return status >= 500 ? new LyrebirdError('LYREBIRD_NODE_UNAVAILABLE', message, hint) : new NodeMisconfiguredError(message, hint);
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
