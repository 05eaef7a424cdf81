/** The browser side of the host: Kibana's `CoreSetup` and `CoreStart` in small, a header, and the plugin's app in it. */
import { createRoot } from 'react-dom/client';
import { I18nProvider } from '@kbn/i18n-react';
import { createBrowserHistory } from 'history';
import { PLUGIN_ID } from '../../../common';
import { plugin as createPlugin } from '../../../public';
import type { CoreSetup, CoreStart } from '../../../public/kibana';
import { chrome, toasts } from './chrome';
import { http } from './http';
import { readMetadata } from './metadata';
import { Shell } from './shell';
import { applyDocumentTheme, theme$ } from './theme';

const appUrl = (appId: string, path = '') => `/app/${appId}${path && !/^[/?#]/.test(path) ? `/${path}` : path}`;
const metadata = readMetadata();
const history = createBrowserHistory({ basename: appUrl(PLUGIN_ID) });

const coreStart: CoreStart = {
  http,
  notifications: { toasts },
  chrome,
  theme: { theme$ },
  application: {
    capabilities: metadata.capabilities,
    getUrlForApp: (appId, options) => appUrl(appId, options?.path),
    navigateToApp: async (appId, options) => {
      if (appId === PLUGIN_ID) history.push(options?.path ?? '/');
      else window.location.assign(appUrl(appId, options?.path));
    },
  },
  i18n: { Context: I18nProvider },
};

type App = Parameters<CoreSetup['application']['register']>[0];

async function main(): Promise<void> {
  applyDocumentTheme();
  const apps = new Map<string, App>();
  const plugin = createPlugin({ config: { get: <T,>() => metadata.config as T } });
  plugin.setup({
    application: { register: (app) => void apps.set(app.id, app) },
    notifications: coreStart.notifications,
    getStartServices: async () => [coreStart, {}, {}],
  }, {});
  plugin.start(coreStart);

  const shell = document.getElementById('standalone-shell');
  const app = apps.get(PLUGIN_ID);
  if (!shell || !app) throw new Error(`The page has no shell or the plugin registered no app "${PLUGIN_ID}".`);
  createRoot(shell).render(<Shell appUrl={appUrl(PLUGIN_ID)} history={history} />);

  const element = document.body.appendChild(document.createElement('div'));
  element.className = 'kbnAppWrapper';
  // Room for the header, as Kibana makes it.
  element.style.paddingTop = 'var(--euiFixedHeadersOffset, 0)';
  await app.mount({ element, history, theme$ });
}

void main();
