import type { Client, estypes } from '@elastic/elasticsearch';
import { LyrebirdError, SYNTHETIC_INDEX_PREFIX, type ModelCard } from '../../common';
import { callElasticsearch, ensureIndex } from '../elasticsearch';

type Properties = Record<string, estypes.MappingProperty>;

/** What Lyrebird adds to each event that it wrote. */
const LYREBIRD_MAPPING: estypes.MappingProperty = {
  dynamic: false,
  properties: {
    synthetic: { type: 'boolean' },
    model_id: { type: 'keyword' },
    job_id: { type: 'keyword' },
    seed: { type: 'long' },
    seq: { type: 'long' },
    technique: { type: 'keyword' },
    entity: { type: 'keyword' },
    conditions: {
      properties: {
        entities: { type: 'keyword' },
        log_types: { type: 'keyword' },
        technique: { type: 'keyword' },
        where: { type: 'keyword' },
        from: { type: 'date' },
        temperature: { type: 'float' },
        top_p: { type: 'float' },
      },
    },
  },
};

/** `lyrebird-synthetic-<log type>`, as a name that Elasticsearch takes. */
export function defaultTarget(logType: string): string {
  const name = baseName(logType).toLowerCase().replace(/[^a-z0-9._-]+/g, '-').replace(/^[-_.]+|[-.]+$/g, '').slice(0, 200);
  return `${SYNTHETIC_INDEX_PREFIX}${name || 'events'}`;
}

/** `.ds-logs-x-default-2026.01.01-000001` is a backing index of `logs-x-default`. */
function baseName(index: string): string {
  return index.replace(/^\.ds-/, '').replace(/-\d{4}\.\d{2}\.\d{2}-\d{6}$/, '');
}

/**
 * Makes an index that takes the model's events of some log types: with the mappings and mapping limits of the indices that they were
 * learned from, as far as these are there and the user may see them, else with a dynamic one. An index that exists keeps what it has.
 */
export async function prepareTarget(client: Client, target: string, card: ModelCard, logTypes: readonly string[], signal?: AbortSignal): Promise<void> {
  const source = await sourceMapping(client, card, logTypes, signal);
  const mappings = { ...source?.mappings, properties: { ...source?.mappings.properties, ...ownProperties(source?.mappings.subobjects) } };
  let state: 'created' | 'present';
  try {
    state = await ensureIndex(client, { index: target, mappings, settings: source?.settings }, { signal });
  } catch (error) {
    if (!(error instanceof LyrebirdError) || error.code !== 'LYREBIRD_BAD_REQUEST' || !source) throw error;
    // A mapping may rest on what only its own index has (a plugin's field type, a data stream's settings).
    state = await ensureIndex(client, { index: target, mappings: { properties: ownProperties() } }, { signal });
  }
  if (state === 'present') {
    const found = await callElasticsearch((transport) => client.indices.getMapping({ index: target }, transport), { doing: `read the mapping of "${target}"`, signal });
    const properties = ownProperties(Object.values(found)[0]?.mappings.subobjects);
    await callElasticsearch((transport) => client.indices.putMapping({ index: target, properties }, transport), {
      doing: `add the "lyrebird" fields to the mapping of "${target}"`,
      signal,
    });
  }
}

/** The `lyrebird` fields, by their dotted names where a mapping has no objects. */
function ownProperties(subobjects?: estypes.MappingSubobjects): Properties {
  const properties = { lyrebird: LYREBIRD_MAPPING };
  return subobjects === false ? byDottedName(properties) : properties;
}

/** The fields of a mapping without its objects, which `subobjects: false` does not allow. */
function byDottedName(properties: Properties): Properties {
  const flat: Properties = {};
  for (const [name, property] of Object.entries(properties)) {
    const { type, properties: inner } = property as { type?: string; properties?: Properties };
    if (inner === undefined || (type !== undefined && type !== 'object')) flat[name] = property;
    else for (const [below, field] of Object.entries(byDottedName(inner))) flat[`${name}.${below}`] = field;
  }
  return flat;
}

/** Those of the indices learned from whose names say that they hold the log types; all of them when none does. */
function sourceIndices(card: ModelCard, logTypes: readonly string[]): string[] {
  const ofType = (logType: string): string[] => {
    const named = card.indices.filter((index) => index === logType || baseName(index).includes(logType));
    return named.length > 0 ? named : card.indices;
  };
  return [...new Set(logTypes.flatMap(ofType))];
}

export interface SourceMapping {
  mappings: estypes.MappingTypeMapping;
  /** Limits and analysers, without which the mapping is not the same. */
  settings: estypes.IndicesIndexSettings;
}

/** The mapping of the indices that the model's events of some log types were learned from; undefined where they are gone or not the user's to see. */
export async function sourceMapping(client: Client, card: ModelCard, logTypes: readonly string[], signal?: AbortSignal): Promise<SourceMapping | undefined> {
  const indices = sourceIndices(card, logTypes);
  if (indices.length === 0) return undefined;
  try {
    const request = { index: indices, ignore_unavailable: true, allow_no_indices: true };
    const found = await callElasticsearch((transport) => client.indices.getMapping(request, transport), { doing: 'read the mapping', signal });
    const mappings = Object.values(found).map((entry) => entry.mappings);
    if (mappings.length === 0) return undefined;
    const settings = await callElasticsearch((transport) => client.indices.getSettings(request, transport), { doing: 'read the settings', signal });
    const { dynamic, dynamic_templates, date_detection, numeric_detection } = mappings[0];
    // An index without objects takes documents that one with objects refuses, not the other way round.
    const subobjects = mappings.some((mapping) => mapping.subobjects === false) ? false : mappings[0].subobjects;
    // Where the sources' mappings differ, the first one wins; documents that do not fit it are counted as refused.
    const properties = mappings.map((mapping) => (subobjects === false ? byDottedName(mapping.properties ?? {}) : (mapping.properties ?? {}))).reduce(together);
    return {
      mappings: withoutUndefined({ subobjects, dynamic, dynamic_templates, date_detection, numeric_detection, properties }),
      settings: copiedSettings(Object.values(settings)[0]?.settings?.index),
    };
  } catch (error) {
    // Without the right to see it, a dynamic mapping has to do.
    if (error instanceof LyrebirdError && (error.code === 'LYREBIRD_FORBIDDEN' || error.code === 'LYREBIRD_NOT_FOUND')) return undefined;
    throw error;
  }
}

/** The fields of two mappings; of those that differ, the first one's. */
function together(first: Properties, second: Properties): Properties {
  const fields = { ...second, ...first };
  for (const name of Object.keys(first)) {
    const [one, other] = [first[name], second[name]].map((property) => (property as { properties?: Properties } | undefined)?.properties);
    if (one && other) fields[name] = { ...first[name], properties: together(one, other) } as estypes.MappingProperty;
  }
  return fields;
}

/** Limits and analysers belong to the mapping; the rest (replicas, life cycle, routing) belongs to the source index alone. */
function copiedSettings(index: estypes.IndicesIndexSettings | undefined): estypes.IndicesIndexSettings {
  const { total_fields, depth, nested_fields, nested_objects, field_name_length, coerce, ignore_malformed } = (index?.mapping ?? {}) as Record<string, unknown>;
  const fields = total_fields as { limit?: string; ignore_dynamic_beyond_limit?: string } | undefined;
  // The lyrebird object needs room of its own.
  const total = fields && { ...fields, ...(fields.limit !== undefined && { limit: Number(fields.limit) + 20 }) };
  const mapping = withoutUndefined({ total_fields: total, depth, nested_fields, nested_objects, field_name_length, coerce, ignore_malformed });
  return withoutUndefined({ mapping, analysis: index?.analysis, auto_expand_replicas: '0-1' }) as estypes.IndicesIndexSettings;
}

function withoutUndefined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as T;
}
