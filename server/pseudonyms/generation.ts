import type { Client } from '@elastic/elasticsearch';
import type { GeneratedEvent, GenerateOptions, LogEvent, ModelCard } from '../../common';
import { conditionsUnder, entityOf, type EventPseudonymiser } from '../../common/pseudonyms';
import type { ModelPseudonyms } from './model_pseudonyms';

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
    conditions: (options) => conditionsUnder(pseudonymiser, options, card),
    shown: reveal ? (event) => revealGenerated(pseudonymiser, event, card) : (event) => event,
    inLogs(entities) {
      const known = new Set(card.entities.map(({ name }) => name.toLowerCase()));
      const wanted = entities.length > 0 ? entities : card.entities.map(({ name }) => name);
      return wanted.map((name) => (known.has(name.toLowerCase()) ? pseudonymiser.revealEntity(name, card.entity_fields) : name));
    },
  };
}

/** A generated event with the identifiers that its pseudonyms stand for. */
function revealGenerated(pseudonymiser: EventPseudonymiser, event: GeneratedEvent, card: ModelCard): GeneratedEvent {
  const _source: LogEvent = pseudonymiser.reveal(event._source);
  const entity = entityOf(_source, card) ?? pseudonymiser.revealEntity(event.entity, card.entity_fields);
  return { ...event, entity, _source };
}
