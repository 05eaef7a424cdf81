import type { estypes } from '@elastic/elasticsearch';

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
    dynamic_templates: [{ strings: { match_mapping_type: 'string', mapping: { type: 'keyword', ignore_above: 1024 } } }],
    properties: { '@timestamp': { type: 'date' } },
  },
};
