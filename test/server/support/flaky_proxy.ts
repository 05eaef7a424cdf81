import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';

/** What happens to a request instead of being passed on: an HTTP status (with an answer of Elasticsearch's, if no other is given), or its connection is cut. */
export type Fault = { status: number; body?: object } | 'cut';

export interface FlakyProxy {
  url: string;
  /** Called with each request and its text; returns its fault, if it is to have one. */
  fault?: (request: http.IncomingMessage, text: () => string) => Fault | undefined;
  faults: number;
  close(): Promise<void>;
}

/** A real HTTP server in front of another, that fails some requests as a busy or dying server does. */
export async function flakyProxy(target: string): Promise<FlakyProxy> {
  const pass = async (request: http.IncomingMessage, response: http.ServerResponse) => {
    const body = await buffer(request);
    const fault = proxy.fault?.(request, () => (request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body).toString());
    if (fault) proxy.faults++;
    if (fault === 'cut') return void request.socket.destroy();
    if (fault) {
      response.writeHead(fault.status, { 'content-type': 'application/json', 'x-elastic-product': 'Elasticsearch' });
      return void response.end(JSON.stringify(fault.body ?? { error: { type: 'es_rejected_execution_exception', reason: 'rejected' }, status: fault.status }));
    }
    const upstream = http.request(new URL(request.url!, target), { method: request.method, headers: request.headers }, (answer) => {
      response.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(response);
    });
    upstream.on('error', () => response.destroy());
    upstream.end(body);
  };
  // A request that breaks off has nobody to answer.
  const server = http.createServer((request, response) => void pass(request, response).catch(() => response.destroy()));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const proxy: FlakyProxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    faults: 0,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return proxy;
}
