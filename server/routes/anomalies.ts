import type { Client } from '@elastic/elasticsearch';
import { anomaliesQuerySchema, entityRiskQuerySchema, LyrebirdError, ROUTES, type ModelCard } from '../../common';
import { PRIVILEGES } from '../features';
import { entityAliases, revealAnomalies, revealRecord, type RecordReveal } from '../pseudonyms';
import { anomalyDetail, assertModelReadable, entityRisk, findAnomalies } from '../services';
import type { RouteContext } from './context';
import { idParams, type Registrar } from './register';

export function registerAnomalyRoutes(register: Registrar, { node, pseudonyms }: RouteContext): void {
  const cardOf = async (modelId: string, signal: AbortSignal): Promise<ModelCard | undefined> => {
    try {
      return await node.model(modelId, signal);
    } catch (error) {
      // Anomalies outlive their model, and can be read while the node is down.
      if (error instanceof LyrebirdError && (error.code === 'LYREBIRD_NOT_FOUND' || error.code === 'LYREBIRD_NODE_UNAVAILABLE')) return undefined;
      throw error;
    }
  };
  const reveal = (client: Client, signal: AbortSignal): RecordReveal => ({
    client,
    pseudonyms,
    async cardOf(modelId) {
      const card = await cardOf(modelId, signal);
      if (card?.options.pseudonymised === undefined) return undefined;
      try {
        await assertModelReadable(client, card);
        return card;
      } catch (error) {
        // Whoever may not read what the model learned from sees pseudonyms.
        if (error instanceof LyrebirdError && error.code === 'LYREBIRD_FORBIDDEN') return undefined;
        throw error;
      }
    },
  });
  register({
    method: 'get',
    path: ROUTES.anomalies,
    privilege: PRIVILEGES.read,
    query: anomaliesQuerySchema,
    async handler({ client, query, signal }) {
      const aliases = query.entity === undefined ? [] : await entityAliases(pseudonyms, query.entity);
      return revealAnomalies(reveal(client, signal), await findAnomalies(client, query, aliases));
    },
  });
  register({
    method: 'get',
    path: ROUTES.entityRisk,
    privilege: PRIVILEGES.read,
    query: entityRiskQuerySchema,
    handler: async ({ client, query }) => entityRisk(client, query, await entityAliases(pseudonyms, query.entity)),
  });
  register({
    method: 'get',
    path: ROUTES.anomaly,
    privilege: PRIVILEGES.read,
    params: idParams,
    handler: ({ client, params, signal }) =>
      anomalyDetail(client, params.id, (modelId) => cardOf(modelId, signal), (record) => revealRecord(reveal(client, signal), record)),
  });
}
