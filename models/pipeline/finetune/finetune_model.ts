import { copyFile, rm } from 'node:fs/promises';
import path from 'node:path';
import type { FinetuneCard, FinetuneOptions, FinetuneStage, ModelCard } from '../../../common';
import { codecFromJSON, originOf } from '../../codec';
import { adapterParameterCount, parameterCount, type AdapterOptions } from '../../gpt';
import { train } from '../../train';
import type { TrainingResult } from '../../train';
import { listedLengths } from '../attack_sequences';
import { readModelFiles, weightsHash } from '../model_files';
import type { ModelFiles } from '../model_files';
import { finetunePlan } from '../plan';
import { cancelled } from '../prepare_stage';
import { privacySpent } from '../privacy';
import { runStage } from '../run_stage';
import { claimFolder, isDone, layout, readJson, writeJson } from '../stages';
import type { FinetuneModelOptions } from '../types';
import type { Counts, FinetuneEncoded } from './encode';
import type { Measured } from './measure';
import { prepareFinetune, type FinetunePrepared } from './prepare';

/** Share of the whole job at which each stage begins. */
const BEGINS: Record<FinetuneStage, number> = { prepare: 0, encode: 0.05, train: 0.15, measure: 0.95 };

/**
 * Base and a few events to a model folder, in four stages: prepare (streams; replay written by the base where the events have none), encode
 * (the base's codec and weights with new techniques), train, measure (before and after). Called again on the same folder, it goes on
 * after the last finished stage. The base is only read.
 *
 * @throws LYREBIRD_NOT_FOUND when there is no base, LYREBIRD_TOO_FEW_EVENTS, LYREBIRD_UNKNOWN_TECHNIQUE when no event has one that was
 *   asked for, LYREBIRD_CANCELLED, LYREBIRD_DISK_FULL, LYREBIRD_CONFLICT when the folder holds other unfinished work
 */
export async function finetuneModel({ base: baseFolder, dataset, folder, modelId, options, signal, onProgress }: FinetuneModelOptions): Promise<ModelCard> {
  const files = layout(folder);
  if (isDone(files.card)) return readJson<ModelCard>(files.card);
  const base = await readModelFiles(baseFolder);
  const hash = await weightsHash(baseFolder);
  await claimFolder(files.request, { ...options, base: hash });
  const report = (stage: FinetuneStage) => {
    if (signal?.aborted) throw cancelled();
    onProgress?.({ stage, progress: BEGINS[stage], points: [] });
  };

  report('prepare');
  const prepared = isDone(files.prepared) ? await readJson<FinetunePrepared>(files.prepared) : await prepareFinetune(base, dataset, files, options, signal);
  report('encode');
  const encoded = isDone(files.encoded)
    ? await readJson<FinetuneEncoded>(files.encoded)
    : await runStage<FinetuneEncoded>({ stage: 'finetune encode', folder, base: baseFolder, options }, signal);
  report('train');
  const codecJson = await readJson(files.codecDraft);
  const codec = codecFromJSON(codecJson);
  const rank = options.lora_rank;
  const lora = rank === undefined ? undefined : { rank, alpha: options.lora_alpha ?? 2 * rank, rows: codec.techniques.length - 1 };
  // What is new to the base's codec follows from the two codecs, so the card need not list it.
  const adapter: AdapterOptions | undefined = lora && { ...lora, ...originOf(base.codec, codecJson)?.added };
  const result = await train(finetunePlan(files, codec, encoded, base.card.size, adapter, options), {
    signal,
    onProgress: ({ points, progress, etaSeconds }) =>
      onProgress?.({ stage: 'train', progress: BEGINS.train + progress * (BEGINS.measure - BEGINS.train), etaSeconds, points }),
  });
  report('measure');
  const measured = await runStage<Measured>({ stage: 'finetune measure', folder, weightsFile: result.weightsFile, adapter, options }, signal);

  await copyFile(files.codecDraft, files.codec);
  await copyFile(result.weightsFile, adapter ? files.adapter : files.weights);
  // What is normal has not changed: scores stay those of the base's own held-out events.
  await copyFile(layout(baseFolder).calibration, files.calibration);
  // What the base has learned, this model can repeat.
  if (isDone(layout(baseFolder).guard)) await copyFile(layout(baseFolder).guard, files.guard);
  await writeJson(files.fields, { fields: base.fields, config: encoded.config });
  const finetune: FinetuneCard = {
    base: { id: base.card.id, name: base.card.name, weights_sha256: hash, folder: path.relative(folder, baseFolder).split(path.sep).join('/') },
    lora,
    trained_parameters: adapter ? adapterParameterCount(encoded.config, adapter) : parameterCount(encoded.config),
    options,
    techniques: encoded.techniques.map(({ lengths: _, ...technique }) => ({ ...technique, heldout_nats_per_token: measured.techniques[technique.id] })),
    learned: { events: learnedEvents(encoded), heldout_nats_per_token: measured.lesson },
    normal: { source: prepared.normal, events: encoded.replay.events, heldout_nats_per_token: measured.normal },
    privacy: privacySpent(result.privacy, encoded.config.context),
  };
  const card = makeCard(base, modelId, dataset.source, options, prepared, encoded, finetune, result);
  // The card comes last: a folder without it is no model.
  await writeJson(files.card, card);
  await rm(files.work, { recursive: true, force: true });
  return card;
}

/** Each event once, however often it was repeated. */
function learnedEvents({ techniques, lesson }: FinetuneEncoded): Counts {
  const sum = (part: keyof Counts) => techniques.reduce((events, technique) => events + technique.events[part], 0);
  return techniques.length > 0 ? { train: sum('train'), heldout: sum('heldout') } : lesson.events;
}

/** The base's card, since the model is the base's in all that fine-tuning does not change. */
function makeCard(base: ModelFiles, id: string, source: string, options: FinetuneOptions, prepared: FinetunePrepared, encoded: FinetuneEncoded, finetune: FinetuneCard, result: TrainingResult): ModelCard {
  const { card } = base;
  const known = new Map(card.techniques.map((technique) => [technique.id, technique]));
  const learned = encoded.techniques.map(({ id, events, lengths }) => {
    const before = known.get(id);
    return { id, events: (before?.events ?? 0) + events.train + events.heldout, sequences: listedLengths([...(before?.sequences ?? []), ...lengths]) };
  });
  return {
    ...card,
    id,
    name: options.name,
    created_at: new Date().toISOString(),
    source,
    // Whoever uses the model reads what it was taught, and what its base was.
    indices: [...new Set([...card.indices, ...prepared.indices])].sort(),
    parameters: parameterCount(encoded.config),
    seed: options.seed,
    techniques: [...card.techniques.filter(({ id }) => !learned.some((other) => other.id === id)), ...learned],
    skipped: prepared.skipped,
    training: { steps: result.steps, seconds: result.seconds, tokens_per_second: result.tokensPerSecond, device: options.device },
    loss_curve: result.curve,
    finetune,
  };
}
