import { createReadStream, createWriteStream } from 'node:fs';
import { rename } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { LyrebirdError, type LogEvent, type LogHit } from '../../common';
import { splitLines, type DatasetReader } from '../dataset';
import type { Model } from '../pipeline';
import type { Chosen } from './choose';
import { readHits, type Reading } from './held_out';
import type { AugmentPlan } from './plan';
import { writeSynthetic, type LeftOut, type SyntheticHit, type WritingPlan } from './write';

/** What the writing leaves for the other stages, beside the events. */
export interface Written {
  heldoutFrom: number;
  atMost: number;
  chosen: Array<Chosen & { added: number }>;
  misnamed: number;
}

/** Writes all of a plan's events to a file, and says how many there are of whom. */
export async function writeSyntheticFile(file: string, model: Model, plan: WritingPlan, signal?: AbortSignal, onProgress?: (share: number) => void): Promise<{ added: Map<string, number>; left: LeftOut }> {
  const added = new Map<string, number>();
  let left: LeftOut = { misnamed: 0 };
  async function* lines() {
    const events = writeSynthetic(model, plan, signal, onProgress);
    for (;;) {
      const { value, done } = await events.next();
      if (done) {
        left = value;
        return;
      }
      added.set(value.entity, (added.get(value.entity) ?? 0) + 1);
      yield `${JSON.stringify(value)}\n`;
    }
  }
  await pipeline(Readable.from(lines()), createWriteStream(file));
  return { added, left };
}

export const writtenOf = ({ heldoutFrom, atMost, chosen }: AugmentPlan, { added, left }: { added: ReadonlyMap<string, number>; left: LeftOut }): Written => ({
  heldoutFrom,
  atMost,
  chosen: chosen.map((one) => ({ ...one, added: added.get(one.name) ?? 0 })),
  misnamed: left.misnamed,
});

async function* readFile(file: string): AsyncGenerator<SyntheticHit> {
  for await (const lines of splitLines(createReadStream(file), Infinity)) for (const line of lines) yield JSON.parse(line!.toString('utf8')) as SyntheticHit;
}

/** The synthetic events of a file, as they are learned: nothing in them says what they are. */
export async function* readSynthetic(file: string): AsyncGenerator<LogHit> {
  for await (const { hit } of readFile(file)) yield hit;
}

/**
 * Writes what another detector is to be trained with, a document a line: the real events before the held-out ones, but for attacks, as they
 * came; then the synthetic ones, marked by `lyrebird.synthetic`. The file is there when it is whole.
 */
export async function exportEvents(to: string, dataset: DatasetReader, reading: Reading, heldoutFrom: number, synthetic: string, mark: { model_id: string; seed: number }): Promise<void> {
  async function* lines() {
    for await (const { hit, event, label } of readHits(dataset, reading)) if (label === undefined && event.time < heldoutFrom) yield `${JSON.stringify(hit._source)}\n`;
    for await (const { hit, like } of readFile(synthetic)) {
      const marked: LogEvent = { ...hit._source, lyrebird: { synthetic: true, ...mark, like } };
      yield `${JSON.stringify(marked)}\n`;
    }
  }
  const part = `${to}.part`;
  try {
    await pipeline(Readable.from(lines()), createWriteStream(part));
    await rename(part, to);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'EACCES' && code !== 'EISDIR' && code !== 'ENOTDIR') throw error;
    throw new LyrebirdError('LYREBIRD_BAD_REQUEST', `The events cannot be written to ${to}: ${code}.`, 'Name a file in a folder that is there.', { cause: error });
  }
}
