import type { Anomalies, ModelCard, PluginJob, Skipped } from '../../common';
import type { Split } from './period';

/** What `--once` prints: one line of JSON on standard output. */
export interface Summary {
  source: string;
  events_read: number;
  trained: { events: number; heldout: number; steps: number; tokens_per_second: number };
  loss: { nats_per_token: number; bits_per_token: number };
  tokens_per_event: number;
  bits_per_event: number;
  generated: number;
  valid: number;
  /** Share of the generated events that parse and that the index took, percent. */
  valid_percent: number;
  refused: number;
  refusals: Record<string, number>;
  written: number;
  /** Written by an earlier, interrupted run of the same job. */
  written_before: number;
  scored: number;
  anomalies: number;
  top_anomalies: { id: string; timestamp: string; entity: string; log_type: string; score: number; field: string; actual: string[]; typical: string[] }[];
  skipped: { loading: Skipped; training: Skipped; scoring: Skipped };
  notes: string[];
  model_id: string;
  seconds: Record<string, number>;
}

export interface Outcome {
  source: string;
  read: number;
  loadingSkipped: Skipped;
  notes: readonly string[];
  split: Split;
  card: ModelCard;
  train: PluginJob;
  generate: PluginJob;
  score: PluginJob;
  anomalies: Anomalies;
  seconds: Record<string, number>;
}

export function summarise({ source, read, loadingSkipped, notes, split, card, train, generate, score, anomalies, seconds }: Outcome): Summary {
  const { generated, malformed, refused, written, duplicate } = generate.counts;
  const valid = generated - malformed - refused;
  return {
    source,
    events_read: read,
    trained: { events: card.events.train, heldout: card.events.heldout, steps: card.training.steps, tokens_per_second: round(card.training.tokens_per_second) },
    loss: { nats_per_token: round(card.loss.heldout_nats_per_token), bits_per_token: round(card.loss.heldout_bits_per_token) },
    tokens_per_event: round(card.tokens.per_event),
    bits_per_event: round(card.loss.heldout_bits_per_event),
    generated,
    valid,
    valid_percent: generated === 0 ? 0 : round((100 * valid) / generated),
    refused,
    refusals: generate.refusals,
    written,
    written_before: duplicate,
    scored: score.counts.scored,
    anomalies: anomalies.total,
    top_anomalies: anomalies.records.map((record) => ({
      id: record.lyrebird.event.id,
      timestamp: record.timestamp,
      entity: record.lyrebird.entity,
      log_type: record.lyrebird.log_type,
      score: round(record.record_score),
      field: record.field_name,
      actual: record.actual,
      typical: record.typical,
    })),
    skipped: { loading: loadingSkipped, training: train.skipped, scoring: score.skipped },
    notes: split.at ? [...notes, `learned from the ${split.train} events before ${split.at}, scored the ${split.score} from then on`] : [...notes, 'all events have one time: they were both learned and scored'],
    model_id: card.id,
    seconds,
  };
}

const round = (value: number) => Math.round(value * 1000) / 1000;
