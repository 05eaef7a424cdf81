import { i18n } from '@kbn/i18n';
import type { CoreSetup, PluginsSetup } from '../kibana';

const ITEMS = [
  {
    id: 'lyrebirdGenerateSimilar',
    to: 'generate',
    label: i18n.translate('lyrebird.discover.generate', { defaultMessage: 'Generate similar logs' }),
    description: i18n.translate('lyrebird.discover.generateDescription', { defaultMessage: 'Have Lyrebird write events like these' }),
  },
  {
    id: 'lyrebirdScoreThese',
    to: 'score',
    label: i18n.translate('lyrebird.discover.score', { defaultMessage: 'Score these logs' }),
    description: i18n.translate('lyrebird.discover.scoreDescription', { defaultMessage: 'Have Lyrebird say which of these do not belong' }),
  },
] as const;

/** Items in Discover's menu, where this Kibana has one that plugins can add to (to 9.3). What they do is loaded when one is chosen. */
export function registerInDiscover(core: CoreSetup, { navigation }: PluginsSetup): void {
  for (const { to, ...item } of ITEMS) {
    navigation?.registerMenuItem({
      ...item,
      appName: 'discover',
      testId: item.id,
      run: () => {
        const address = window.location.href;
        Promise.all([core.getStartServices(), import('../application')]).then(
          ([[start, plugins], { openDiscoversLogs }]) => openDiscoversLogs(start, plugins, address, to),
          (error: Error) => core.notifications.toasts.addDanger(error.message)
        );
      },
    });
  }
}
