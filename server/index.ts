import type { LyrebirdConfig } from './config';
import type { PluginInitializerContext } from './kibana';
import { LyrebirdPlugin } from './plugin';

/** What a host (Kibana or `standalone/`) asks of a plugin's server side. */
export { configDescriptor as config } from './config';
export type { LyrebirdConfig } from './config';
export type { LyrebirdPlugin } from './plugin';

export const plugin = (context: PluginInitializerContext<LyrebirdConfig>): LyrebirdPlugin => new LyrebirdPlugin(context);
