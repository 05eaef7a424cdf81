import { LyrebirdError, generateOptionsSchema } from '../../../common';
import type { FinetuneOptions, Skipped } from '../../../common';
import { codecFromJSON } from '../../codec';
import type { PreparedEvent } from '../../codec/types';
import { addCounts, count } from '../../dataset';
import type { DatasetReader } from '../../dataset';
import { asKnownType, prepareHit, type EventFields } from '../../prepare';
import { loadModel } from '../load_model';
import type { ModelFiles } from '../model_files';
import { Reservoir, TIMES, cancelled } from '../prepare_stage';
import { ShardWriter } from '../shards';
import { writeJson } from '../stages';
import type { Layout } from '../stages';

/** Fewer events to learn from than this say nothing. */
const MIN_EVENTS = 3;
/** Below this many normal events in the dataset the base writes some. */
const MIN_NORMAL = 50;
/** Events that the base writes for replay: so many for each to learn, within bounds; and how long before the first of these they begin, ms. */
const WRITTEN_PER_EVENT = 4;
const WRITTEN_BY_BASE = { least: 300, most: 2_000 };
const DAYS_BEFORE = 3 * 24 * 60 * 60 * 1000;

/** What the preparation leaves for the other stages. */
export interface FinetunePrepared {
  fields: EventFields;
  skipped: Skipped;
  indices: string[];
  /** Techniques that the events are labelled with, by id. */
  techniques: string[];
  /** Events with a label; when there are none, all events are learned. */
  labelled: number;
  /** Where the normal events for replay come from: the same streams, shards of their own, or nowhere. */
  normal: 'dataset' | 'base' | 'none';
  /** From here on (ms) unlabelled events, and replayed ones, are held out. */
  cutoff: number;
  replayCutoff: number;
  from: number;
}

/** Reads the events with the base's own fields, sorted by entity into shards; the base writes normal events where the dataset has none. */
export async function prepareFinetune(base: ModelFiles, dataset: DatasetReader, files: Layout, options: FinetuneOptions, signal?: AbortSignal): Promise<FinetunePrepared> {
  const codec = codecFromJSON(base.codec);
  const logTypes = new Set(codec.logTypes);
  const fields = { ...base.fields, excludeFields: [...base.fields.excludeFields] };
  // The label is a condition. Where the base has never seen it as a field, its events must not learn to spell it.
  if (codec.kind === 'field' && !codec.describeFields().some(({ path }) => path.startsWith('threat.'))) fields.excludeFields.push('threat');

  const skipped: Skipped = {};
  const techniques = new Set<string>();
  const labels = new Set<string>();
  const indices = new Set<string>();
  const normalTimes = new Reservoir(TIMES, options.seed);
  let labelled = 0;
  let [from, firstLabelled] = [Infinity, Infinity];
  const take = async (event: PreparedEvent, shards: ShardWriter) => {
    if (event.technique === undefined) normalTimes.add(event.time);
    else {
      labelled += 1;
      techniques.add(event.technique);
      firstLabelled = Math.min(firstLabelled, event.time);
    }
    from = Math.min(from, event.time);
    await shards.write(event);
  };
  const shards = await ShardWriter.create(files.shards);
  try {
    for await (const hit of dataset.hits()) {
      if (signal?.aborted) throw cancelled();
      const read = prepareHit(hit, fields);
      if (typeof read === 'string') {
        count(skipped, read);
        continue;
      }
      const event = asKnownType(read, hit, codec.logTypes);
      const technique = event.technique ?? options.label;
      if (technique !== undefined) labels.add(technique);
      if (codec.kind === 'field' && !logTypes.has(event.logType)) count(skipped, 'unknown_log_type');
      else if (technique !== undefined && options.techniques.length > 0 && !options.techniques.includes(technique)) count(skipped, 'other_technique');
      else {
        if (hit._index !== undefined) indices.add(hit._index);
        await take({ ...event, technique }, shards);
      }
    }
  } finally {
    await shards.close();
  }
  addCounts(skipped, dataset.skipped);
  const missing = options.techniques.filter((id) => !techniques.has(id));
  if (missing.length > 0) {
    throw new LyrebirdError(
      'LYREBIRD_UNKNOWN_TECHNIQUE',
      `No event of "${dataset.source}" is labelled with ${missing.join(', ')}.`,
      labels.size > 0 ? `It has events of ${[...labels].sort().join(', ')}.` : 'Events are labelled by threat.technique.id or threat.technique.subtechnique.id; or name the technique of all unlabelled events (label).'
    );
  }
  const lesson = labelled > 0 ? labelled : normalTimes.seen;
  if (lesson < MIN_EVENTS) {
    throw new LyrebirdError(
      'LYREBIRD_TOO_FEW_EVENTS',
      `"${dataset.source}" has ${lesson} usable event${lesson === 1 ? '' : 's'} to learn; at least ${MIN_EVENTS} are needed (set aside: ${JSON.stringify(skipped)}).`,
      `The base "${base.card.name}" reads the time from "${fields.timeField}", the entity from ${fields.entityFields.map((field) => `"${field}"`).join(', ')}, and knows the log types ${codec.logTypes.map((name) => `"${name}"`).join(', ')}.`
    );
  }
  const prepared: FinetunePrepared = {
    fields,
    skipped,
    indices: [...indices].sort(),
    techniques: [...techniques].sort(),
    labelled,
    normal: options.replay === 0 ? 'none' : labelled > 0 && normalTimes.seen >= MIN_NORMAL ? 'dataset' : 'base',
    cutoff: normalTimes.seen > 0 ? normalTimes.quantile(1 - options.holdout) : Infinity,
    replayCutoff: Infinity,
    from,
  };
  if (prepared.normal === 'base') {
    const events = Math.min(WRITTEN_BY_BASE.most, Math.max(WRITTEN_BY_BASE.least, WRITTEN_PER_EVENT * lesson));
    prepared.replayCutoff = await writeByBase(base, files, events, Math.min(from, firstLabelled), options, signal);
  }
  await writeJson(files.prepared, prepared);
  return prepared;
}

/** Events as the base writes them, in shards of their own. Returns the time that splits off the held-out ones, ms. */
async function writeByBase(base: ModelFiles, files: Layout, events: number, first: number, options: FinetuneOptions, signal?: AbortSignal): Promise<number> {
  const model = await loadModel(base.folder, { device: options.device });
  const times = new Reservoir(TIMES, options.seed);
  const shards = await ShardWriter.create(files.replayShards);
  try {
    const wanted = generateOptionsSchema.parse({ count: events, from: new Date(first - DAYS_BEFORE).toISOString(), seed: options.seed });
    for await (const { entity, timestamp, log_type, _source } of model.generate(wanted, { signal })) {
      const time = Date.parse(timestamp);
      times.add(time);
      await shards.write({ entity, time, logType: log_type, event: _source });
    }
  } finally {
    await shards.close();
    await model.dispose();
  }
  return times.quantile(1 - options.holdout);
}
