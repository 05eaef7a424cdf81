import { fieldsRequestSchema, ROUTES } from '../../common';
import { PRIVILEGES } from '../features';
import { describeFields, listSources } from '../services';
import type { Registrar } from './register';

export function registerSourceRoutes(register: Registrar): void {
  register({ method: 'get', path: ROUTES.sources, privilege: PRIVILEGES.read, handler: ({ client }) => listSources(client) });
  register({
    method: 'post',
    path: ROUTES.fields,
    privilege: PRIVILEGES.read,
    body: fieldsRequestSchema,
    handler: ({ client, body }) => describeFields(client, body.index),
  });
}
