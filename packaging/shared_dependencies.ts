import semver from 'semver';

interface Shared {
  /** Property of `window.__kbnSharedDeps__`. */
  name: string;
  /** Versions of Kibana that share it, a semver range; all where absent. */
  kibana?: string;
}

/** What Kibana's page holds for all plugins (`@kbn/ui-shared-deps-src`), 8.12 to 9.x. */
const SHARED: Record<string, Shared> = {
  '@elastic/charts': { name: 'ElasticCharts' },
  '@elastic/eui': { name: 'ElasticEui' },
  '@elastic/numeral': { name: 'ElasticNumeral' },
  '@emotion/react': { name: 'EmotionReact' },
  '@kbn/datemath': { name: 'KbnDatemath' },
  '@kbn/i18n': { name: 'KbnI18n' },
  '@kbn/i18n-react': { name: 'KbnI18nReact' },
  '@kbn/std': { name: 'KbnStd' },
  classnames: { name: 'Classnames' },
  history: { name: 'History' },
  lodash: { name: 'Lodash' },
  moment: { name: 'Moment' },
  'moment-timezone': { name: 'MomentTimezone' },
  react: { name: 'React' },
  'react-dom': { name: 'ReactDom' },
  'react-dom/server': { name: 'ReactDomServer' },
  'react-router': { name: 'ReactRouter' },
  'react-router-dom': { name: 'ReactRouterDom' },
  rxjs: { name: 'Rxjs' },
  'rxjs/operators': { name: 'RxjsOperators', kibana: '<8.18.0' },
  tslib: { name: 'TsLib' },
};

/** Packages of which a page can have one copy only (contexts, theme, locale), with all that is below their names. */
const ONCE = /^(?:@kbn\/|@elastic\/(?:eui|charts)(?:$|[-/])|@emotion\/|(?:react|react-dom|react-router|react-router-dom|rxjs|moment|history)(?:$|\/))/;

/** The global of an import that this Kibana shares; undefined for what a bundle brings along. Throws for what has to be shared, and is not. */
export function sharedGlobal(specifier: string, kibanaVersion: string): string | undefined {
  const shared = Object.hasOwn(SHARED, specifier) ? SHARED[specifier] : undefined;
  if (shared && semver.satisfies(semver.coerce(kibanaVersion)!, shared.kibana ?? '*')) return `window.__kbnSharedDeps__.${shared.name}`;
  if (shared === undefined && !ONCE.test(specifier)) return undefined;
  throw new NotSharedError(specifier, kibanaVersion);
}

export class NotSharedError extends Error {
  constructor(specifier: string, kibanaVersion: string) {
    super(`"${specifier}" is not shared by Kibana ${kibanaVersion}, and a page must not have a second copy of it. Import it from what is shared (packaging/shared_dependencies.ts), or do without.`);
  }
}

/** Versions with the same answer to all imports can have the same bundle. */
export const sharingOf = (kibanaVersion: string): string =>
  Object.entries(SHARED)
    .filter(([, { kibana = '*' }]) => semver.satisfies(semver.coerce(kibanaVersion)!, kibana))
    .map(([specifier]) => specifier)
    .join();
