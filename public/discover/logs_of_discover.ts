import { i18n } from '@kbn/i18n';
import type { DataStart } from '../kibana';
import type { LogsLink } from './logs_link';

/**
 * What Discover shows: data view, KQL or Lucene query, filters and time range. The query becomes Elasticsearch's, by Kibana's own hands.
 *
 * @param address of Discover's page; its state (`_a`) names the data view
 * @throws an error in words for a person: for ES|QL, and where there is no data view
 */
export async function logsOfDiscover({ dataViews, query, search }: DataStart, address: string): Promise<LogsLink> {
  const asked = query.queryString.getQuery();
  if (!('language' in asked)) {
    throw new Error(i18n.translate('lyrebird.discover.esql', { defaultMessage: 'ES|QL makes tables, not events. Choose a data view instead.' }));
  }
  const id = dataViewOf(address);
  const view = id === undefined ? await dataViews.getDefaultDataView() : await dataViews.get(id);
  if (!view) throw new Error(i18n.translate('lyrebird.discover.noView', { defaultMessage: 'There is no data view. Choose one first.' }));
  const filters = query.filterManager.getFilters().filter(({ meta }) => !meta.disabled);
  const source = search.searchSource.createEmpty().setField('index', view).setField('query', asked).setField('filter', filters);
  const { from, to } = query.timefilter.timefilter.getAbsoluteTime();
  const any = asked.query !== '' || filters.length > 0;
  const texts = [typeof asked.query === 'string' ? asked.query : JSON.stringify(asked.query), ...filters.map(({ meta }) => filterText(meta))];
  return {
    source: {
      index: view.getIndexPattern(),
      ...(view.timeFieldName && { time_field: view.timeFieldName, from, to }),
      ...(any && { query: source.getSearchRequestBody().query }),
    },
    ...(any && { query_text: texts.filter(Boolean).join(', ').slice(0, 2000) }),
  };
}

function filterText({ key, params, alias, negate }: { key?: string; params?: unknown; alias?: string | null; negate?: boolean }): string {
  const value = (params as { query?: unknown } | undefined)?.query;
  return alias || `${negate ? 'NOT ' : ''}${key ?? ''}${value === undefined ? '' : `: ${String(value)}`}`;
}

/** Id of the data view in Discover's address: `index:…` to 8.14, `dataViewId:…` since; written in Rison. */
export function dataViewOf(address: string): string | undefined {
  const state = /[?&]_a=([^&#]*)/.exec(address)?.[1];
  if (state === undefined) return undefined;
  const found = /[(,](?:index|dataViewId):(?:'((?:[^'!]|!.)*)'|([^,)']+))/.exec(safeDecode(state));
  return found === null ? undefined : (found[1]?.replace(/!(.)/g, '$1') ?? found[2]);
}

function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
