import type { estypes } from '@elastic/elasticsearch';
import { DEFAULT_ENTITY_FIELDS, DEFAULT_TIME_FIELDS, getPath, type LogEvent, type LogHit } from '../../common';
import { findEntityFields, findTimeFields, isName } from '../../models/prepare';
import { eventTime, smallSeconds } from './event_time';
import { FieldMapping, withoutReserved } from './logs_index';

/** Added, with the value `all` or `unnamed`, to logs that name nobody. */
export const ONE_ENTITY_FIELD = 'lyrebird_entity';
/** Events looked at; what comes later has the shapes of what came before. */
const SAMPLE = 20_000;
/** Names of fields that may count seconds from a start of their own. */
const SECONDS = ['second', 'seconds', 'time', 'timestamp', 'ts'];
const LEAST_SECONDS = 10;

export interface Wanted {
  entityFields?: readonly string[];
  timeField?: string;
}

/** Which fields of the logs say when and who, in order of preference: the shapes that a file mixes may each have their own. */
export interface LogFields {
  timeFields: string[];
  /** Field that counts seconds from a start of its own. */
  seconds?: string;
  entityFields: string[];
  /** A person named them: events without are set aside. */
  named: boolean;
  /** No event looked at names anybody. */
  nobody: boolean;
  /** How the fields of the events looked at are mapped. */
  properties: Record<string, estypes.MappingProperty>;
}

/** Finds the fields from the first events; what a person named is taken as it is. */
export async function findLogFields(hits: AsyncIterable<LogHit>, { entityFields = [], timeField }: Wanted, signal?: AbortSignal): Promise<LogFields> {
  const sample: LogHit[] = [];
  const named = entityFields.length > 0;
  let nobody = true;
  const mapping = new FieldMapping();
  for await (const hit of hits) {
    signal?.throwIfAborted();
    if (sample.length < SAMPLE) {
      sample.push(hit);
      mapping.add(withoutReserved(hit._source, () => undefined));
    }
    nobody &&= !entityOf(hit._source, named ? entityFields : DEFAULT_ENTITY_FIELDS);
    // Only of logs in which nobody is named, all is read.
    if (sample.length === SAMPLE && !nobody) break;
  }
  const found = named ? [] : findEntityFields(sample, DEFAULT_ENTITY_FIELDS);
  const timeFields = timeField ? [timeField] : [...DEFAULT_TIME_FIELDS, ...findTimeFields(sample, DEFAULT_TIME_FIELDS)];
  const timeless = !sample.some(({ _source }) => eventTime(_source, timeFields) !== undefined);
  const seconds = timeField ?? (timeless ? SECONDS.find((field) => countsSeconds(sample, field)) : undefined);
  return {
    timeFields,
    ...(seconds !== undefined && { seconds }),
    entityFields: named ? [...entityFields] : [...DEFAULT_ENTITY_FIELDS, ...found],
    named,
    nobody: nobody && found.length === 0,
    properties: mapping.properties,
  };
}

/** Whether one of the fields names the event's entity. */
export const entityOf = (event: LogEvent, fields: readonly string[]): boolean => fields.some((field) => isName(getPath(event, field)));

/** Small numbers in every event that never go back. */
function countsSeconds(sample: readonly LogHit[], field: string): boolean {
  let before = 0;
  const rises = sample.every(({ _source }) => {
    const time = smallSeconds(getPath(_source, field));
    if (time === undefined || time < before) return false;
    before = time;
    return true;
  });
  return rises && sample.length >= LEAST_SECONDS && before > 0;
}
