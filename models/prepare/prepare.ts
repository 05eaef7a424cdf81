import {
  DEFAULT_ENTITY_FIELDS,
  DEFAULT_LOG_TYPE_FIELDS,
  DEFAULT_TEXT_FIELDS,
  DEFAULT_TIME_FIELDS,
  LyrebirdError,
  TECHNIQUE_FIELDS,
  entityIn,
  getPath,
  onlyPaths,
  parseTime,
  withoutPaths,
} from '../../common';
import type { Json, LogEvent, LogHit } from '../../common';
import type { PreparedEvent } from '../codec/types';
import { findEntityFields } from './entity_fields';
import { findTimeFields } from './time_fields';

/** How events are read: which fields say when, who and what. Chosen once per model and kept on its card. */
export interface EventFields {
  timeField: string;
  /** Tried in this order for events that lack the time field. */
  otherTimeFields?: string[];
  /** The first that an event has names its entity. */
  entityFields: string[];
  entityNormalise: boolean;
  /** Regular expression: the entity is what it finds in an entity field, its first group if it has one. */
  entityPattern?: string;
  /** Entities are sessions: each begins and ends, and a new one is no news. */
  sessions?: boolean;
  excludeFields: string[];
  /** Absent: all fields are learned. */
  onlyFields?: string[];
}

/** Why an event was set aside. */
export type SkipReason = 'no_time' | 'no_entity';

/** The entity that an event is read as; undefined when it names none. */
export function entityOf(event: LogEvent, fields: EventFields): string | undefined {
  for (const path of fields.entityFields) {
    const raw = firstScalar(event, [path]);
    const name = raw === undefined ? undefined : entityIn(raw, { normalise: fields.entityNormalise, pattern: fields.entityPattern });
    if (name !== undefined) return name;
  }
  return undefined;
}

/** Takes the time, entity, log type and technique from a hit; a reason instead when it has no time or no entity. */
export function prepareHit(hit: LogHit, fields: EventFields): PreparedEvent | SkipReason {
  const time = firstTime(hit._source, fields);
  if (time === undefined) return 'no_time';
  const entity = entityOf(hit._source, fields);
  if (entity === undefined) return 'no_entity';
  return {
    entity,
    time,
    logType: logTypeOf(hit),
    technique: techniqueOf(hit._source),
    event: learnedPart(hit._source, fields),
  };
}

/** Of chosen fields, with those that say when, who and what, so that what is written of them is an event by itself. */
function learnedPart(event: LogEvent, { timeField, otherTimeFields = [], entityFields, excludeFields, onlyFields }: EventFields): LogEvent {
  const entityField = entityFields.find((path) => firstScalar(event, [path]) !== undefined) ?? [];
  const part = onlyFields ? onlyPaths(event, [...onlyFields, timeField, ...otherTimeFields, ...DEFAULT_LOG_TYPE_FIELDS].concat(entityField)) : event;
  return excludeFields.length > 0 ? withoutPaths(part, excludeFields) : part;
}

function firstTime(event: LogEvent, { timeField, otherTimeFields = [] }: EventFields): number | undefined {
  let time = parseTime(getPath(event, timeField));
  for (let i = 0; time === undefined && i < otherTimeFields.length; i++) time = parseTime(getPath(event, otherTimeFields[i]));
  return time;
}

function firstScalar(event: LogEvent, paths: readonly string[]): string | undefined {
  for (const path of paths) {
    const value = getPath(event, path);
    if (typeof value === 'number' || typeof value === 'boolean') return String(value);
    if (typeof value === 'string' && value.trim() !== '') return value;
  }
  return undefined;
}

/** `event.dataset`, else the data stream's data set, else the index without what roll-over adds to its name. */
function logTypeOf(hit: LogHit): string {
  const named = firstScalar(hit._source, DEFAULT_LOG_TYPE_FIELDS);
  if (named !== undefined) return named;
  const index = hit._index ?? 'events';
  const backing = /^\.ds-(.+)-\d{4}\.\d{2}\.\d{2}-\d{6}$/.exec(index);
  return backing ? backing[1] : index.replace(/-\d{6}$/, '');
}

/**
 * An event that does not say what it is has its file's name, or its index', for it. Where a model knows one log type, it is taken for that.
 */
export function asKnownType(event: PreparedEvent, hit: LogHit, logTypes: readonly string[]): PreparedEvent {
  const isUnnamed = DEFAULT_LOG_TYPE_FIELDS.every((field) => getPath(hit._source, field) === undefined);
  return isUnnamed && logTypes.length === 1 ? { ...event, logType: logTypes[0] } : event;
}

const TECHNIQUE = /^T\d{4}(\.\d{3})?$/;

function techniqueOf(event: LogEvent): string | undefined {
  for (const path of TECHNIQUE_FIELDS) {
    const value: Json | undefined = getPath(event, path);
    if (typeof value === 'string' && TECHNIQUE.test(value)) return value;
  }
  return undefined;
}

/**
 * Which fields say when and who, from a sample of the events: what a person named is checked, what he left open is
 * found, for each of the log shapes in the sample. An entity field that no event of the sample has is an error, since every event would be
 * set aside.
 * @throws LYREBIRD_NO_TIME_FIELD, LYREBIRD_NO_ENTITY_FIELD; LYREBIRD_UNKNOWN_FIELD for a field to learn that no event has
 */
export function chooseFields(
  sample: readonly LogHit[],
  wanted: Pick<EventFields, 'entityNormalise' | 'entityPattern' | 'sessions'> & { timeField?: string; entityFields: readonly string[]; excludeFields: readonly string[]; onlyFields?: readonly string[] }
): EventFields {
  const [timeField, ...otherTimeFields] = wanted.timeField === undefined ? timeFieldsOf(sample) : [wanted.timeField].filter((field) => holdsTime(sample, field));
  if (timeField === undefined) {
    throw new LyrebirdError(
      'LYREBIRD_NO_TIME_FIELD',
      `No event has a readable time in ${quote(wanted.timeField === undefined ? DEFAULT_TIME_FIELDS : [wanted.timeField])}.`,
      `Name the field that holds the event's time (time_field). Fields of the first event: ${quote(Object.keys(sample[0]?._source ?? {}).slice(0, 20))}.`
    );
  }
  const { entityNormalise, entityPattern, sessions } = wanted;
  const found = () => (entityPattern === undefined ? [...DEFAULT_ENTITY_FIELDS, ...findEntityFields(sample, DEFAULT_ENTITY_FIELDS)] : [...DEFAULT_TEXT_FIELDS]);
  const entityFields = wanted.entityFields.length > 0 ? [...wanted.entityFields] : found();
  const who = { entityFields, entityNormalise, ...(entityPattern !== undefined && { entityPattern }), ...(sessions && { sessions }) };
  if (!sample.some((hit) => entityOf(hit._source, { ...who, timeField, excludeFields: [] }) !== undefined)) {
    throw new LyrebirdError(
      'LYREBIRD_NO_ENTITY_FIELD',
      `No event has an entity in ${quote(entityFields)}${entityPattern === undefined ? '' : ` that /${entityPattern}/ finds`}.`,
      `Name the field whose value tells one user, host or account from another (entity_fields). Fields of the first event: ${quote(Object.keys(sample[0]?._source ?? {}).slice(0, 20))}.`
    );
  }
  const nowhere = wanted.onlyFields?.filter((field) => sample.every(({ _source }) => Object.keys(onlyPaths(_source, [field])).length === 0)) ?? [];
  if (nowhere.length > 0) {
    throw new LyrebirdError(
      'LYREBIRD_UNKNOWN_FIELD',
      `No event has ${quote(nowhere)}, which ${nowhere.length === 1 ? 'is one' : 'are some'} of the fields to learn.`,
      `Name fields as they are in the events (fields), such as "source.geo.*". Fields of the first event: ${quote(Object.keys(sample[0]._source).slice(0, 20))}.`
    );
  }
  return {
    timeField,
    ...(otherTimeFields.length > 0 && { otherTimeFields }),
    ...who,
    excludeFields: [...wanted.excludeFields],
    ...(wanted.onlyFields && { onlyFields: [...wanted.onlyFields] }),
  };
}

const holdsTime = (sample: readonly LogHit[], field: string): boolean => sample.some(({ _source }) => parseTime(getPath(_source, field)) !== undefined);

/** The common time field that most events have, then the others, for events that lack it. */
function timeFieldsOf(sample: readonly LogHit[]): string[] {
  const main = mostPresent(sample, DEFAULT_TIME_FIELDS, (value) => parseTime(value) !== undefined);
  const open = main === undefined ? [...sample] : sample.filter(({ _source }) => parseTime(getPath(_source, main)) === undefined);
  const others = DEFAULT_TIME_FIELDS.filter((field) => field !== main && holdsTime(open, field));
  return [...(main === undefined ? [] : [main]), ...others, ...findTimeFields(open, others)];
}

function mostPresent(sample: readonly LogHit[], paths: readonly string[], accepts: (value: Json | undefined) => boolean): string | undefined {
  let best: string | undefined;
  let most = 0;
  for (const path of paths) {
    const count = sample.reduce((sum, hit) => sum + (accepts(getPath(hit._source, path)) ? 1 : 0), 0);
    // In order of preference: a later field wins only if it is there clearly more often.
    if (count > most * 1.2) {
      best = path;
      most = count;
    }
  }
  return best;
}

function quote(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(', ');
}
