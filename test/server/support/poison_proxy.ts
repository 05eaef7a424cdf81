import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';

export interface PoisonProxy {
  url: string;
  /** By the id of an event that a request holds: how it ends instead of reaching the node. */
  poison: Map<string, 'error' | 'death'>;
  /** Requests that ended so. */
  deaths: number;
  close(): Promise<void>;
}

/** A real HTTP server in front of a model node, which fails, or dies, where a request holds certain events. */
export async function poisonProxy(target: string): Promise<PoisonProxy> {
  const server = http.createServer((request, response) => {
    void (async () => {
      const body = await buffer(request);
      const text = request.headers['content-encoding'] === 'gzip' ? gunzipSync(body).toString() : '';
      const [, how] = [...proxy.poison].find(([id]) => text.includes(`"_id":"${id}"`)) ?? [];
      if (how) proxy.deaths++;
      if (how === 'death') return void request.socket.destroy();
      if (how === 'error') {
        response.writeHead(500, { 'content-type': 'application/json' });
        return void response.end(JSON.stringify({ statusCode: 500, code: 'LYREBIRD_INTERNAL', message: 'Maximum call stack size exceeded' }));
      }
      const upstream = http.request(new URL(request.url!, target), { method: request.method, headers: request.headers }, (answer) => {
        response.writeHead(answer.statusCode!, answer.headers);
        answer.pipe(response);
      });
      upstream.on('error', () => response.destroy());
      upstream.end(body);
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const proxy: PoisonProxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    poison: new Map(),
    deaths: 0,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return proxy;
}
