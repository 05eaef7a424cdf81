import { i18n } from '@kbn/i18n';
import { PLUGIN_ID } from '../common';
import { App } from './app/app';
import { PATHS } from './app/paths';
import { pagePath } from './app/url_state';
import { ANY_MODEL } from './pages/anomalies/anomalies_state';
import { LOGS_PARAMETER, writeLogsLink } from './discover/logs_link';
import { logsOfDiscover } from './discover/logs_of_discover';
import type { AppMountParameters, CoreStart, PluginsStart } from './kibana';
import { mount } from './mount';

/** Shows the app in Kibana's element; returns what takes it away again. */
export function renderApp(core: CoreStart, { element, history, theme$ }: AppMountParameters): () => void {
  return mount(<App core={core} history={history} theme$={theme$} />, element);
}

/** From Discover to the page that writes events like those that it shows, or that scores them. */
export async function openDiscoversLogs({ application, notifications }: CoreStart, { data }: PluginsStart, address: string, to: 'generate' | 'score'): Promise<void> {
  try {
    if (!data) throw new Error(i18n.translate('lyrebird.discover.noData', { defaultMessage: 'This Kibana does not say what Discover shows.' }));
    const logs = await logsOfDiscover(data, address);
    const state = { [LOGS_PARAMETER]: writeLogsLink(logs) };
    await application.navigateToApp(PLUGIN_ID, { path: to === 'generate' ? pagePath(PATHS.generate, state) : pagePath(PATHS.anomalies, { ...state, score: ANY_MODEL }) });
  } catch (error) {
    notifications.toasts.addWarning({ title: i18n.translate('lyrebird.discover.notTaken', { defaultMessage: 'These logs cannot be taken along' }), text: (error as Error).message });
  }
}
