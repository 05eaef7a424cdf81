import { anomaliesQuerySchema, type AnomaliesQuery } from '../../../common';
import type { UrlState } from '../../app/url_state';

/** Any value: the flyout opens with the first model. */
export const ANY_MODEL = 'new';

const DEFAULTS = { size: 25, page: 0, sort: 'record_score', order: 'desc', min_score: 0, ignored: 'hide' } as const;

/** Reads the filters from the address; what does not fit there counts as not given. */
export function queryOf(url: UrlState): AnomaliesQuery {
  const keys = ['job_id', 'entity', 'from', 'to', 'min_score', 'ignored', 'size', 'page', 'sort', 'order'] as const;
  const query: Record<string, unknown> = { ...DEFAULTS };
  for (const key of keys) {
    const value = url[key];
    if (value !== undefined && anomaliesQuerySchema.shape[key].safeParse(value).success) query[key] = value;
  }
  return anomaliesQuerySchema.parse(query);
}

/** The filters as the address holds them: what is as by default is left out. */
export function urlOf(query: Partial<AnomaliesQuery>): UrlState {
  return Object.fromEntries(
    Object.entries(query).map(([key, value]) => [key, value === undefined || value === DEFAULTS[key as keyof typeof DEFAULTS] ? undefined : String(value)])
  );
}
