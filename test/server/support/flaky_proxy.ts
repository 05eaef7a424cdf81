import * as http from 'node:http';
import type { AddressInfo } from 'node:net';

/** What happens to a request instead of being passed on: an HTTP status, or its connection is cut. */
export type Fault = { status: number } | 'cut';

export interface FlakyProxy {
  url: string;
  /** Called with each request; returns its fault, if it is to have one. */
  fault?: (request: http.IncomingMessage) => Fault | undefined;
  faults: number;
  close(): Promise<void>;
}

/** A real HTTP server in front of another, that fails some requests as a busy or dying server does. */
export async function flakyProxy(target: string): Promise<FlakyProxy> {
  const server = http.createServer((request, response) => {
    const fault = proxy.fault?.(request);
    if (fault) proxy.faults++;
    if (fault === 'cut') return void request.socket.destroy();
    if (fault) {
      request.resume();
      response.writeHead(fault.status, { 'content-type': 'application/json', 'x-elastic-product': 'Elasticsearch' });
      return void response.end(JSON.stringify({ error: { type: 'es_rejected_execution_exception', reason: 'rejected' }, status: fault.status }));
    }
    const upstream = http.request(new URL(request.url!, target), { method: request.method, headers: request.headers }, (answer) => {
      response.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(response);
    });
    upstream.on('error', () => response.destroy());
    request.pipe(upstream);
  });
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
