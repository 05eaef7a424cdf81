import { anomaliesQuerySchema, LyrebirdError, ROUTES } from '../../common';
import { PRIVILEGES } from '../features';
import { anomalyDetail, findAnomalies } from '../services';
import type { RouteContext } from './context';
import { idParams, type Registrar } from './register';

export function registerAnomalyRoutes(register: Registrar, { node }: RouteContext): void {
  register({
    method: 'get',
    path: ROUTES.anomalies,
    privilege: PRIVILEGES.read,
    query: anomaliesQuerySchema,
    handler: ({ client, query }) => findAnomalies(client, query),
  });
  register({
    method: 'get',
    path: ROUTES.anomaly,
    privilege: PRIVILEGES.read,
    params: idParams,
    handler: ({ client, params, signal }) =>
      anomalyDetail(client, params.id, async (modelId) => {
        try {
          return await node.model(modelId, signal);
        } catch (error) {
          // Anomalies outlive their model, and can be read while the node is down.
          if (error instanceof LyrebirdError && (error.code === 'LYREBIRD_NOT_FOUND' || error.code === 'LYREBIRD_NODE_UNAVAILABLE')) return undefined;
          throw error;
        }
      }),
  });
}
