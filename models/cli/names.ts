import { matchesPath, type GenerateOptions, type LogEvent, type ModelCard } from '../../common';
import { conditionsUnder, entityOf, knownTo, type EventPseudonymiser } from '../../common/pseudonyms';
import type { DatasetReader } from '../dataset';
import { UsageError } from './exit_codes';
import { pseudonymiserFor, type PseudonymFlags } from './pseudonym_key';

/**
 * What is asked of a model, in its own words: to one that has learned pseudonyms, names and real events go under the same ones. Without the
 * key it takes what it knows already, such as an entity from its card.
 *
 * @throws UsageError naming the option that holds what may be a name, where no key is given; as `pseudonymiserFor` and `conditionsUnder`
 */
export async function inWordsOf(card: ModelCard, options: GenerateOptions, flags: PseudonymFlags): Promise<GenerateOptions> {
  const { pseudonymised } = card.options;
  if (pseudonymised !== undefined && flags.keyFile === undefined && !flags.pseudonymised) {
    const option = maybeNamed(card, options, pseudonymised.fields);
    if (option === undefined) return options;
    throw new UsageError(
      `${option}: the model "${card.name}" has learned pseudonyms in ${pseudonymised.fields.join(', ')}: have names replaced by the same ones with --key-file FILE, or say with --pseudonymised that these are pseudonyms already`
    );
  }
  const pseudonymiser = await pseudonymiserFor(card, flags);
  if (!pseudonymiser) return options;
  collectKnown(pseudonymiser, card);
  for (const { _source } of options.context) pseudonymiser.collect(_source as LogEvent);
  return conditionsUnder(pseudonymiser, options, card);
}

/** The option whose value the model does not know as a pseudonym, as it was typed. */
function maybeNamed(card: ModelCard, { entities, like, into, where, context }: GenerateOptions, fields: readonly string[]): string | undefined {
  if (context.length > 0) return '--continue';
  const known = knownTo(card);
  const stranger = (option: string, names: readonly string[]) => names.filter((name) => !known.entity(name)).map((name) => `${option} ${name}`)[0];
  const [condition] = Object.entries(where)
    .filter(([path]) => fields.some((field) => matchesPath(path, field)))
    .flatMap(([path, wanted]) => (Array.isArray(wanted) ? wanted : [wanted]).filter((value) => value !== null && typeof value !== 'boolean' && !known.value(path, String(value))).map((value) => (typeof value === 'object' ? `--where ${path}` : `--where ${path}=${value}`)));
  return stranger('--entity', entities) ?? stranger('--like', like) ?? stranger('--into', into === undefined ? [] : [into]) ?? condition;
}

/** Events looked at for whether they carry names. */
const LOOKED_AT = 1000;

/** Refuses events that were not written under the model's pseudonyms. @throws UsageError naming somebody whom the model knows under a pseudonym */
export async function assertPseudonyms(option: string, dataset: DatasetReader, card: ModelCard, pseudonymiser: EventPseudonymiser): Promise<void> {
  const known = knownTo(card);
  let looked = 0;
  for await (const { _source } of dataset.hits()) {
    const entity = entityOf(_source, card);
    if (entity !== undefined && !known.entity(entity) && card.entity_fields.some((field) => known.entity(pseudonymiser.value(field, entity)))) {
      throw new UsageError(`${option}: ${dataset.source} has names, such as "${entity}", where the model "${card.name}" writes pseudonyms; put them under the same ones with lyrebird pseudonymise`);
    }
    if (++looked === LOOKED_AT) return;
  }
}

/** Remembers whom the model knows, so that mentions of them are found in the values of other fields. */
function collectKnown(pseudonymiser: EventPseudonymiser, { entities, entity_fields, fields }: ModelCard): void {
  const [field] = entity_fields;
  if (field !== undefined && entity_fields.every((path) => pseudonymiser.isChosen(path))) pseudonymiser.collectPseudonyms({ [field]: entities.map(({ name }) => name) });
  for (const { path, values } of fields) pseudonymiser.collectPseudonyms({ [path]: values });
}
