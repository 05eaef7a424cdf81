import { ROUTES, startTrainSchema } from '../../common';
import { PRIVILEGES } from '../features';
import type { RouteContext } from './context';
import type { Registrar } from './register';

export function registerTrainRoute(register: Registrar, { jobs }: RouteContext): void {
  register({
    method: 'post',
    path: ROUTES.train,
    privilege: PRIVILEGES.train,
    body: startTrainSchema,
    handler: ({ client, body, username }) => jobs.start(client, 'train', { params: body, created_by: username }),
  });
}
