import { i18n } from '@kbn/i18n';
import type { Fields, Source } from '../../common';
import { resolveTime } from './resolve_time';

/** What a person has chosen so far; `start` and `end` may be date math (`now-7d/d`). */
export interface SourceState {
  index: string;
  /** Empty: the server picks it. */
  timeField: string;
  limited: boolean;
  start: string;
  end: string;
  /** Elasticsearch query DSL that events have to match, from where a person came. */
  query?: Source['query'];
  /** The same, as the person wrote it. */
  queryText?: string;
}

export const EMPTY_SOURCE: SourceState = { index: '', timeField: '', limited: false, start: 'now-30d', end: 'now' };

/** The request's source: date math becomes fixed times now, so that a resumed job reads the same events. */
export function toSource({ index, timeField, limited, start, end, query }: SourceState): Source {
  return {
    index,
    ...(query ? { query } : {}),
    ...(timeField ? { time_field: timeField } : {}),
    ...(limited ? { from: resolveTime(start, false), to: resolveTime(end, true) } : {}),
  };
}

export function fromSource(source: Source): SourceState {
  const limited = source.from !== undefined || source.to !== undefined;
  return {
    index: source.index,
    timeField: source.time_field ?? '',
    limited,
    start: source.from ?? EMPTY_SOURCE.start,
    end: source.to ?? EMPTY_SOURCE.end,
    ...(source.query ? { query: source.query } : {}),
  };
}

/** The data stream that a backing index belongs to; other names stay. Backing indices come and go, and hold the events of one stretch of time only. */
const streamOf = (index: string): string => /^\.ds-(.+)-\d{4}\.\d{2}\.\d{2}-\d{6}$/.exec(index)?.[1] ?? index;

/** Indices that events carried, as a pattern that finds newer events of the same logs as well. */
export const patternOf = (indices: readonly string[]): string => [...new Set(indices.map(streamOf))].join(',');

/** What is missing or wrong, in words; undefined when the source can be read. */
export function sourceProblem({ index, limited, start, end }: SourceState): { field: 'index' | 'range'; message: string } | undefined {
  if (!index) return { field: 'index', message: i18n.translate('lyrebird.source.indexMissing', { defaultMessage: 'Choose where the events come from.' }) };
  if (!limited) return undefined;
  const from = resolveTime(start, false);
  const to = resolveTime(end, true);
  if (!from || !to) return { field: 'range', message: i18n.translate('lyrebird.source.rangeInvalid', { defaultMessage: 'This is not a time range.' }) };
  if (from >= to) return { field: 'range', message: i18n.translate('lyrebird.source.rangeEmpty', { defaultMessage: 'The range ends before it starts.' }) };
  return undefined;
}

/** About how many events the source has, as if they were spread evenly over its time range. */
export function estimateEvents({ limited, start, end }: SourceState, { documents, time_range }: Fields): number {
  if (!limited || !time_range) return documents;
  const [from, to] = [resolveTime(start, false), resolveTime(end, true)].map((iso) => (iso ? Date.parse(iso) : NaN));
  const [first, last] = [Date.parse(time_range.from), Date.parse(time_range.to)];
  if (Number.isNaN(from) || Number.isNaN(to)) return documents;
  const overlap = Math.min(to, last) - Math.max(from, first);
  if (overlap < 0) return 0;
  return last > first ? Math.round((documents * overlap) / (last - first)) : documents;
}
