import { ROUTES, startFinetuneSchema } from '../../common';
import { PRIVILEGES } from '../features';
import { assertModelReadable } from '../services';
import type { RouteContext } from './context';
import type { Registrar } from './register';

export function registerFinetuneRoute(register: Registrar, { jobs, node }: RouteContext): void {
  register({
    method: 'post',
    path: ROUTES.finetune,
    privilege: PRIVILEGES.train,
    body: startFinetuneSchema,
    async handler({ client, body, username, signal }) {
      // Said at once, not by a job that fails.
      await assertModelReadable(client, await node.model(body.base_model_id, signal));
      return jobs.start(client, 'finetune', { params: body, created_by: username });
    },
  });
}
