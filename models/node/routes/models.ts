import { z } from 'zod';
import { idSchema, indexTrialSchema, LyrebirdError, reportFileName } from '../../../common';
import { reportPage } from '../../evaluate';
import { check, type RegisterRoutes } from '../context';

const idParams = z.object({ id: idSchema });

export const registerModelRoutes: RegisterRoutes = (app, { models, jobs, sessions }) => {
  app.get('/v1/models', async () => models.list());

  app.get('/v1/models/:id', async (request) => models.get(check(idParams, request.params, 'path').id));

  app.get('/v1/models/:id/report', async (request) => models.report(check(idParams, request.params, 'path').id));

  /** The report as a page to keep: it loads nothing and runs nothing, here and wherever it is opened. */
  app.get('/v1/models/:id/report.html', async (request, reply) => {
    const { id } = check(idParams, request.params, 'path');
    const page = reportPage(await models.report(id));
    return reply
      .type('text/html; charset=utf-8')
      .header('content-disposition', `attachment; filename="${reportFileName(id)}"`)
      .header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'; sandbox")
      .header('x-content-type-options', 'nosniff')
      .send(page);
  });

  app.put('/v1/models/:id/report/index', async (request) => models.recordTrial(check(idParams, request.params, 'path').id, check(indexTrialSchema, request.body, 'body')));

  app.delete('/v1/models/:id', async (request, reply) => {
    const { id } = check(idParams, request.params, 'path');
    const user = jobs.userOfModel(id);
    if (user !== undefined) throw new LyrebirdError('LYREBIRD_CONFLICT', `Job "${user.id}" (${user.state}) needs model "${id}".`, 'Cancel the job first.');
    await sessions.deleteOfModel(id);
    await models.delete(id);
    return reply.code(204).send();
  });

  app.delete('/v1/sessions/:id', async (request, reply) => {
    await sessions.delete(check(idParams, request.params, 'path').id);
    return reply.code(204).send();
  });
};
