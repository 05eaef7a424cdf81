import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { LyrebirdError } from '../../common';
import type { Skipped } from '../../common';
import { writeFileAtomic } from '../dataset';
import type { EventFields } from '../prepare';

/** Files of a model folder. `work` holds what the stages leave for each other; it goes when the model is whole. */
export function layout(folder: string) {
  const work = path.join(folder, 'work');
  return {
    card: path.join(folder, 'model.json'),
    codec: path.join(folder, 'codec.json'),
    weights: path.join(folder, 'weights.safetensors'),
    /** Instead of weights in models that were fine-tuned by adapters. */
    adapter: path.join(folder, 'adapter.safetensors'),
    calibration: path.join(folder, 'calibration.json'),
    /** Of models whose entities are sessions: what is normal for a whole one. */
    sessions: path.join(folder, 'sessions.json'),
    fields: path.join(folder, 'fields.json'),
    /** Rare combinations of the training data, as a filter of keyed hashes. */
    guard: path.join(folder, 'guard.json'),
    work,
    request: path.join(work, 'request.json'),
    prepared: path.join(work, 'prepared.json'),
    shards: path.join(work, 'shards'),
    codecDraft: path.join(work, 'codec.json'),
    encoded: path.join(work, 'encoded.json'),
    trainTokens: path.join(work, 'train'),
    heldoutTokens: path.join(work, 'heldout'),
    training: path.join(work, 'training'),
    /** Fine-tuning: the base's weights in the new shapes, and the normal events that are replayed. */
    start: path.join(work, 'start.safetensors'),
    replayShards: path.join(work, 'replay'),
    replayTokens: path.join(work, 'replay_train'),
    replayHeldoutTokens: path.join(work, 'replay_heldout'),
  };
}
export type Layout = ReturnType<typeof layout>;

/** What `prepare` leaves. */
export interface Prepared {
  fields: EventFields;
  events: { train: number; heldout: number };
  skipped: Skipped;
  /** Events from here on (ms) are held out. */
  cutoff: number;
  /** ms */
  from: number;
  to: number;
  entities: Array<[name: string, events: number]>;
  techniques: Array<[id: string, events: number]>;
  indices: string[];
}

/** What `encode` leaves. */
export interface Encoded {
  tokens: { train: number; heldout: number };
  events: { train: number; heldout: number };
  logTypes: Array<[name: string, events: number, tokens: number]>;
  /** By technique: events of each of its attacks, one entity's each. */
  sequences?: Record<string, number[]>;
}

/** Whole or absent: a stage is finished when its file is there, so a kill between two writes costs one stage. */
export async function writeJson(file: string, value: unknown): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  await writeFileAtomic(file, JSON.stringify(value));
}

export async function readJson<T>(file: string): Promise<T> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    throw new LyrebirdError('LYREBIRD_NOT_FOUND', `There is no ${path.basename(file)} in ${path.dirname(file)}.`, 'Train a model into this folder first.', { cause });
  }
  try {
    return JSON.parse(text) as T;
  } catch (cause) {
    throw new LyrebirdError('LYREBIRD_CORRUPT', `${file} is not valid JSON.`, 'The file was damaged; train the model again.', { cause });
  }
}

/** An unfinished work goes on only with what it was started with (but for time and steps); anything else would mix two models. */
export async function claimFolder<Options extends { minutes?: number; max_steps?: number }>(file: string, options: Options): Promise<void> {
  if (!isDone(file)) return writeJson(file, options);
  const before = await readJson<object>(file);
  // More time for the same training is what resuming is for.
  const sameButTime = { ...before, minutes: options.minutes, max_steps: options.max_steps };
  if (JSON.stringify(sortKeys(sameButTime)) !== JSON.stringify(sortKeys(options))) {
    throw new LyrebirdError('LYREBIRD_CONFLICT', 'The folder holds an unfinished training with other options.', 'Resume it with its own options, or choose another folder.');
  }
}

const sortKeys = (object: object) => Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined).sort(([a], [b]) => (a < b ? -1 : 1)));

export const isDone = (file: string) => existsSync(file);
