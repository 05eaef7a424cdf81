import { createHash } from 'node:crypto';
import type { estypes } from '@elastic/elasticsearch';
import { evidenceOf, surpriseOf, type AnomalyRecord, type ScoredEvent } from '../../common';

const keyword: estypes.MappingProperty = { type: 'keyword', ignore_above: 1024 };

/** Field names as in Elastic's machine learning results. */
export const ANOMALIES_MAPPING: estypes.MappingTypeMapping = {
  dynamic: false,
  properties: {
    job_id: keyword,
    result_type: keyword,
    timestamp: { type: 'date' },
    bucket_span: { type: 'long' },
    record_score: { type: 'double' },
    initial_record_score: { type: 'double' },
    anomaly_score: { type: 'double' },
    initial_anomaly_score: { type: 'double' },
    influencer_score: { type: 'double' },
    initial_influencer_score: { type: 'double' },
    influencer_field_name: keyword,
    influencer_field_value: keyword,
    event_count: { type: 'long' },
    probability: { type: 'double' },
    field_name: keyword,
    actual: keyword,
    typical: keyword,
    influencers: { properties: { influencer_field_name: keyword, influencer_field_values: keyword } },
    lyrebird: {
      properties: {
        model_id: keyword,
        entity: keyword,
        log_type: keyword,
        surprisal: { type: 'double' },
        records: { type: 'long' },
        breadth: { type: 'double' },
        level: { type: 'double' },
        odds: { type: 'double' },
        initial_odds: { type: 'double' },
        batch: { type: 'long' },
        own: { type: 'object', enabled: false },
        rates: { type: 'object', enabled: false },
        ignored_by: keyword,
        hidden_score: { type: 'double' },
        event: { properties: { index: keyword, id: keyword } },
        top_fields: { type: 'object', enabled: false },
      },
    },
  },
};

export interface ScoringRun {
  jobId: string;
  modelId: string;
  /** Seconds. */
  bucketSpan: number;
  /** Name of the field that entities come from, for the influencers. */
  entityField: string;
  /** Events that score less are no records. */
  minRecordScore: number;
}

/** Documents of one thing have one id, so that writing them again replaces them. */
export function anomalyId(...parts: Array<string | number>): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url').slice(0, 27);
}

export function recordOf({ jobId, modelId, bucketSpan, entityField, minRecordScore }: ScoringRun, event: Omit<ScoredEvent, 'seq'>, reference: { index: string; id: string }): Omit<AnomalyRecord, '_id'> {
  const [first] = event.top_fields;
  return {
    job_id: jobId,
    result_type: 'record',
    timestamp: event.timestamp,
    bucket_span: bucketSpan,
    record_score: event.score,
    initial_record_score: event.initial_score,
    probability: event.probability,
    field_name: first?.field ?? '@structure',
    actual: first ? [first.actual] : [],
    typical: first ? first.typical.map(({ value }) => value) : [],
    influencers: [{ influencer_field_name: entityField, influencer_field_values: [event.entity] }],
    lyrebird: {
      model_id: modelId,
      entity: event.entity,
      log_type: event.log_type,
      surprisal: event.surprisal,
      // What was none when it came counts among these already, with what could be said then.
      breadth: breadthOf(event.score) - (event.initial_score < minRecordScore ? breadthOf(event.initial_score) : 0),
      event: reference,
      top_fields: event.top_fields,
    },
  };
}

const breadthOf = (score: number): number => evidenceOf(surpriseOf(score)).breadth;

/** A record that a rule hides: it keeps what the model said, and counts nowhere. */
export function hiddenBy(rule: string, record: Omit<AnomalyRecord, '_id'>): Omit<AnomalyRecord, '_id'> {
  return { ...record, record_score: 0, lyrebird: { ...record.lyrebird, ignored_by: rule, hidden_score: record.record_score } };
}

/** The record as it was before a rule hid it. */
export function shownAgain({ lyrebird: { ignored_by: _rule, hidden_score, ...lyrebird }, ...record }: Omit<AnomalyRecord, '_id'>): Omit<AnomalyRecord, '_id'> {
  return { ...record, record_score: hidden_score ?? record.record_score, lyrebird };
}
