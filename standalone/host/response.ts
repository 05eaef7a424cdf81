import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { FastifyReply } from 'fastify';
import type { HttpResponseOptions, KibanaResponse, KibanaResponseFactory } from '../../server/kibana';
import { errorBody } from './errors';

const respond = (status: number, options: HttpResponseOptions = {}): KibanaResponse => ({ status, payload: options.body, options });

export const kibanaResponse: KibanaResponseFactory = {
  ok: (options) => respond(200, options),
  accepted: (options) => respond(202, options),
  custom: ({ statusCode, ...options }) => respond(statusCode, options),
  customError: ({ statusCode, body, headers }) => {
    if (statusCode < 400) throw new Error(`A custom error needs a status of 400 or above, not ${statusCode}.`);
    return respond(statusCode, { body: errorBody(statusCode, body.message, body.attributes), headers });
  },
};

/**
 * Sends what a route handler returned. A Readable goes out chunk by chunk, headers first, so that server-sent events
 * arrive as they happen; it is destroyed when the client goes away.
 */
export async function send(reply: FastifyReply, { status, payload, options }: KibanaResponse): Promise<void> {
  if (payload instanceof Readable) {
    reply.hijack();
    reply.raw.writeHead(status, { ...(reply.getHeaders() as Record<string, string>), ...options.headers });
    reply.raw.flushHeaders();
    // The only reader is gone, or the source failed half way: the cut connection is how the client learns of it.
    await pipeline(payload, reply.raw).catch(() => reply.raw.destroy());
    return;
  }
  reply.code(status).headers(options.headers ?? {});
  if (payload === undefined) await reply.send();
  else if (typeof payload === 'string') await reply.type(options.headers?.['content-type'] ?? 'text/plain; charset=utf-8').send(payload);
  else await reply.send(payload);
}
