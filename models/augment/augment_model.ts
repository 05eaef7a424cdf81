import { copyFile, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { LyrebirdError, modelCardSchema, type AugmentCard, type AugmentOptions, type AugmentStage, type LossPoint, type ModelCard } from '../../common';
import type { DatasetReader } from '../dataset';
import { claimFolder, isDone, layout, loadModel, readJson, readModelFiles, trainModel, weightsHash, writeJson, type ModelFiles } from '../pipeline';
import { prepareHit } from '../prepare';
import { Calibration, type CalibrationJson } from '../score';
import { exportEvents, readSynthetic, writeSyntheticFile, writtenOf, type Written } from './event_files';
import { heldOut, type Reading } from './held_out';
import { judge } from './judge';
import { planAugment } from './plan';

/** Share of the whole job at which each stage begins, as it goes with minutes of training on a CPU. */
const BEGINS: Record<AugmentStage, number> = { read: 0, generate: 0.03, train: 0.15, compare: 0.9 };
/** Entities listed on the card: those with the least history. */
const MOST_LISTED = 500;

export interface AugmentModelOptions {
  /** Folder of the model to start from; it is only read. */
  base: string;
  /** The events that it learned, and later ones if there are any. Read several times. */
  dataset: DatasetReader;
  /** Model folder; a second run goes on after the last finished stage. */
  folder: string;
  modelId: string;
  options: AugmentOptions;
  /** File for all that another detector is to be trained with: real events and, marked, synthetic ones. */
  eventsTo?: string;
  signal?: AbortSignal;
  onProgress?: (progress: { stage: AugmentStage; progress: number; etaSeconds?: number; points: LossPoint[] }) => void;
}

/**
 * Model and events to a model that knows entities with little history better, in four stages: read (who has little history, and who is like
 * them), generate (what they would have done before, after the habits of those), train (anew, with real and synthetic events), compare (both
 * models on events that neither was trained on). Called again on the same folder, it goes on after the last finished stage.
 *
 * @throws LYREBIRD_NOT_FOUND when there is no base, LYREBIRD_UNSUPPORTED for a base that has no entities with a history or was fine-tuned, LYREBIRD_UNKNOWN_ENTITY,
 *   LYREBIRD_NO_EVENTS when nobody has little history, or nobody is like them, LYREBIRD_TOO_FEW_EVENTS when the base's own events are not there,
 *   LYREBIRD_CANCELLED, LYREBIRD_DISK_FULL, LYREBIRD_CONFLICT when the folder holds other unfinished work
 */
export async function augmentModel({ base: baseFolder, dataset, folder, modelId, options, eventsTo, signal, onProgress }: AugmentModelOptions): Promise<ModelCard> {
  const files = layout(folder);
  if (isDone(files.card)) return modelCardSchema.parse(await readJson(files.card));
  const base = await readModelFiles(baseFolder);
  assertAugmentable(base.card);
  const hash = await weightsHash(baseFolder);
  await claimFolder(files.request, { ...options, minutes: options.minutes ?? base.card.options.minutes, base: hash });
  const report = (stage: AugmentStage, share = 0, etaSeconds?: number, points: LossPoint[] = []) => {
    if (signal?.aborted) throw cancelled();
    const next = Object.values(BEGINS).find((begin) => begin > BEGINS[stage]) ?? 1;
    onProgress?.({ stage, progress: BEGINS[stage] + share * (next - BEGINS[stage]), etaSeconds, points });
  };
  const inner = path.join(files.work, 'model');
  const [events, summary] = [path.join(files.work, 'synthetic.ndjson'), path.join(files.work, 'augment.json')];
  const reading: Reading = { fields: base.fields, logTypes: base.card.log_types.map(({ name }) => name), labelFields: options.label_fields };

  report('read');
  if (!isDone(summary)) {
    const calibration = Calibration.fromJSON(await readJson<CalibrationJson>(layout(baseFolder).calibration));
    const plan = await planAugment(dataset, reading, base.card, calibration, options);
    report('generate');
    const model = await loadModel(baseFolder, { device: options.device });
    const added = await writeSyntheticFile(events, model, plan.writing, signal, (share) => report('generate', share)).finally(() => model.dispose());
    await writeJson(summary, writtenOf(plan, added));
  }
  const written = await readJson<Written>(summary);
  assertWritten(written, base.card);
  if (eventsTo !== undefined) await exportEvents(eventsTo, dataset, reading, written.heldoutFrom, events, { model_id: base.card.id, seed: options.seed });

  report('train');
  const trained = await trainModel({
    dataset: withSynthetic(dataset, events, base),
    folder: inner,
    modelId,
    options: { ...base.card.options, name: options.name, minutes: options.minutes ?? base.card.options.minutes, max_steps: options.max_steps ?? base.card.options.max_steps, device: options.device },
    heldoutFrom: base.card.heldout_from === undefined ? undefined : Date.parse(base.card.heldout_from),
    signal,
    onProgress: ({ progress, etaSeconds, points }) => report('train', progress, etaSeconds, points),
  });

  report('compare');
  const judged = await heldOut(dataset, reading, written.heldoutFrom);
  const comparison = await judge(judged, new Set(written.chosen.map(({ name }) => name)), { base: baseFolder, augmented: inner, device: options.device, signal, onProgress: (share) => report('compare', share) });

  const card = await finish(inner, folder, trained, base, hash, options, written, comparison);
  await rm(files.work, { recursive: true, force: true });
  return card;
}

/** A copy of the trained model, with a card that says how it came about. The card comes last: a folder without it is no model. */
async function finish(inner: string, folder: string, trained: ModelCard, { card: base }: ModelFiles, hash: string, options: AugmentOptions, written: Written, comparison: AugmentCard['comparison']): Promise<ModelCard> {
  const card = path.basename(layout(folder).card);
  for (const entry of await readdir(inner, { withFileTypes: true })) {
    if (entry.isFile() && entry.name !== card) await copyFile(path.join(inner, entry.name), path.join(folder, entry.name));
  }
  const { chosen, atMost } = written;
  const augment: AugmentCard = {
    base: { id: base.id, name: base.name, weights_sha256: hash },
    options,
    at_most: atMost,
    entities: chosen.slice(0, MOST_LISTED),
    chosen: chosen.length,
    without_peers: chosen.filter(({ peers }) => peers.length === 0).length,
    added: chosen.reduce((sum, { added }) => sum + added, 0),
    comparison,
  };
  // Read with what the base learned: whoever may use the one may use the other.
  const made: ModelCard = { ...trained, source: base.source, indices: base.indices, augment };
  await writeJson(layout(folder).card, made);
  return made;
}

function assertAugmentable(card: ModelCard): void {
  const refuse = (why: string, hint: string) => new LyrebirdError('LYREBIRD_UNSUPPORTED', `The model "${card.name}" cannot be augmented: ${why}.`, hint);
  if (card.options.sessions) throw refuse('its entities are sessions, of which none has a history', 'Augment a model whose entities are users, hosts or accounts.');
  if (card.tokenizer !== 'field') throw refuse(`it has the tokenizer "${card.tokenizer}", which does not know whose value is whose`, 'Train it with the field codec.');
  if (card.finetune !== undefined) throw refuse('it was fine-tuned, and would lose that in a training anew', 'Augment its base, and fine-tune the result.');
  if (card.options.fields !== undefined) throw refuse('it learned chosen fields alone', 'Augment a model of whole events.');
}

function assertWritten({ chosen }: Written, card: ModelCard): void {
  if (chosen.some(({ added }) => added > 0)) return;
  const reason = chosen.every(({ peers }) => peers.length === 0) ? 'nobody with more history shares anything that tells some from others with them' : 'they have as much as the entity in the middle already, or those who are like them write nothing in the time before';
  throw new LyrebirdError('LYREBIRD_NO_EVENTS', `No event was written for the ${chosen.length} entities chosen from the logs of "${card.name}": ${reason}.`, 'Choose other entities, or say how many events each is to get (per_entity).');
}

/** Synthetic events, then the base's own: nothing that came after its training. */
function withSynthetic(dataset: DatasetReader, events: string, { card, fields }: ModelFiles): DatasetReader {
  const end = Date.parse(card.time_range.to);
  return {
    source: dataset.source,
    get skipped() {
      return dataset.skipped;
    },
    async *hits() {
      yield* readSynthetic(events);
      for await (const hit of dataset.hits()) {
        const read = prepareHit(hit, fields);
        // What cannot be read is counted by the training.
        if (typeof read === 'string' || read.time <= end) yield hit;
      }
    },
  };
}

const cancelled = () => new LyrebirdError('LYREBIRD_CANCELLED', 'Augmentation was cancelled.', 'Resume it to go on after the last finished stage.');
