import { previewSchema, ROUTES, startGenerateSchema } from '../../common';
import { PRIVILEGES } from '../features';
import { assertModelReadable, preview } from '../services';
import type { RouteContext } from './context';
import type { Registrar } from './register';

export function registerGenerateRoutes(register: Registrar, { jobs, node, limits }: RouteContext): void {
  register({
    method: 'post',
    path: ROUTES.preview,
    privilege: PRIVILEGES.generate,
    body: previewSchema,
    handler: ({ client, body, signal }) => preview({ node, limits }, client, body, signal),
  });
  register({
    method: 'post',
    path: ROUTES.generate,
    privilege: PRIVILEGES.generate,
    body: startGenerateSchema,
    async handler({ client, body, username, signal }) {
      await assertModelReadable(client, await node.model(body.model_id, signal));
      return jobs.start(client, 'generate', { params: body, created_by: username, model_id: body.model_id });
    },
  });
}
