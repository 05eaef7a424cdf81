import type { FastifyError, FastifyInstance } from 'fastify';
import { LyrebirdError, toLyrebirdError } from '../../common';

/** Every error leaves the node as an ErrorBody: unknown routes, broken JSON and defects too. */
export function registerErrors(app: FastifyInstance): void {
  app.setNotFoundHandler((request) => {
    throw new LyrebirdError('LYREBIRD_NOT_FOUND', `There is no ${request.method} ${request.url.split('?')[0]}.`, 'GET /v1/openapi.json lists what there is.');
  });
  app.setErrorHandler<FastifyError>((thrown, request, reply) => {
    const error = fromFastify(thrown);
    if (error.statusCode >= 500) request.log.error({ err: thrown }, 'request failed');
    // What is left of a refused body is read and dropped, so that the client gets to read why.
    if (!request.raw.readableEnded) {
      request.raw.resume();
      reply.header('connection', 'close');
    }
    if (error.code === 'LYREBIRD_UNAUTHORIZED') reply.header('www-authenticate', 'Bearer');
    if (error.code === 'LYREBIRD_TOO_BUSY') reply.header('retry-after', '2');
    return reply.code(error.statusCode).type('application/json').send(error.toBody());
  });
}

function fromFastify(error: FastifyError): LyrebirdError {
  if (error instanceof LyrebirdError) return error;
  const options = { cause: error };
  switch (error.statusCode) {
    case 413:
      return new LyrebirdError('LYREBIRD_TOO_LARGE', 'The body is larger than this route takes.', 'Send it in smaller pieces.', options);
    case 400:
      return new LyrebirdError('LYREBIRD_BAD_REQUEST', `The request cannot be read: ${error.message}`, 'See GET /v1/openapi.json for what is expected.', options);
    case 415:
      return new LyrebirdError('LYREBIRD_BAD_REQUEST', error.message, 'Send application/json, or application/x-ndjson for events.', options);
    default:
      return toLyrebirdError(error);
  }
}
