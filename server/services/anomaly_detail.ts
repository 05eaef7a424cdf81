import type { Client, estypes } from '@elastic/elasticsearch';
import { DEFAULT_LOG_TYPE_FIELDS, entityIn, getPath, parseTime, type AnomalyDetail, type AnomalyRecord, type LogEvent, type ModelCard } from '../../common';
import { callElasticsearch, statusOf } from '../elasticsearch';
import { getRecord } from './anomalies_service';

const BEFORE = 20;
/** The entity's name is matched loosely in the index and exactly here, so some more are asked for. */
const ASKED = 60;
const ACTION_FIELDS = ['event.action', 'azure.signinlogs.operation_name', 'operationName', 'eventName', 'action', 'activity', 'eventType', 'message'];
const OUTCOME_FIELDS = ['event.outcome', 'outcome', 'result', 'status', 'errorCode'];
const ADDRESS_FIELDS = ['source.ip', 'client.ip', 'callerIpAddress', 'sourceIPAddress', 'ipAddress', 'src_ip', 'source.address'];

/**
 * One anomaly in full: its record, its event where that is still there and the user may read it, and what the entity did
 * before. `shown` gives the record its names back where it holds pseudonyms; `cardOf` gives the model, where there still is one, which knows the time and entity fields.
 */
export async function anomalyDetail(
  client: Client,
  id: string,
  cardOf: (modelId: string) => Promise<ModelCard | undefined>,
  shown: (record: AnomalyRecord) => Promise<AnomalyRecord> = async (record) => record
): Promise<AnomalyDetail> {
  const record = await shown(await getRecord(client, id));
  const { event: reference, model_id } = record.lyrebird;
  const [event, card] = await Promise.all([getEvent(client, reference), cardOf(model_id)]);
  const before = card && event ? await eventsBefore(client, record, card) : [];
  return { record, event, before };
}

async function getEvent(client: Client, { index, id }: { index: string; id: string }): Promise<LogEvent | undefined> {
  return callElasticsearch(
    async (transport) => {
      try {
        return (await client.get<LogEvent>({ index, id }, transport))._source;
      } catch (error) {
        // Gone with its index, or not for this user's eyes: the record stands without it.
        if (statusOf(error) === 404 || statusOf(error) === 403) return undefined;
        throw error;
      }
    },
    { doing: 'read the event' }
  );
}

async function eventsBefore(client: Client, record: AnomalyRecord, card: ModelCard): Promise<AnomalyDetail['before']> {
  const { entity } = record.lyrebird;
  const normalise = card.options.entity_normalise;
  const indices = [...new Set([record.lyrebird.event.index, ...card.indices])];
  const names = await keywordFields(client, indices, card.entity_fields);
  const should: estypes.QueryDslQueryContainer[] = names.flatMap((name): estypes.QueryDslQueryContainer[] => [
      { term: { [name]: { value: entity, case_insensitive: normalise } } },
      ...(normalise
        ? [
            { prefix: { [name]: { value: `${entity}@`, case_insensitive: true } } },
            // `EXAMPLE\\jdoe` and `arn:…/jdoe`; what else ends like this is left out below.
            { wildcard: { [name]: { value: `*?${escapeWildcard(entity)}`, case_insensitive: true } } },
          ]
        : []),
  ]);
  const answer = await callElasticsearch(
    async (transport) => {
      try {
        return await client.search<LogEvent>(
          {
            index: indices,
            ignore_unavailable: true,
            allow_no_indices: true,
            size: ASKED,
            query: { bool: { filter: [{ range: { [card.time_field]: { lt: record.timestamp } } }], should, minimum_should_match: 1 } },
            sort: [{ [card.time_field]: { order: 'desc', unmapped_type: 'date' } }],
          },
          transport
        );
      } catch (error) {
        // No right to read, or a time field that is no date here: the detail stands without the past.
        if (statusOf(error) === 400 || statusOf(error) === 403) return undefined;
        throw error;
      }
    },
    { doing: 'read the events before it' }
  );
  const events = (answer?.hits.hits ?? []).flatMap(({ _index, _source }) => {
    if (!_source || entityOf(_source, card) !== entity) return [];
    const time = parseTime(getPath(_source, card.time_field));
    if (time === undefined) return [];
    const logType = firstText(_source, DEFAULT_LOG_TYPE_FIELDS) ?? _index;
    return [{ timestamp: new Date(time).toISOString(), log_type: logType, summary: summaryOf(_source, logType) }];
  });
  return events.slice(0, BEFORE);
}

/** Those of the fields that can be searched by prefix; a text field has its exact value in a `keyword` sub-field. */
async function keywordFields(client: Client, indices: string[], fields: string[]): Promise<string[]> {
  const names = fields.flatMap((field) => [field, `${field}.keyword`]);
  const caps = await callElasticsearch(
    (transport) => client.fieldCaps({ index: indices, fields: names, ignore_unavailable: true, allow_no_indices: true }, transport),
    { doing: 'read the entity fields' }
  );
  return names.filter((name) => {
    const types = Object.keys(caps.fields[name] ?? {});
    return types.length > 0 && types.every((type) => type === 'keyword' || type === 'wildcard' || type === 'constant_keyword');
  });
}

function entityOf(event: LogEvent, card: ModelCard): string | undefined {
  const { entity_normalise: normalise, entity_pattern: pattern } = card.options;
  const raw = firstText(event, card.entity_fields);
  return raw === undefined ? undefined : entityIn(raw, { normalise, pattern });
}

/** For a person's eye: `azure.signinlogs · Sign-in activity · success · 203.0.113.7`. */
function summaryOf(event: LogEvent, logType: string): string {
  const parts = [logType, firstText(event, ACTION_FIELDS), firstText(event, OUTCOME_FIELDS), firstText(event, ADDRESS_FIELDS)];
  return parts.flatMap((part) => (part === undefined ? [] : [part.slice(0, 80)])).join(' · ');
}

function firstText(event: LogEvent, fields: readonly string[]): string | undefined {
  for (const field of fields) {
    const value = getPath(event, field);
    if (typeof value === 'string' && value !== '') return value;
    if (typeof value === 'number') return String(value);
  }
  return undefined;
}

function escapeWildcard(text: string): string {
  return text.replace(/[\\*?]/g, '\\$&');
}
