import { ROUTES, toLyrebirdError, type Health, type Status } from '../../common';
import { PRIVILEGES } from '../features';
import { countRecords, countSynthetic, readableModels } from '../services';
import type { RouteContext } from './context';
import type { Registrar } from './register';

export function registerStatusRoute(register: Registrar, { node, jobs }: RouteContext): void {
  register({
    method: 'get',
    path: ROUTES.status,
    privilege: PRIVILEGES.read,
    async handler({ client, signal }): Promise<Status> {
      const health = await node.health(signal).catch((error: unknown) => toLyrebirdError(error));
      const down = health instanceof Error;
      const [models, list, records] = await Promise.all([
        down ? [] : node.models(signal).then((cards) => readableModels(client, cards)),
        jobs.list(client),
        countRecords(client),
      ]);
      const synthetic_events = await countSynthetic(client, list, signal);
      return {
        node: down
          ? { reachable: false, url: node.description, devices: [], error: health.message }
          : { reachable: true, url: node.description, version: (health as Health).version, devices: (health as Health).devices },
        models: models.length,
        running_jobs: list.filter(({ state }) => state === 'running' || state === 'queued').length,
        synthetic_events,
        anomaly_records: records,
      };
    },
  });
}
