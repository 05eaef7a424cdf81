import { ROUTES, startScoreSchema } from '../../common';
import { PRIVILEGES } from '../features';
import { assertModelReadable } from '../services';
import type { RouteContext } from './context';
import type { Registrar } from './register';

export function registerScoreRoute(register: Registrar, { jobs, node }: RouteContext): void {
  register({
    method: 'post',
    path: ROUTES.score,
    privilege: PRIVILEGES.score,
    body: startScoreSchema,
    async handler({ client, body, username, signal }) {
      await assertModelReadable(client, await node.model(body.model_id, signal));
      return jobs.start(client, 'score', { params: body, created_by: username, model_id: body.model_id });
    },
  });
}
