import type { z } from 'zod';
import { ROUTES, startAugmentSchema, startFinetuneSchema } from '../../common';
import { PRIVILEGES } from '../features';
import { assertModelReadable } from '../services';
import type { RouteContext } from './context';
import type { Registrar } from './register';

/** Jobs that make a model from another. */
export function registerFromBaseRoutes(register: Registrar, { jobs, node }: RouteContext): void {
  const starts = <Body extends { base_model_id: string }>(type: 'finetune' | 'augment', body: z.ZodType<Body>) =>
    register({
      method: 'post',
      path: ROUTES[type],
      privilege: PRIVILEGES.train,
      body,
      async handler({ client, body, username, signal }) {
        // Said at once, not by a job that fails.
        await assertModelReadable(client, await node.model(body.base_model_id, signal));
        return jobs.start(client, type, { params: body, created_by: username });
      },
    });
  starts('finetune', startFinetuneSchema);
  starts('augment', startAugmentSchema);
}
