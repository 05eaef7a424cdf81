import { i18n } from '@kbn/i18n';
import type { CoreSetup, PluginsSetup } from '../kibana';

/**
 * "Generate similar logs" in Discover's menu, where this Kibana has one that plugins can add to (to 9.3). What it does is loaded when it is chosen.
 */
export function registerInDiscover(core: CoreSetup, { navigation }: PluginsSetup): void {
  navigation?.registerMenuItem({
    id: 'lyrebirdGenerateSimilar',
    appName: 'discover',
    label: i18n.translate('lyrebird.discover.generate', { defaultMessage: 'Generate similar logs' }),
    description: i18n.translate('lyrebird.discover.generateDescription', { defaultMessage: 'Have Lyrebird write events like these' }),
    testId: 'lyrebirdGenerateSimilar',
    run: () => {
      const address = window.location.href;
      Promise.all([core.getStartServices(), import('../application')]).then(
        ([[start, plugins], { openDiscoversLogs }]) => openDiscoversLogs(start, plugins, address),
        (error: Error) => core.notifications.toasts.addDanger(error.message)
      );
    },
  });
}
