import { xoroshiro128plus } from 'pure-rand';
import { LyrebirdError } from '../../common';
import type { LogHit, Skipped, TrainOptions } from '../../common';
import { addCounts, count } from '../dataset';
import type { DatasetReader } from '../dataset';
import { chooseFields, prepareHit } from '../prepare';
import { ShardWriter } from './shards';
import { writeJson } from './stages';
import type { Layout, Prepared } from './stages';

/** Events looked at before the time and entity fields are chosen. */
const SAMPLE = 2_000;
/** Times kept (evenly, at random) to find the moment that splits off the held-out events. */
export const TIMES = 100_000;
/** Fewer say nothing about what is normal. */
const MIN_EVENTS = 10;

/** Reads the dataset once: chooses fields, sorts events by entity into shards, and finds the held-out split in time. */
export async function prepareStage(dataset: DatasetReader, files: Layout, options: TrainOptions, signal?: AbortSignal, heldoutFrom?: number): Promise<Prepared> {
  const sample: LogHit[] = [];
  const hits = dataset.hits();
  for (let i = 0; i < SAMPLE; i++) {
    const { value, done } = await hits.next();
    if (done) break;
    sample.push(value);
  }
  if (sample.length === 0) {
    throw new LyrebirdError('LYREBIRD_NO_EVENTS', `The dataset "${dataset.source}" has no events.`, 'Widen the time range or the query, or check the index name.');
  }
  const fields = chooseFields(sample, {
    timeField: options.time_field,
    entityFields: options.entity_fields,
    entityNormalise: options.entity_normalise,
    entityPattern: options.entity_pattern,
    sessions: options.sessions,
    excludeFields: options.exclude_fields,
    onlyFields: options.fields,
  });

  const skipped: Skipped = {};
  const entities = new Map<string, number>();
  const techniques = new Map<string, number>();
  const indices = new Set<string>();
  const times = new Reservoir(TIMES, options.seed);
  let [from, to] = [Infinity, -Infinity];
  const shards = await ShardWriter.create(files.shards);
  const take = async (hit: LogHit) => {
    const event = prepareHit(hit, fields);
    if (typeof event === 'string') return count(skipped, event);
    entities.set(event.entity, (entities.get(event.entity) ?? 0) + 1);
    if (event.technique !== undefined) techniques.set(event.technique, (techniques.get(event.technique) ?? 0) + 1);
    if (hit._index !== undefined) indices.add(hit._index);
    times.add(event.time);
    from = Math.min(from, event.time);
    to = Math.max(to, event.time);
    await shards.write(event);
  };
  try {
    for (const hit of sample) await take(hit);
    for await (const hit of hits) {
      if (signal?.aborted) throw cancelled();
      await take(hit);
    }
  } finally {
    await shards.close();
  }
  addCounts(skipped, dataset.skipped);
  const usable = times.seen;
  if (usable < MIN_EVENTS) {
    throw new LyrebirdError(
      'LYREBIRD_TOO_FEW_EVENTS',
      `The dataset "${dataset.source}" has ${usable} usable event${usable === 1 ? '' : 's'}; at least ${MIN_EVENTS} are needed (set aside: ${JSON.stringify(skipped)}).`,
      'Widen the time range or the query, and check the time and entity fields.'
    );
  }
  const prepared: Prepared = {
    fields,
    events: { train: 0, heldout: 0 },
    skipped,
    cutoff: heldoutFrom ?? times.quantile(1 - options.holdout),
    from,
    to,
    entities: [...entities].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)),
    techniques: [...techniques].sort(),
    indices: [...indices].sort(),
  };
  await writeJson(files.prepared, prepared);
  return prepared;
}

export function cancelled(): LyrebirdError {
  return new LyrebirdError('LYREBIRD_CANCELLED', 'Training was cancelled.', 'Resume it to go on from the last finished stage or checkpoint.');
}

/** A uniform sample of a stream of unknown length (Vitter's algorithm R). */
export class Reservoir {
  private readonly kept: number[] = [];
  private readonly random;
  seen = 0;

  constructor(
    private readonly size: number,
    seed: number
  ) {
    this.random = xoroshiro128plus(seed);
  }

  add(value: number): void {
    this.seen++;
    if (this.kept.length < this.size) {
      this.kept.push(value);
      return;
    }
    const at = Math.floor(((this.random.unsafeNext() >>> 0) / 0x1_0000_0000) * this.seen);
    if (at < this.size) this.kept[at] = value;
  }

  quantile(share: number): number {
    const sorted = Float64Array.from(this.kept).sort();
    return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
  }
}
