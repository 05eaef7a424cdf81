import type { PluginInitializerContext } from './kibana';
import { LyrebirdPublicPlugin } from './plugin';

/** Called by Kibana once, when its page loads. */
export function plugin(context: PluginInitializerContext): LyrebirdPublicPlugin {
  return new LyrebirdPublicPlugin(context);
}
