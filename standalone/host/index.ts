/** Runs the whole plugin, server and browser side, without a Kibana. */
import * as lyrebird from '../../server';
import { buildBundle } from './bundle';
import { startHost, type Host, type HostOptions } from './host';

export { buildBundle } from './bundle';
export type { Bundle } from './bundle';
export { createElasticsearchClient } from './elasticsearch';
export type { ElasticsearchOptions } from './elasticsearch';
export { startHost } from './host';
export type { Host, HostOptions } from './host';
export type { Role } from './role';
export type { ServerPlugin, ServerPluginModule } from './plugin';

export interface StandaloneOptions extends Omit<HostOptions<never>, 'plugin' | 'bundle'> {
  /** Folder for what the host keeps between starts: the browser bundle. */
  dataDir: string;
}

/**
 * Builds the browser bundle (or finds it built), starts the plugin and serves the app at `<url>/app/lyrebird`.
 * Throws when the configuration does not fit the plugin's schema, the port is taken or the plugin does not start.
 */
export async function startStandalone({ dataDir, ...options }: StandaloneOptions): Promise<Host> {
  const bundle = await buildBundle(dataDir);
  return startHost({ ...options, bundle, plugin: lyrebird });
}
