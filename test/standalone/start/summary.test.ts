import { modelCardSchema, pluginJobSchema, type Anomalies, type PluginJob } from '../../../common';
import { summarise, type Outcome } from '../../../standalone/start/summary';

const NOW = '2026-01-31T00:00:00.000Z';
const job = (type: PluginJob['type'], rest: object = {}): PluginJob =>
  pluginJobSchema.parse({ id: `${type}-1`, type, state: 'completed', progress: 1, created_at: NOW, updated_at: NOW, params: {}, counts: {}, skipped: {}, refusals: {}, loss_curve: [], ...rest });

const card = modelCardSchema.parse({
  id: 'model', name: 'Model', version: 1, created_at: NOW, source: 'logs', indices: ['logs'], tokenizer: 'field', size: 'tiny', parameters: 1, context: 64, vocabulary: 10, seed: 1,
  options: {}, time_field: '@timestamp', entity_fields: ['user.name'], entities: [], log_types: [], techniques: [], fields: [],
  events: { train: 80, heldout: 10 }, skipped: {}, time_range: { from: NOW, to: NOW }, tokens: { train: 960, heldout: 120, per_event: 12.00049 },
  loss: { train_nats_per_token: 1, heldout_nats_per_token: 1.38629, heldout_bits_per_token: 2, heldout_nats_per_event: 16.6, heldout_bits_per_event: 24 },
  training: { steps: 100, seconds: 60, tokens_per_second: 5000.12345, device: 'cpu' }, loss_curve: [],
});
const anomalies: Anomalies = {
  total: 7,
  records: [
    {
      _id: 'r', job_id: 'score-1', result_type: 'record', timestamp: NOW, bucket_span: 3600, record_score: 99.98765, initial_record_score: 99.98765, probability: 0.0001,
      field_name: 'source.ip', actual: ['192.0.2.9'], typical: ['192.0.2.1'], influencers: [],
      lyrebird: { model_id: 'model', entity: 'ada', log_type: 'sign-in', surprisal: 9, event: { index: 'logs', id: 'e1' }, top_fields: [] },
    },
  ],
  timeline: [],
  entities: [],
};
const outcome = (rest: Partial<Outcome> = {}): Outcome => ({
  source: 'logs', read: 100, loadingSkipped: { malformed_json: 2 }, notes: ['a note'], split: { at: NOW, train: 90, score: 10 }, card,
  train: job('train', { skipped: { no_time: 1 } }),
  generate: job('generate', { counts: { generated: 50, malformed: 3, refused: 2, written: 30, duplicate: 15 }, refusals: { 'a: b': 2 } }),
  score: job('score', { counts: { scored: 10 }, skipped: { no_entity: 1 } }),
  anomalies, seconds: { load: 1.5 }, ...rest,
});

it('counts as valid what parses and the index took, now or in an interrupted run before', () => {
  const summary = summarise(outcome());
  expect(summary).toMatchObject({ generated: 50, valid: 45, valid_percent: 90, refused: 2, refusals: { 'a: b': 2 }, written: 30, written_before: 15 });
  expect(summary.valid).toBe(summary.written + summary.written_before);
});

it('says the loss per token in nats and bits, and all that was set aside where it was set aside', () => {
  expect(summarise(outcome())).toMatchObject({
    events_read: 100,
    trained: { events: 80, heldout: 10, steps: 100, tokens_per_second: 5000.123 },
    loss: { nats_per_token: 1.386, bits_per_token: 2 },
    tokens_per_event: 12,
    bits_per_event: 24,
    scored: 10,
    skipped: { loading: { malformed_json: 2 }, training: { no_time: 1 }, scoring: { no_entity: 1 } },
  });
});

it('names the strangest events and the field that was not expected', () => {
  expect(summarise(outcome())).toMatchObject({ anomalies: 7, top_anomalies: [{ id: 'e1', timestamp: NOW, entity: 'ada', log_type: 'sign-in', score: 99.988, field: 'source.ip', actual: ['192.0.2.9'], typical: ['192.0.2.1'] }] });
});

it('says which events were learned and which scored, also when no time parts them', () => {
  expect(summarise(outcome()).notes).toEqual(['a note', `learned from the 90 events before ${NOW}, scored the 10 from then on`]);
  expect(summarise(outcome({ split: { train: 100, score: 100 } })).notes[1]).toMatch(/all events have one time/);
});

it('has no share of nothing', () => {
  expect(summarise(outcome({ generate: job('generate') }))).toMatchObject({ generated: 0, valid: 0, valid_percent: 0 });
});
