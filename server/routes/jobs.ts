import { LyrebirdError, ROUTES, toLyrebirdError } from '../../common';
import { PRIVILEGES } from '../features';
import { jobStream } from '../jobs';
import type { RouteContext } from './context';
import { idParams, type Registrar } from './register';

export function registerJobRoutes(register: Registrar, { jobs, logger }: RouteContext): void {
  register({ method: 'get', path: ROUTES.jobs, privilege: PRIVILEGES.read, handler: async ({ client }) => ({ jobs: await jobs.list(client) }) });
  register({ method: 'get', path: ROUTES.job, privilege: PRIVILEGES.read, params: idParams, handler: ({ client, params }) => jobs.get(client, params.id) });
  register({
    method: 'get',
    path: ROUTES.jobEvents,
    privilege: PRIVILEGES.read,
    params: idParams,
    async handler({ client, params, request, response }) {
      // An unknown job is an error of the request, not of the stream.
      await jobs.get(client, params.id);
      const controller = new AbortController();
      const body = jobStream(jobs.follow(client, params.id, controller.signal), controller, (error) =>
        logger.warn(`The stream of job ${params.id} ended: ${toLyrebirdError(error).message}`)
      );
      request.events.aborted$.subscribe(() => body.destroy());
      return response.ok({
        body,
        headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-cache, no-transform', 'x-accel-buffering': 'no' },
      });
    },
  });
  // Whoever may start one of the kinds of job may not yet stop another's: cancelling and resuming ask for the strongest.
  register({
    method: 'post',
    path: ROUTES.jobCancel,
    privilege: PRIVILEGES.train,
    params: idParams,
    handler: ({ client, params }) => jobs.cancel(client, params.id),
  });
  // A job that writes identifiers instead of pseudonyms goes on with the rights of whoever resumes it: that person, too, must have this one.
  for (const revealed of [false, true]) {
    register({
      method: 'post',
      path: revealed ? ROUTES.revealedJobResume : ROUTES.jobResume,
      privilege: revealed ? [PRIVILEGES.train, PRIVILEGES.reveal] : PRIVILEGES.train,
      params: idParams,
      async handler({ client, params }) {
        const job = await jobs.get(client, params.id);
        if (job.params.reveal === true && !revealed) {
          throw new LyrebirdError('LYREBIRD_FORBIDDEN', `Job "${job.id}" writes identifiers, which this address does not resume.`, `Ask ${ROUTES.revealedJobResume}; it needs the privilege to map pseudonyms back.`);
        }
        return jobs.resume(client, params.id);
      },
    });
  }
}
