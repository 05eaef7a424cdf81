import type { Client } from '@elastic/elasticsearch';
import { entityName, LyrebirdError, type Anomalies, type AnomalyRecord, type ModelCard } from '../../common';
import type { EventPseudonymiser } from '../../common/pseudonyms';
import type { ModelPseudonyms } from './model_pseudonyms';

/** Who may see what a model's pseudonyms stand for: those who may read what it learned from, where the names stand in clear. */
export interface RecordReveal {
  client: Client;
  pseudonyms: ModelPseudonyms;
  /** The card of a model that the user may use; undefined for all others. */
  cardOf(modelId: string): Promise<ModelCard | undefined>;
}

/** Records as they are stored hold pseudonyms; a user who may use their model sees the names behind them. */
export async function revealAnomalies(reveal: RecordReveal, anomalies: Anomalies): Promise<Anomalies> {
  const models = new Map<string, RecordNames | undefined>();
  const namesOf = async (modelId: string) => {
    if (!models.has(modelId)) models.set(modelId, await recordNames(reveal, modelId));
    return models.get(modelId);
  };
  const records: AnomalyRecord[] = [];
  for (const record of anomalies.records) records.push((await namesOf(record.lyrebird.model_id))?.record(record) ?? record);
  // Which model an entity's name in the summary is from is not said there: one model's pseudonym is another's, the mapping being the same.
  const names = [...models.values()].find((found) => found !== undefined);
  const entities = names === undefined ? anomalies.entities : anomalies.entities.map((entity) => ({ ...entity, name: names.entity(entity.name) }));
  return { ...anomalies, records, entities };
}

/** One record; see revealAnomalies. */
export async function revealRecord(reveal: RecordReveal, record: AnomalyRecord): Promise<AnomalyRecord> {
  return (await recordNames(reveal, record.lyrebird.model_id))?.record(record) ?? record;
}

interface RecordNames {
  entity(name: string): string;
  record(record: AnomalyRecord): AnomalyRecord;
}

async function recordNames({ client, pseudonyms, cardOf }: RecordReveal, modelId: string): Promise<RecordNames | undefined> {
  const card = await cardOf(modelId);
  if (card?.options.pseudonymised === undefined) return undefined;
  let pseudonymiser: EventPseudonymiser | undefined;
  try {
    pseudonymiser = await pseudonyms.toReveal(client, card);
  } catch (error) {
    // Under another key nothing can be mapped back: the record stands with its pseudonyms.
    if (error instanceof LyrebirdError && (error.code === 'LYREBIRD_CONFLICT' || error.code === 'LYREBIRD_CORRUPT')) return undefined;
    throw error;
  }
  const entity = (name: string) => pseudonymiser.revealEntity(name, card.entity_fields);
  // `(new id)` and the like are words of ours.
  const value = (field: string, text: string) => (/^\(.*\)$/.test(text) ? text : pseudonymiser.revealValue(field.replace(/\[\d+\]/g, ''), text));
  return {
    entity,
    record: (record) => ({
      ...record,
      actual: record.actual.map((text) => value(record.field_name, text)),
      typical: record.typical.map((text) => value(record.field_name, text)),
      influencers: record.influencers.map((influencer) => ({ ...influencer, influencer_field_values: influencer.influencer_field_values.map(entity) })),
      lyrebird: {
        ...record.lyrebird,
        entity: entity(record.lyrebird.entity),
        top_fields: record.lyrebird.top_fields.map((top) => ({
          ...top,
          actual: value(top.field, top.actual),
          typical: top.typical.map((typical) => ({ ...typical, value: value(top.field, typical.value) })),
        })),
      },
    }),
  };
}

/** An entity as a person names it, as records may have it: the name itself, and its pseudonym. */
export async function entityAliases(pseudonyms: ModelPseudonyms, name: string): Promise<string[]> {
  const pseudonym = await pseudonyms.ofExisting(entityName(name, true));
  return pseudonym === undefined ? [name] : [name, pseudonym];
}
