import { createContext, useContext, useEffect, useMemo, type ReactNode } from 'react';
import { PLUGIN_ID, PLUGIN_NAME } from '../../common';
import { createApi, type Api } from '../api/client';
import type { CoreStart } from '../kibana';

interface Services {
  core: CoreStart;
  api: Api;
}
const ServicesContext = createContext<Services | undefined>(undefined);

export function ServicesProvider({ core, children }: { core: CoreStart; children: ReactNode }) {
  const services = useMemo(() => ({ core, api: createApi(core.http) }), [core]);
  return <ServicesContext.Provider value={services}>{children}</ServicesContext.Provider>;
}

function useServices(): Services {
  const services = useContext(ServicesContext);
  if (!services) throw new Error('No services around this component.');
  return services;
}

export const useCore = (): CoreStart => useServices().core;
export const useApi = (): Api => useServices().api;

/** The feature's UI capabilities beside `read`, without which nobody sees the app. Each is granted with the API privilege `lyrebird-<capability>`. */
export type Capability = 'train' | 'generate' | 'score' | 'reveal';

/** Whether the person may do something. A host without roles knows no capabilities: there everybody may. */
export const useMay = (capability: Capability): boolean => useCore().application.capabilities[PLUGIN_ID]?.[capability] !== false;

/** Address of a page of the app, for links that open in a new tab as well. */
export function useAppUrl(): (path: string) => string {
  const core = useCore();
  return (path) => core.application.getUrlForApp(PLUGIN_ID, { path });
}

/** Breadcrumbs and document title of a page. */
export function usePageTitle(title: string): void {
  const core = useCore();
  useEffect(() => {
    core.chrome.setBreadcrumbs([{ text: PLUGIN_NAME, href: core.application.getUrlForApp(PLUGIN_ID) }, { text: title }]);
    core.chrome.docTitle.change([title, PLUGIN_NAME]);
  }, [core, title]);
}
