import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { LyrebirdError, evaluateOptionsSchema, type Report } from '../../common';
import { evaluateModel } from '../../models/evaluate';
import { prepareHit } from '../../models/prepare';
import type { EventFields } from '../../models/prepare';
import { readerOf } from '../sample';
import { writtenFile } from './events';
import type { Events, Written } from './events';

export interface Judgement {
  report?: Report;
  /** Events that say they are the entity's that the contender was asked to write as; absent where none was asked for. */
  as_asked?: number;
  /** Why there is no report. */
  failure?: string;
}

/** The same report for all. The model in `folder` only says how events are read. */
export async function judge(folder: string, fields: EventFields, written: string, { train, heldout }: Events, seed: number): Promise<Judgement> {
  const lines: Written[] = [];
  for await (const line of createInterface({ input: createReadStream(writtenFile(written)) })) lines.push(JSON.parse(line) as Written);
  const asked = lines.filter(({ entity }) => entity !== undefined);
  const right = asked.filter(({ entity, hit }) => {
    const event = prepareHit(hit, fields);
    return typeof event !== 'string' && event.entity === entity;
  });
  const as_asked = asked.length === 0 ? undefined : right.length / asked.length;
  try {
    const report = await evaluateModel({
      folder,
      real: { train: readerOf(train), heldout: readerOf(heldout) },
      synthetic: readerOf(lines.map(({ hit }) => hit)),
      options: evaluateOptionsSchema.parse({ seed }),
    });
    return { report, as_asked };
  } catch (error) {
    if (error instanceof LyrebirdError && error.code === 'LYREBIRD_TOO_FEW_EVENTS') return { failure: error.message, as_asked };
    throw error;
  }
}
