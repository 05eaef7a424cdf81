import { PLUGIN_ID, PLUGIN_NAME } from '../common';
import { registerInDiscover } from './discover/register';
import type { CoreSetup, CoreStart, PluginInitializerContext, PluginsSetup } from './kibana';

/** Registers the app; its code is loaded when a person first opens it. */
export class LyrebirdPublicPlugin {
  constructor(_context: PluginInitializerContext) {}

  setup(core: CoreSetup, plugins: PluginsSetup): void {
    registerInDiscover(core, plugins);
    core.application.register({
      id: PLUGIN_ID,
      title: PLUGIN_NAME,
      euiIconType: 'machineLearningApp',
      category: { id: 'securitySolution', label: 'Security', order: 4000 },
      async mount(params) {
        const [[coreStart], { renderApp }] = await Promise.all([core.getStartServices(), import('./application')]);
        return renderApp(coreStart, params);
      },
    });
  }

  start(_core: CoreStart): void {}

  stop(): void {}
}
