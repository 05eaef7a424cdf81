import { ROUTES } from '../../common';
import { PRIVILEGES } from '../features';
import { assertModelReadable, readableModels } from '../services';
import type { RouteContext } from './context';
import { idParams, type Registrar } from './register';

export function registerModelRoutes(register: Registrar, { node, pseudonyms }: RouteContext): void {
  register({
    method: 'get',
    path: ROUTES.models,
    privilege: PRIVILEGES.read,
    handler: async ({ client, signal }) => ({ models: await readableModels(client, await node.models(signal)) }),
  });
  register({
    method: 'get',
    path: ROUTES.model,
    privilege: PRIVILEGES.read,
    params: idParams,
    async handler({ client, params, signal }) {
      const card = await node.model(params.id, signal);
      await assertModelReadable(client, card);
      return card;
    },
  });
  register({
    method: 'delete',
    path: ROUTES.model,
    privilege: PRIVILEGES.train,
    params: idParams,
    async handler({ client, params, signal }) {
      const card = await node.model(params.id, signal);
      await assertModelReadable(client, card);
      await node.deleteModel(params.id, signal);
      if (card.options.pseudonymised) await pseudonyms.forget(client, params.id, signal);
      return { deleted: true };
    },
  });
}
