import type { FastifyInstance, FastifyRequest } from 'fastify';
import { RequestRefused } from './errors';

const LOOPBACK = new Set(['127.0.0.1', '[::1]', 'localhost']);
const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Kibana's policy, closed further: the page never talks to anything but the host that served it. */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'self'",
  "script-src 'self'",
  "worker-src 'self' blob:",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

function hostname(request: FastifyRequest): string {
  const host = request.headers.host ?? '';
  return host.replace(/:\d+$/, '').toLowerCase();
}

/**
 * The host has no log-in: it trusts whoever reaches it on loopback. So a web page that reaches it through a name that
 * was rebound to 127.0.0.1 is turned away by its Host header, and one that posts across sites by the missing kbn-xsrf.
 */
export function guardRequests(app: FastifyInstance): void {
  app.addHook('onRequest', async (request) => {
    if (!LOOPBACK.has(hostname(request))) {
      throw new RequestRefused(403, `Host "${request.headers.host ?? ''}" is not this machine: open the app at http://127.0.0.1 or http://localhost.`);
    }
    if (!SAFE_METHODS.has(request.method) && !request.headers['kbn-xsrf'] && !request.headers['kbn-version']) {
      throw new RequestRefused(400, 'Request must contain a kbn-xsrf header.');
    }
  });
  app.addHook('onSend', async (_request, reply) => {
    reply.header('content-security-policy', CONTENT_SECURITY_POLICY);
    reply.header('x-content-type-options', 'nosniff');
    reply.header('referrer-policy', 'no-referrer');
    reply.header('cross-origin-opener-policy', 'same-origin');
  });
}
