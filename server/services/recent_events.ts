import type { Client, estypes } from '@elastic/elasticsearch';
import { entityIn, entityName, getPath, LyrebirdError, type LogEvent, type LogHit, type ModelCard } from '../../common';
import { findTimeField, noTimeField } from './time_field';
import { PointInTime } from './point_in_time';

const PAGE = 1000;
/** Events looked at for the newest of each entity: what is older says little about what comes next. */
const MOST_READ = 20_000;

export interface RecentEvents {
  /** Of each entity, at most. */
  last: number;
  /** Whose; empty: of all that the model knows. */
  entities: readonly string[];
  /** Only what happened before this time, ISO 8601. */
  before?: string;
}

/**
 * The newest events of each entity, oldest first, read as the current user from the indices that the model learned from.
 *
 * @throws LYREBIRD_NO_EVENTS when there are none, and what reading an index throws
 */
export async function recentEvents(client: Client, card: ModelCard, { last, entities, before }: RecentEvents, signal?: AbortSignal): Promise<LogHit[]> {
  const index = card.indices.join(',');
  if (index === '') throw new LyrebirdError('LYREBIRD_NO_EVENTS', `Model "${card.id}" was not learned from an index, so there are no recent events to go on from.`, 'Give the events themselves (context), or start without any.');
  const timeField = await findTimeField(client, { index, time_field: card.time_field }, signal);
  if (!timeField) throw noTimeField({ index, time_field: card.time_field });
  const wanted = new Set((entities.length > 0 ? entities : card.entities.map(({ name }) => name)).map((name) => entityName(name, card.options.entity_normalise)));
  const found = new Map<string, LogHit[]>();
  const query: estypes.QueryDslQueryContainer = {
    bool: {
      filter: [{ exists: { field: timeField.name } }, ...(before === undefined ? [] : [{ range: { [timeField.name]: { lt: before } } }])],
      must_not: [{ term: { 'lyrebird.synthetic': true } }],
    },
  };
  const view = await PointInTime.open({ client, index, signal });
  try {
    let after;
    for (let read = 0; read < MOST_READ && wanted.size > 0; ) {
      const { hits } = await view.page({ query, sort: [{ [timeField.name]: { order: 'desc' } }, { _shard_doc: 'asc' }], size: PAGE, after });
      if (hits.length === 0) break;
      read += hits.length;
      after = hits[hits.length - 1].sort;
      for (const { _id, _index, _source } of hits) {
        const entity = entityOf(_source as LogEvent, card);
        if (entity === undefined || !wanted.has(entity)) continue;
        const events = found.get(entity) ?? [];
        events.push({ _id, _index, _source: _source as LogEvent });
        found.set(entity, events);
        if (events.length === last) wanted.delete(entity);
      }
    }
  } finally {
    await view.close();
  }
  const events = [...found.values()].flat().reverse();
  if (events.length === 0) {
    throw new LyrebirdError('LYREBIRD_NO_EVENTS', `"${index}" has no recent events of ${entities.length > 0 ? entities.map((name) => `"${name}"`).join(', ') : 'the entities that the model knows'}.`, 'Choose other entities, or start without recent events.');
  }
  return events;
}

function entityOf(event: LogEvent, card: ModelCard): string | undefined {
  const { entity_normalise: normalise, entity_pattern: pattern } = card.options;
  for (const path of card.entity_fields) {
    const value = getPath(event, path);
    if (typeof value === 'number' || typeof value === 'boolean') return String(value);
    if (typeof value === 'string' && value.trim() !== '') return entityIn(value, { normalise, pattern });
  }
  return undefined;
}
