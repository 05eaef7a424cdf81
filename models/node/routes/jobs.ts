import { z } from 'zod';
import { createJobSchema, idSchema, type Job } from '../../../common';
import { check, type RegisterRoutes } from '../context';
import { hasEnded } from '../job_runner';

const idParams = z.object({ id: idSchema });
/** Updates of one stream are at least this far apart, milliseconds; the end is told at once. */
const THROTTLE_MS = 500;

export const registerJobRoutes: RegisterRoutes = (app, { jobs, limits, stopping }) => {
  app.post('/v1/jobs', async (request, reply) => reply.code(201).send(await jobs.create(check(createJobSchema, request.body, 'body'))));

  app.get('/v1/jobs', async () => jobs.list());

  app.get('/v1/jobs/:id', async (request) => jobs.get(check(idParams, request.params, 'path').id));

  app.post('/v1/jobs/:id/cancel', (request) => jobs.cancel(check(idParams, request.params, 'path').id));

  app.post('/v1/jobs/:id/resume', (request) => jobs.resume(check(idParams, request.params, 'path').id));

  /** Server-sent events. Each is the whole job, so a reader that reconnects misses nothing. */
  app.get('/v1/jobs/:id/events', async (request, reply) => {
    const { id } = check(idParams, request.params, 'path');
    const first = jobs.get(id);
    reply.hijack();
    const out = reply.raw;
    out.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache, no-transform', 'x-accel-buffering': 'no' });
    let pending: Job | undefined;
    let timer: NodeJS.Timeout | undefined;
    let blocked = false;

    const flush = () => {
      timer = undefined;
      if (pending === undefined || blocked || out.destroyed || out.writableEnded) return;
      const job = pending;
      pending = undefined;
      // A slow reader gets the newest state when it is ready, not all that it has missed.
      blocked = !out.write(`data: ${JSON.stringify(job)}\n\n`);
      timer = setTimeout(flush, THROTTLE_MS);
      if (hasEnded(job)) out.end();
    };
    const push = (job: Job) => {
      pending = job;
      if (hasEnded(job)) {
        clearTimeout(timer);
        timer = undefined;
      }
      if (timer === undefined) flush();
    };
    const end = () => out.end();
    out.on('drain', () => {
      blocked = false;
      if (timer === undefined) flush();
    });
    const unsubscribe = jobs.subscribe(id, push);
    const heartbeat = setInterval(() => !blocked && !out.writableEnded && out.write(': alive\n\n'), limits.heartbeatSeconds * 1000);
    stopping.addEventListener('abort', end);
    out.once('close', () => {
      unsubscribe();
      clearInterval(heartbeat);
      clearTimeout(timer);
      stopping.removeEventListener('abort', end);
    });
    push(first);
  });
};
