import { onlyPaths, trainOptionsSchema, type ModelCard } from '../../../common';
import { fitCodec, sideSizes, type PreparedEvent } from '../../../models/codec';
import type { GeneratorOptions } from '../../../models/generate';
import { createDecodingSession, gptConfig, initWeights } from '../../../models/gpt';
import { officeStreams } from '../codec/samples';

export const TECHNIQUE = 'T1098.001';
/** End of what was learned. */
export const FROM = '2026-03-02T00:00:00Z';

/** The office, with some events labelled as attacks. The model has learned nothing: what holds, the codec and the generator make hold. */
export const streams = officeStreams().map((stream) =>
  stream.map((event, i): PreparedEvent => (i % 40 < 3 ? { ...event, technique: TECHNIQUE, event: { ...event.event, threat: { technique: { id: TECHNIQUE } } } } : event))
);
export const entities = streams.map((stream) => ({ name: stream[0].entity, events: stream.length }));

/** A model that has learned the office's events, or chosen fields of them. */
function modelOf(of: PreparedEvent[][], chosen?: string[]): GeneratorOptions {
  const codec = fitCodec(of, { timeField: '@timestamp', entityFields: ['user.name'], entityNormalise: true });
  const config = gptConfig('tiny', { vocabulary: codec.vocabulary, side: sideSizes(codec.side), former: codec.side.former });
  const weights = initWeights(config, 1);
  const card = {
    entities,
    entity_fields: ['user.name', 'arn'],
    time_field: '@timestamp',
    techniques: [{ id: TECHNIQUE, events: 108, sequences: [3, 4] }],
    time_range: { from: '2026-01-05T08:00:00Z', to: FROM },
    options: trainOptionsSchema.parse({ fields: chosen }),
  } as unknown as ModelCard;
  const fields = { timeField: '@timestamp', entityFields: ['user.name', 'arn'], entityNormalise: true, excludeFields: [], onlyFields: chosen };
  return { codec, card, fields, config, createSession: (rows) => createDecodingSession(config, weights, rows, { device: 'cpu', threads: 1 }) };
}

export const office = modelOf(streams);
export const PLACE = ['source.geo.*', 'source.ip'];
/** Learned from the same events, but for all fields that have nothing to do with the place. */
export const officePlaces = (): GeneratorOptions =>
  modelOf(streams.map((stream) => stream.map((prepared) => ({ ...prepared, event: onlyPaths(prepared.event, [...PLACE, '@timestamp', 'event.dataset']) }))), PLACE);
