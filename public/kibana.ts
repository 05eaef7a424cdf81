/**
 * The slice of Kibana's browser contracts that the app uses, typed in this one place, after Kibana 8.12 - 9.x
 * (`@kbn/core/public`). A real Kibana satisfies it as it is; `standalone/` implements it for people without one.
 */
import type { History } from 'history';
import type { Observable } from 'rxjs';

export interface HttpFetchOptions {
  method?: string;
  query?: Record<string, string | number | boolean | undefined>;
  body?: string;
  headers?: Record<string, string>;
  signal?: AbortSignal;
  /** Sent as `elastic-api-version`. */
  version?: string;
  asResponse?: boolean;
  rawResponse?: boolean;
}
export interface HttpStart {
  get<T>(path: string, options?: HttpFetchOptions): Promise<T>;
  post<T>(path: string, options?: HttpFetchOptions): Promise<T>;
  delete<T>(path: string, options?: HttpFetchOptions): Promise<T>;
  basePath: { prepend(path: string): string };
}

export interface Toasts {
  addSuccess(toast: string | { title: string; text?: string }): unknown;
  addWarning(toast: string | { title: string; text?: string }): unknown;
  addDanger(toast: string | { title: string; text?: string }): unknown;
}

export interface ChromeStart {
  setBreadcrumbs(crumbs: Array<{ text: string; href?: string }>): void;
  docTitle: { change(title: string | string[]): void };
}

export interface ThemeServiceStart {
  theme$: Observable<{ darkMode: boolean }>;
}

export interface ApplicationStart {
  capabilities: Record<string, Record<string, boolean | Record<string, boolean>>>;
  navigateToApp(appId: string, options?: { path?: string }): Promise<void>;
  getUrlForApp(appId: string, options?: { path?: string }): string;
}

export interface CoreStart {
  http: HttpStart;
  notifications: { toasts: Toasts };
  chrome: ChromeStart;
  theme: ThemeServiceStart;
  application: ApplicationStart;
  i18n: { Context: React.ComponentType<{ children: React.ReactNode }> };
}

export interface AppMountParameters {
  element: HTMLElement;
  history: History;
  theme$: Observable<{ darkMode: boolean }>;
}
export interface CoreSetup {
  application: {
    register(app: {
      id: string;
      title: string;
      euiIconType?: string;
      category?: { id: string; label: string; order?: number };
      mount(params: AppMountParameters): Promise<() => void>;
    }): void;
  };
  notifications: { toasts: Toasts };
  getStartServices(): Promise<[CoreStart, PluginsStart, unknown]>;
}
/** `navigation`: extra items of top menus, by app (`appName`). */
export interface NavigationSetup {
  registerMenuItem(item: { id: string; appName: string; label: string; description: string; testId: string; run(): void }): void;
}
export interface PluginsSetup {
  navigation?: NavigationSetup;
}

export interface DataView {
  timeFieldName?: string;
  getIndexPattern(): string;
}
export interface Filter {
  meta: { alias?: string | null; disabled?: boolean; key?: string; negate?: boolean; params?: unknown };
}
/** KQL or Lucene; ES|QL has no language. */
export type Query = { query: string | object; language: string } | { esql: string } | { sql: string };
export interface SearchSource {
  setField(name: 'index' | 'query' | 'filter', value: unknown): SearchSource;
  getSearchRequestBody(): { query?: Record<string, unknown> };
}
/** `data`: what a person searches for. */
export interface DataStart {
  dataViews: { get(id: string): Promise<DataView>; getDefaultDataView(): Promise<DataView | null> };
  query: {
    queryString: { getQuery(): Query };
    filterManager: { getFilters(): Filter[] };
    timefilter: { timefilter: { getAbsoluteTime(): { from: string; to: string } } };
  };
  search: { searchSource: { createEmpty(): SearchSource } };
}
export interface PluginsStart {
  data?: DataStart;
}

export interface PluginInitializerContext {
  config: { get<T>(): T };
}
