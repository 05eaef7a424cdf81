import { App } from './app/app';
import type { AppMountParameters, CoreStart } from './kibana';
import { mount } from './mount';

/** Shows the app in Kibana's element; returns what takes it away again. */
export function renderApp(core: CoreStart, { element, history, theme$ }: AppMountParameters): () => void {
  return mount(<App core={core} history={history} theme$={theme$} />, element);
}
