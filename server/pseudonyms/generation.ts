import type { Client } from '@elastic/elasticsearch';
import { entityName, getPath, LyrebirdError, type GeneratedEvent, type GenerateOptions, type LogEvent, type LogHit, type ModelCard } from '../../common';
import type { EventPseudonymiser } from '../../common/pseudonyms';
import { pseudonymisedHit, type ModelPseudonyms } from './model_pseudonyms';

/** What stands between a person and a model that writes pseudonyms. */
export interface GenerationNames {
  conditions(options: GenerateOptions): GenerateOptions;
  shown(event: GeneratedEvent): GeneratedEvent;
  /** The names that entities have in the organisation's own logs; of all that the model knows where none is given. */
  inLogs(entities: readonly string[]): readonly string[];
}

/**
 * For a model that learned its logs as they were, nothing changes. `reveal` gives events their identifiers back; that the user may have that
 * is for the caller to check.
 */
export async function generationNames(pseudonyms: ModelPseudonyms, client: Client, card: ModelCard, reveal: boolean, signal?: AbortSignal): Promise<GenerationNames> {
  if (card.options.pseudonymised === undefined) return { conditions: (options) => options, shown: (event) => event, inLogs: (entities) => entities };
  const pseudonymiser = await pseudonyms.toReveal(client, card, signal);
  return {
    conditions: (options) => translateConditions(pseudonymiser, options, card),
    shown: reveal ? (event) => revealGenerated(pseudonymiser, event, card) : (event) => event,
    inLogs(entities) {
      const known = new Set(card.entities.map(({ name }) => name.toLowerCase()));
      const wanted = entities.length > 0 ? entities : card.entities.map(({ name }) => name);
      return wanted.map((name) => (known.has(name.toLowerCase()) ? pseudonymiser.revealEntity(name, card.entity_fields) : name));
    },
  };
}

/**
 * Conditions as a person knows them (entities, values, recent events) as the model knows them. What the model knows already, such as a
 * pseudonym picked from its card, stays.
 */
function translateConditions(pseudonymiser: EventPseudonymiser, options: GenerateOptions, card: ModelCard): GenerateOptions {
  const entities = new Set(card.entities.map(({ name }) => name.toLowerCase()));
  const values = new Map(card.fields.map(({ path, values: known }) => [path, new Set(known)]));
  const entity = (name: string): string => {
    if (entities.has(name.toLowerCase())) return name;
    const normalised = entityName(name, card.options.entity_normalise);
    const [pseudonym] = card.entity_fields.map((field) => pseudonymiser.value(field, normalised));
    if (pseudonym !== undefined && entities.has(pseudonym.toLowerCase())) return pseudonym;
    // Said here: the node is not told names.
    throw new LyrebirdError('LYREBIRD_UNKNOWN_ENTITY', `The model does not know the entity "${name}".`, `It has learned ${card.entities.length} entities, under pseudonyms.`);
  };
  const value = <T>(path: string, wanted: T): T => {
    if (Array.isArray(wanted)) return wanted.map((item) => value(path, item as unknown)) as T;
    if (typeof wanted !== 'string' || values.get(path)?.has(wanted)) return wanted;
    return pseudonymiser.value(path, wanted) as T;
  };
  return {
    ...options,
    entities: options.entities.map(entity),
    like: options.like.map(entity),
    ...(options.into === undefined ? {} : { into: entity(options.into) }),
    where: Object.fromEntries(Object.entries(options.where).map(([path, wanted]) => [path, value(path, wanted)])),
    context: options.context.map((hit) => pseudonymisedHit(pseudonymiser, hit as LogHit)),
  };
}

/** A generated event with the identifiers that its pseudonyms stand for. */
function revealGenerated(pseudonymiser: EventPseudonymiser, event: GeneratedEvent, card: ModelCard): GeneratedEvent {
  const _source: LogEvent = pseudonymiser.reveal(event._source);
  const named = card.entity_fields.map((field) => getPath(_source, field)).find((value) => typeof value === 'string' && value !== '');
  const entity = typeof named === 'string' ? entityName(named, card.options.entity_normalise) : pseudonymiser.revealEntity(event.entity, card.entity_fields);
  return { ...event, entity, _source };
}
