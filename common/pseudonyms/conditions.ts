import type { AugmentOptions } from '../augment';
import { entityIn, entityName } from '../entity';
import { LyrebirdError } from '../errors';
import type { LogEvent, LogHit } from '../events';
import type { GenerateOptions } from '../generate_options';
import type { ModelCard } from '../node_api';
import { getPath } from '../paths';
import type { EventPseudonymiser } from './event_pseudonymiser';

type Condition = GenerateOptions['where'][string];

/**
 * Conditions as a person knows them (entities, values, recent events) as a model knows them that has learned pseudonyms. What the model
 * knows already, such as a pseudonym picked from its card, stays.
 *
 * @throws LYREBIRD_UNKNOWN_ENTITY for an entity that neither the model nor the events to go on from have, by the name that was given;
 *   LYREBIRD_BAD_REQUEST for a range of a field whose values are pseudonyms
 */
export function conditionsUnder(pseudonymiser: EventPseudonymiser, options: GenerateOptions, card: ModelCard): GenerateOptions {
  const context = options.context.map((hit) => pseudonymisedHit(pseudonymiser, hit as LogHit));
  const known = knownTo(card, context.flatMap(({ _source }) => entityOf(_source, card) ?? []));
  const entity = (name: string): string => {
    if (known.entity(name)) return name;
    const normalised = entityName(name, card.options.entity_normalise);
    const pseudonym = card.entity_fields.map((field) => pseudonymiser.value(field, normalised)).find(known.entity);
    if (pseudonym !== undefined) return pseudonym;
    // Said here: the model is not told names, and its own answer would have the pseudonym in it.
    throw new LyrebirdError('LYREBIRD_UNKNOWN_ENTITY', `The model does not know the entity "${name}".`, `It has learned ${card.entities.length} entities, under pseudonyms.`);
  };
  const value = (path: string, wanted: Condition): Condition => {
    if (Array.isArray(wanted)) return wanted.map((item) => value(path, item) as string);
    if (typeof wanted === 'string') return known.value(path, wanted) ? wanted : pseudonymiser.value(path, wanted);
    if (!pseudonymiser.isChosen(path)) return wanted;
    if (typeof wanted === 'number') return known.value(path, String(wanted)) ? wanted : pseudonymiser.pseudonyms.ofNumber(wanted);
    if (typeof wanted !== 'object' || wanted === null) return wanted;
    throw new LyrebirdError('LYREBIRD_BAD_REQUEST', `A range of "${path}" was asked for, whose values the model knows as pseudonyms: these have no order.`, 'Name the values.');
  };
  return {
    ...options,
    entities: options.entities.map(entity),
    like: options.like.map(entity),
    ...(options.into === undefined ? {} : { into: entity(options.into) }),
    where: Object.fromEntries(Object.entries(options.where).map(([path, wanted]) => [path, value(path, wanted)])),
    context,
  };
}

/**
 * Entities and values to write events for, as a person knows them, as the events under pseudonyms have them. Unlike those that a model is asked
 * to write as, they may have come after its training.
 */
export function augmentationUnder(pseudonymiser: EventPseudonymiser, options: AugmentOptions, card: ModelCard): AugmentOptions {
  const known = knownTo(card);
  const entity = (name: string): string => (known.entity(name) ? name : pseudonymiser.value(card.entity_fields[0], entityName(name, card.options.entity_normalise)));
  const value = (path: string, wanted: string | number | boolean) =>
    typeof wanted === 'boolean' || known.value(path, String(wanted)) || !pseudonymiser.isChosen(path) ? wanted : typeof wanted === 'number' ? pseudonymiser.pseudonyms.ofNumber(wanted) : pseudonymiser.value(path, wanted);
  return { ...options, entities: options.entities.map(entity), where: Object.fromEntries(Object.entries(options.where).map(([path, wanted]) => [path, value(path, wanted)])) };
}

/** What a model can be asked for as it stands: who, and which values of fields; `more` entities than those of its card. */
export function knownTo(card: ModelCard, more: readonly string[] = []): { entity(name: string): boolean; value(path: string, value: string): boolean } {
  const entities = new Set([...card.entities.map(({ name }) => name), ...more].map((name) => name.toLowerCase()));
  const values = new Map(card.fields.map(({ path, values: learned }) => [path, new Set(learned)]));
  const entity = (name: string) => entities.has(name.toLowerCase());
  // Who an event is of can be said by the entity's name, too: a card lists no values of such a field.
  return { entity, value: (path, value) => values.get(path)?.has(value) === true || (card.entity_fields.includes(path) && entity(entityName(value, card.options.entity_normalise))) };
}

/** What goes to a model in place of the hit: the event under pseudonyms, without its id, which may name somebody. */
export function pseudonymisedHit(pseudonymiser: EventPseudonymiser, { _index, _source }: { _index?: string; _source: object }): LogHit {
  return { _index, _source: pseudonymiser.apply(_source as LogEvent) };
}

/** The entity that the model reads an event as; undefined where it names none. */
export function entityOf(event: LogEvent, { entity_fields, options }: Pick<ModelCard, 'entity_fields' | 'options'>): string | undefined {
  for (const field of entity_fields) {
    const found = getPath(event, field);
    const named = (typeof found === 'string' && found.trim() !== '') || typeof found === 'number' ? String(found) : undefined;
    const entity = named === undefined ? undefined : entityIn(named, { normalise: options.entity_normalise, pattern: options.entity_pattern });
    if (entity !== undefined) return entity;
  }
  return undefined;
}
