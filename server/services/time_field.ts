import type { Client, estypes } from '@elastic/elasticsearch';
import { DEFAULT_TIME_FIELDS, LyrebirdError, type Source } from '../../common';
import { callElasticsearch } from '../elasticsearch';

const DATE_TYPES = new Set(['date', 'date_nanos']);
/** Types whose order is the order of time when the values are epochs or ISO 8601 texts. */
const SORTABLE = new Set(['date', 'date_nanos', 'long', 'unsigned_long', 'double', 'keyword']);

export interface TimeField {
  name: string;
  type: string;
}

/** The time field of the source's indices: the one named, or the first common one. Undefined when there is none to sort by. */
export async function findTimeField(client: Client, source: Source, signal?: AbortSignal): Promise<TimeField | undefined> {
  const names = source.time_field ? [source.time_field] : [...DEFAULT_TIME_FIELDS];
  const answer = await callElasticsearch(
    (transport) => client.fieldCaps({ index: source.index, fields: names, ignore_unavailable: false, allow_no_indices: true }, transport),
    { doing: `read the fields of "${source.index}"`, signal }
  );
  for (const name of names) {
    const types = Object.keys(answer.fields[name] ?? {});
    // Across indices a field may have several types; sorting needs each to be sortable.
    if (types.length > 0 && types.every((type) => SORTABLE.has(type))) return { name, type: types.every((type) => DATE_TYPES.has(type)) ? 'date' : types[0] };
  }
  return undefined;
}

export function noTimeField(source: Source): LyrebirdError {
  return new LyrebirdError(
    'LYREBIRD_NO_TIME_FIELD',
    source.time_field
      ? `The time field "${source.time_field}" of "${source.index}" is not there, or not mapped as a date.`
      : `"${source.index}" has no time field that is mapped as a date; tried ${DEFAULT_TIME_FIELDS.join(', ')}.`,
    'Name the field that holds the time of each event (time_field); it must be mapped as a date, a number or a keyword.'
  );
}

/** The query that the source means: its own query and its time range. LYREBIRD_NO_TIME_FIELD for a range without a time field. */
export function sourceQuery(source: Source, timeField: TimeField | undefined): estypes.QueryDslQueryContainer {
  const filter: estypes.QueryDslQueryContainer[] = [];
  if (source.query) filter.push(source.query as estypes.QueryDslQueryContainer);
  if (source.from || source.to) {
    if (!timeField) throw noTimeField(source);
    filter.push({ range: { [timeField.name]: { gte: source.from, lt: source.to } } });
  }
  return filter.length > 0 ? { bool: { filter } } : { match_all: {} };
}
