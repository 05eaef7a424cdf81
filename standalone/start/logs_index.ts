import type { estypes } from '@elastic/elasticsearch';
import type { Json, LogEvent } from '../../common';

const STRING: estypes.MappingProperty = { type: 'keyword', ignore_above: 1024 };

/**
 * A mapping for logs of unknown shape. `subobjects: false` keeps leaf fields by their dotted names, so `user` may be a
 * string in one event and an object in the next; values that do not fit their field stay in the document unindexed.
 */
export const LOGS_INDEX: Pick<estypes.IndicesCreateRequest, 'mappings' | 'settings'> = {
  settings: {
    number_of_shards: 1,
    number_of_replicas: 0,
    'index.mapping.ignore_malformed': true,
    'index.mapping.total_fields.limit': 5000,
    'index.mapping.total_fields.ignore_dynamic_beyond_limit': true,
    'index.mapping.depth.limit': 500,
  },
  mappings: {
    subobjects: false,
    // A first value that looks like a date would refuse all later ones that do not.
    date_detection: false,
    numeric_detection: false,
    dynamic_templates: [{ strings: { match_mapping_type: 'string', mapping: STRING } }],
    properties: { '@timestamp': { type: 'date' } },
  },
};

/** Names that Elasticsearch keeps for itself at the top of a document. */
const RESERVED = new Set(['_id', '_index', '_source', '_routing', '_ignored', '_type', '_field_names', '_seq_no', '_version', '_size', '_doc_count', '_tier', '_nested_path', '_ignored_source']);

/** The event under names that an index takes: `_id` becomes `id`, or `id_` where that is taken. `onRename` hears of each. */
export function withoutReserved(event: LogEvent, onRename: (name: string) => void): LogEvent {
  if (!Object.keys(event).some((name) => RESERVED.has(name))) return event;
  return Object.fromEntries(
    Object.entries(event).map(([name, value]) => {
      if (!RESERVED.has(name)) return [name, value];
      onRename(name);
      let other = name.slice(1);
      while (Object.hasOwn(event, other)) other += '_';
      return [other, value];
    })
  );
}

/** Room is left for fields that come later. */
const MAX_FIELDS = 4500;
/** Names that Elasticsearch takes: no part of them is empty. */
const NAMEABLE = /^[^.]+(\.[^.]+)*$/;

/**
 * The fields of a log, mapped as Elasticsearch would map them one by one as they come; all at once takes a moment where a log of many shapes
 * would take minutes.
 */
export class FieldMapping {
  readonly properties: Record<string, estypes.MappingProperty> = {};
  private fields = 0;

  add(event: LogEvent): void {
    for (const [name, value] of Object.entries(event)) this.addValue(name, value);
  }

  private addValue(name: string, value: Json): void {
    if (value === null || this.fields >= MAX_FIELDS) return;
    if (Array.isArray(value)) value.forEach((item) => this.addValue(name, item));
    else if (typeof value === 'object') for (const [key, inner] of Object.entries(value)) this.addValue(`${name}.${key}`, inner);
    else if (!Object.hasOwn(this.properties, name) && NAMEABLE.test(name) && name.trim() === name && name.length <= MAX_NAME) {
      this.properties[name] = propertyOf(value);
      this.fields++;
    }
  }
}

const MAX_NAME = 255;

function propertyOf(value: string | number | boolean): estypes.MappingProperty {
  if (typeof value === 'string') return STRING;
  if (typeof value === 'boolean') return { type: 'boolean' };
  return { type: Number.isSafeInteger(value) ? 'long' : 'float' };
}
