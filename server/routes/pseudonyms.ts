import { identifierFieldsRequestSchema, revealSchema, ROUTES } from '../../common';
import { PRIVILEGES } from '../features';
import { pseudonymsAudit } from '../pseudonyms';
import { assertModelReadable, revealValues, suggestIdentifierFields } from '../services';
import type { RouteContext } from './context';
import type { Registrar } from './register';

export function registerPseudonymRoutes(register: Registrar, { node, pseudonyms, audit }: RouteContext): void {
  register({
    method: 'post',
    path: ROUTES.identifierFields,
    privilege: PRIVILEGES.train,
    body: identifierFieldsRequestSchema,
    handler: ({ client, body, signal }) => suggestIdentifierFields(client, body.source, signal),
  });
  register({
    method: 'post',
    path: ROUTES.reveal,
    privilege: PRIVILEGES.reveal,
    body: revealSchema,
    async handler({ client, body, username, signal }) {
      const card = await node.model(body.model_id, signal);
      await assertModelReadable(client, card);
      const revealed = await revealValues(pseudonyms, client, card, body, signal);
      pseudonymsAudit(audit, { username, model_id: body.model_id, of: 'values', count: body.values.length });
      return revealed;
    },
  });
}
