import { z } from 'zod';
import { createDatasetSchema, idSchema, LyrebirdError } from '../../../common';
import { check, ndjsonBody, type RegisterRoutes } from '../context';

const idParams = z.object({ id: idSchema });
const partParams = z.object({ id: idSchema, n: z.coerce.number().int().min(0).max(9_999_999) });

export const registerDatasetRoutes: RegisterRoutes = (app, { datasets, jobs, limits, metrics }) => {
  app.post('/v1/datasets', async (request, reply) => {
    const dataset = await datasets.create(check(createDatasetSchema, request.body ?? {}, 'body'));
    return reply.code(201).send(dataset);
  });

  app.get('/v1/datasets', () => datasets.list());

  app.get('/v1/datasets/:id', (request) => datasets.get(check(idParams, request.params, 'path').id));

  app.put('/v1/datasets/:id/parts/:n', async (request) => {
    const { id, n } = check(partParams, request.params, 'path');
    const { stream, gzip } = ndjsonBody(request);
    const written = await datasets.writePart(id, n, stream, { gzip, maxBytes: limits.partBytes });
    metrics.count('received', written.events, written.skipped);
    return written;
  });

  app.post('/v1/datasets/:id/close', (request) => datasets.close(check(idParams, request.params, 'path').id));

  app.delete('/v1/datasets/:id', async (request, reply) => {
    const { id } = check(idParams, request.params, 'path');
    const user = jobs.userOfDataset(id);
    if (user !== undefined) throw new LyrebirdError('LYREBIRD_CONFLICT', `Job "${user.id}" (${user.state}) needs dataset "${id}".`, 'Cancel the job first, or wait for its end.');
    await datasets.delete(id);
    return reply.code(204).send();
  });
};
