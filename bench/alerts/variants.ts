import { generateOptionsSchema } from '../../common';
import type { Model } from '../../models/pipeline';
import { DATASETS, TECHNIQUE_IDS } from '../../simulator';
import { AROUND, type AttackSequence, type Document } from './organisation';

/** Victims of each technique; each has so many variants that they are as many together as were asked for. */
const VICTIMS = 6;

/**
 * Attacks as the model writes them: of each technique `count`, into the streams of those whom the real ones struck, at the time of these.
 *
 * @param onAttack called after each victim, with how many are done of how many
 */
export async function writeVariants(model: Model, real: readonly AttackSequence[], count: number, seed: number, onAttack?: (done: number, all: number) => void): Promise<AttackSequence[]> {
  const written: AttackSequence[] = [];
  const scenes = TECHNIQUE_IDS.flatMap((technique) => {
    const sequences = real.filter((sequence) => sequence.technique === technique);
    return Array.from({ length: VICTIMS }, (_, i) => sequences[Math.floor(((i + 0.5) * sequences.length) / VICTIMS)]);
  });
  const variants = Math.ceil(count / VICTIMS);
  for (const [i, { technique, entity, events }] of scenes.entries()) {
    const options = generateOptionsSchema.parse({ into: entity, at: new Date(events[0].time).toISOString(), technique, variants, seed: seed + i, count: 10_000_000 });
    const attacks = Array.from({ length: variants }, (): AttackSequence => ({ technique, entity, events: [], around: [] }));
    for await (const event of model.generate(options)) {
      const attack = attacks[event.variant! - 1];
      const document = documentOf(`${technique}-${i}-${event.seq}`, event);
      if (event.technique !== undefined) attack.events.push(document);
      else if (Math.abs(document.time - events[0].time) <= AROUND) attack.around.push(document);
    }
    written.push(...attacks);
    onAttack?.(i + 1, scenes.length);
  }
  return written;
}

/** What the whole organisation does from a moment on, where nobody attacks it. */
export async function writeNormal(model: Model, from: number, count: number, seed: number): Promise<Document[]> {
  const documents: Document[] = [];
  // With an end, so that everybody's stream begins before the window, as real ones do; the count ends it sooner.
  const options = generateOptionsSchema.parse({ from: new Date(from).toISOString(), to: new Date(from + 7 * 24 * 3_600_000).toISOString(), count, seed });
  for await (const event of model.generate(options)) documents.push(documentOf(`normal-${event.seq}`, event));
  return documents;
}

function documentOf(id: string, { log_type, timestamp, _source }: { log_type: string; timestamp: string; _source: Document['source'] }): Document {
  const dataset = DATASETS.find((name) => name === log_type);
  if (dataset === undefined) throw new Error(`The model wrote an event of the log type "${log_type}", which the organisation does not have.`);
  return { id, dataset, time: Date.parse(timestamp), source: _source };
}
