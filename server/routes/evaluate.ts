import { reportFileName, ROUTES, startEvaluateSchema } from '../../common';
import { PRIVILEGES } from '../features';
import { assertModelReadable } from '../services';
import type { RouteContext } from './context';
import { idParams, type Registrar } from './register';

export function registerEvaluateRoutes(register: Registrar, { jobs, node }: RouteContext): void {
  register({
    method: 'post',
    path: ROUTES.evaluate,
    privilege: PRIVILEGES.generate,
    body: startEvaluateSchema,
    async handler({ client, body, username, signal }) {
      // Said at once, not by a job that fails.
      await assertModelReadable(client, await node.model(body.model_id, signal));
      return jobs.start(client, 'evaluate', { params: body, created_by: username, model_id: body.model_id });
    },
  });
  register({
    method: 'get',
    path: ROUTES.report,
    privilege: PRIVILEGES.read,
    params: idParams,
    async handler({ client, params, signal }) {
      // The report shows values of the logs: whoever sees it must be able to read them.
      await assertModelReadable(client, await node.model(params.id, signal));
      return node.report(params.id, signal);
    },
  });
  register({
    method: 'get',
    path: ROUTES.reportPage,
    privilege: PRIVILEGES.read,
    params: idParams,
    async handler({ client, params, signal, response }) {
      await assertModelReadable(client, await node.model(params.id, signal));
      return response.ok({
        body: await node.reportPage(params.id, signal),
        headers: {
          'content-type': 'text/html; charset=utf-8',
          // Saved, never opened in the app's own origin. What it may load the page says itself: Kibana sets that header on its own.
          'content-disposition': `attachment; filename="${reportFileName(params.id)}"`,
          'x-content-type-options': 'nosniff',
        },
      });
    },
  });
}
