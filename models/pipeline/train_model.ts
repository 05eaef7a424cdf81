import { copyFile, rm } from 'node:fs/promises';
import { LyrebirdError } from '../../common';
import type { ModelCard, TrainOptions, TrainStage } from '../../common';
import { codecFromJSON, sideSizes } from '../codec';
import type { Codec } from '../codec/types';
import { gptConfig, parameterCount } from '../gpt';
import { train } from '../train';
import type { TrainingResult } from '../train/types';
import { trainingPlan } from './plan';
import { cancelled, prepareStage } from './prepare_stage';
import { privacySpent } from './privacy';
import { runStage } from './run_stage';
import { claimFolder, isDone, layout, readJson, writeJson } from './stages';
import type { Encoded, Prepared } from './stages';
import type { TrainModel } from './types';

/** Sessions named on the card, the longest: what they are called says what to generate. */
const MOST_SESSIONS = 200;

/** Share of the whole job at which each stage begins, as it goes with minutes of training on a CPU. */
const BEGINS: Record<TrainStage, number> = { prepare: 0, codec: 0.05, encode: 0.1, train: 0.15, calibrate: 0.95 };

/**
 * Dataset to model folder in five stages, each leaving a file that the next one starts from: prepare (fields, streams,
 * held-out split), codec, encode, train, calibrate. Called again on the same folder, it goes on after the last finished stage.
 *
 * @throws LYREBIRD_NO_EVENTS, LYREBIRD_TOO_FEW_EVENTS, LYREBIRD_NO_TIME_FIELD, LYREBIRD_NO_ENTITY_FIELD, LYREBIRD_CANCELLED,
 *   LYREBIRD_DISK_FULL, LYREBIRD_CONFLICT when the folder holds another, unfinished training
 */
export const trainModel: TrainModel = async ({ dataset, folder, modelId, options, heldoutFrom, signal, onProgress }) => {
  if (options.sessions && options.tokenizer !== 'field') {
    throw new LyrebirdError('LYREBIRD_BAD_REQUEST', `Sessions were asked for with the tokenizer "${options.tokenizer}", which does not know when one ends.`, 'Leave out the tokenizer, or sessions.');
  }
  const files = layout(folder);
  if (isDone(files.card)) return readJson<ModelCard>(files.card);
  await claimFolder(files.request, options);
  const report = (stage: TrainStage) => {
    if (signal?.aborted) throw cancelled();
    onProgress?.({ stage, progress: BEGINS[stage], points: [] });
  };

  report('prepare');
  const prepared = isDone(files.prepared) ? await readJson<Prepared>(files.prepared) : await prepareStage(dataset, files, options, signal, heldoutFrom);
  report('codec');
  if (!isDone(files.codecDraft)) await runStage({ stage: 'codec', folder, options }, signal);
  report('encode');
  const encoded = isDone(files.encoded) ? await readJson<Encoded>(files.encoded) : await runStage<Encoded>({ stage: 'encode', folder }, signal);
  report('train');
  const codec = codecFromJSON(await readJson(files.codecDraft));
  // What a field was before belongs to another window: another example, of which a private training must not tell.
  const config = gptConfig(options.size, { vocabulary: codec.vocabulary, side: sideSizes(codec.side), former: codec.side.former && !options.privacy });
  const result = await train(trainingPlan(files, codec, config, encoded, options), {
    signal,
    // Progress goes on while an aborted training writes its checkpoint; `train` itself rejects when that is done.
    onProgress: ({ points, progress, etaSeconds }) =>
      onProgress?.({
        stage: 'train',
        progress: BEGINS.train + progress * (BEGINS.calibrate - BEGINS.train),
        etaSeconds: etaSeconds * (1 + (1 - BEGINS.calibrate)),
        points,
      }),
  });
  report('calibrate');
  const measured = await runStage<Measured>(
    { stage: 'calibrate', folder, config, weightsFile: result.weightsFile, device: options.device, seed: options.seed },
    signal
  );
  await copyFile(result.weightsFile, files.weights);
  await writeJson(files.fields, { fields: prepared.fields, config });
  const card = makeCard(modelId, dataset.source, options, prepared, encoded, codec, result, measured, {
    parameters: parameterCount(config),
    context: config.context,
  });
  // The card comes last: a folder without it is no model.
  await writeJson(files.card, card);
  await rm(files.work, { recursive: true, force: true });
  return card;
};

/** What the calibration tells the card. */
interface Measured {
  natsPerEvent: number;
  buckets: NonNullable<ModelCard['buckets']>;
}

function makeCard(
  id: string,
  source: string,
  options: TrainOptions,
  prepared: Prepared,
  encoded: Encoded,
  codec: Codec,
  result: TrainingResult,
  { natsPerEvent, buckets }: Measured,
  model: { parameters: number; context: number }
): ModelCard {
  const known = new Set(codec.entities.slice(1));
  const events = encoded.events.train + encoded.events.heldout;
  return {
    id,
    name: options.name,
    version: 1,
    created_at: new Date().toISOString(),
    source,
    indices: prepared.indices,
    tokenizer: options.tokenizer,
    size: options.size,
    parameters: model.parameters,
    context: model.context,
    vocabulary: codec.vocabulary,
    seed: options.seed,
    options,
    time_field: prepared.fields.timeField,
    entity_fields: prepared.fields.entityFields,
    entities: (prepared.fields.sessions ? prepared.entities.slice(0, MOST_SESSIONS) : prepared.entities.filter(([name]) => known.has(name))).map(([name, count]) => ({ name, events: count })),
    log_types: encoded.logTypes.map(([name, count, tokens]) => ({ name, events: count, tokens_per_event: tokens / count })),
    techniques: prepared.techniques.map(([technique, count]) => {
      const sequences = encoded.sequences?.[technique];
      return { id: technique, events: count, ...(sequences && { sequences }) };
    }),
    fields: codec.describeFields(),
    events: encoded.events,
    skipped: prepared.skipped,
    time_range: { from: new Date(prepared.from).toISOString(), to: new Date(prepared.to).toISOString() },
    heldout_from: new Date(prepared.cutoff).toISOString(),
    tokens: { ...encoded.tokens, per_event: (encoded.tokens.train + encoded.tokens.heldout) / events },
    loss: {
      train_nats_per_token: result.trainLoss,
      heldout_nats_per_token: result.heldoutLoss,
      heldout_bits_per_token: result.heldoutLoss / Math.LN2,
      heldout_nats_per_event: natsPerEvent,
      heldout_bits_per_event: natsPerEvent / Math.LN2,
    },
    training: { steps: result.steps, seconds: result.seconds, tokens_per_second: result.tokensPerSecond, device: options.device },
    loss_curve: result.curve,
    ...(Object.keys(buckets).length > 0 && { buckets }),
    privacy: privacySpent(result.privacy, model.context),
  };
}
