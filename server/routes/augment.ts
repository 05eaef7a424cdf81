import { ROUTES, startAugmentSchema } from '../../common';
import { PRIVILEGES } from '../features';
import { assertModelReadable } from '../services';
import type { RouteContext } from './context';
import type { Registrar } from './register';

export function registerAugmentRoute(register: Registrar, { jobs, node }: RouteContext): void {
  register({
    method: 'post',
    path: ROUTES.augment,
    privilege: PRIVILEGES.train,
    body: startAugmentSchema,
    async handler({ client, body, username, signal }) {
      // Said at once, not by a job that fails.
      await assertModelReadable(client, await node.model(body.base_model_id, signal));
      return jobs.start(client, 'augment', { params: body, created_by: username });
    },
  });
}
