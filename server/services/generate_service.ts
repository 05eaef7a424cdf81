import { createHash } from 'node:crypto';
import { MAX_GENERATED, startGenerateSchema, SYNTHETIC_INDEX_PREFIX, type GeneratedEvent, type GenerateOptions, type GenerateOptionsInput, type GenerateSummary, type LogEvent, type Preview, type ModelCard, type PreviewResult } from '../../common';
import type { LyrebirdConfig } from '../config';
import { BulkWriter } from '../elasticsearch';
import type { ActiveJob } from '../jobs';
import type { Logger } from '../kibana';
import type { NodeClient } from '../node';
import { generationNames, pseudonymsAudit, type GenerationNames, type ModelPseudonyms } from '../pseudonyms';
import { assertModelReadable } from './permissions';
import { recentEvents } from './recent_events';
import { defaultTarget, prepareTarget } from './target_index';
import type { Client } from '@elastic/elasticsearch';

const PREVIEW_EVENTS = 20;
const REPORT_EVERY = 100;

export interface GenerateContext {
  node: NodeClient;
  limits: LyrebirdConfig['limits'];
  pseudonyms: ModelPseudonyms;
  audit: Logger;
}

/** The first events (at most 20) of what a job with these options would write. Nothing is stored. */
export async function preview(
  { node, pseudonyms, audit }: GenerateContext,
  client: Client,
  { model_id, options, continue_last, reveal = false }: Preview,
  signal: AbortSignal,
  username?: string
): Promise<PreviewResult> {
  const card = await readableModel(node, client, model_id, options, signal);
  const names = await generationNames(pseudonyms, client, card, reveal, signal);
  const continued = await continuedOptions(client, card, names, options as GenerateOptions, continue_last, undefined, signal);
  const wanted = { ...continued, count: Math.min(options.count ?? PREVIEW_EVENTS, PREVIEW_EVENTS) };
  const stream = node.generate(model_id, names.conditions(wanted), signal);
  const events: PreviewResult['events'] = [];
  for (;;) {
    const { value, done } = await stream.next();
    if (done) {
      if (reveal) pseudonymsAudit(audit, { username, model_id, of: 'preview', count: events.length });
      return { events, malformed: value.malformed, left_out: leftOut(value) };
    }
    const { entity, log_type, technique, variant, timestamp, _source } = names.shown(value as GeneratedEvent);
    events.push({ entity, log_type, technique, variant, timestamp, _source });
  }
}

/**
 * The work of a generate job. The same model, options and seed give the same events with the same ids, so a run that was
 * killed is simply run again: what is there already counts as duplicate.
 */
export async function generate({ node, limits, pseudonyms, audit }: GenerateContext, job: ActiveJob): Promise<void> {
  const { signal, client } = job;
  const { model_id, options, continue_last, target_index, reveal = false } = startGenerateSchema.parse(job.job.params);
  job.update({ stage: 'generating', counts: { ...job.job.counts, generated: 0, written: 0, duplicate: 0, refused: 0, malformed: 0 }, refusals: {}, refusal_samples: [] });
  const card = await readableModel(node, client, model_id, options, signal);
  const names = await generationNames(pseudonyms, client, card, reveal, signal);

  const targets = new Map<string, string>();
  const targetOf = async (logType: string): Promise<string> => {
    let target = targets.get(logType);
    if (target === undefined) {
      target = target_index ?? defaultTarget(logType);
      // An index that all go into takes what any of them may have.
      const logTypes = target_index === undefined ? [logType] : options.log_types.length > 0 ? options.log_types : card.log_types.map(({ name }) => name);
      await prepareTarget(client, target, card, logTypes, signal);
      targets.set(logType, target);
      job.update({ target_index: new Set(targets.values()).size === 1 ? target : `${SYNTHETIC_INDEX_PREFIX}*` });
    }
    return target;
  };

  const writer = new BulkWriter({ client, maxBytes: limits.bulkBytes, signal });
  const run = runKey(reveal ? `${model_id}/revealed` : model_id, options);
  const mark = { synthetic: true, model_id, job_id: job.job.id, seed: options.seed, conditions: conditionsOf(reveal ? options : names.conditions(options)) };
  const started = Date.now();
  let generated = 0;
  let newest = '';
  let malformed = 0;
  let copies = { redrawn: 0, given_up: 0 };
  let left_out = 0;
  const report = () => {
    const { written, duplicate, refused, refusals } = writer.counts;
    const seconds = (Date.now() - started) / 1000;
    const done = Math.min(1, Math.max(0, shareDone(options, card, generated, newest)));
    job.update({
      counts: { ...job.job.counts, generated, written, duplicate, refused, malformed, copies_redrawn: copies.redrawn, copies_given_up: copies.given_up, left_out },
      refusals: { ...refusals },
      refusal_samples: [...writer.samples],
      progress: done,
      ...(done > 0 && { eta_seconds: Math.round((seconds / done) * (1 - done)) }),
    });
  };
  // A run that is taken up again goes on from the same events.
  const wanted = await continuedOptions(client, card, names, options, continue_last, job.job.created_at, signal);
  const stream = node.generate(model_id, names.conditions(wanted), signal);
  for (;;) {
    const { value, done } = await stream.next();
    if (done) {
      const summary = value as GenerateSummary;
      malformed = summary.malformed;
      copies = summary.copies ?? copies;
      left_out = leftOut(summary);
      break;
    }
    const event = names.shown(value as GeneratedEvent);
    generated++;
    newest = event.timestamp;
    const index = await targetOf(event.log_type);
    const lyrebird = {
      ...mark,
      seq: event.seq,
      entity: event.entity,
      ...(event.technique ? { technique: event.technique } : {}),
      ...(event.variant ? { variant: event.variant } : {}),
    };
    await writer.add({ type: 'create', index, id: eventId(run, event.seq), document: { ...event._source, lyrebird } as LogEvent });
    if (generated % REPORT_EVERY === 0) report();
  }
  await writer.flush();
  report();
  if (reveal) pseudonymsAudit(audit, { username: job.job.created_by, model_id, of: 'generation', count: generated });
  if (targets.size > 0) {
    await client.indices.refresh({ index: [...new Set(targets.values())] }, { maxRetries: 0 }).catch(() => undefined);
  }
}

const leftOut = ({ misnamed = 0, unfit = 0 }: GenerateSummary): number => misnamed + unfit;

/** The model that writes. Whoever uses it may use the one that writes a part of its events first, too. */
export async function readableModel(node: NodeClient, client: Client, modelId: string, { cascade }: Pick<GenerateOptionsInput, 'cascade'>, signal?: AbortSignal): Promise<ModelCard> {
  if (cascade !== undefined) await assertModelReadable(client, await node.model(cascade, signal));
  const card = await node.model(modelId, signal);
  await assertModelReadable(client, card);
  return card;
}

function runKey(modelId: string, options: GenerateOptions): string {
  return createHash('sha256').update(JSON.stringify([modelId, sorted(options)])).digest('hex');
}

function eventId(run: string, seq: number): string {
  return createHash('sha256').update(`${run}/${seq}`).digest('base64url').slice(0, 27);
}

/** JSON of equal options must be equal whatever the order of their keys. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, member]) => [key, sorted(member)]));
}

/** With the newest real events to go on from, where these were asked for. */
async function continuedOptions(
  client: Client,
  card: ModelCard,
  names: GenerationNames,
  options: GenerateOptions,
  last: number | undefined,
  now: string | undefined,
  signal: AbortSignal
): Promise<GenerateOptions> {
  if (last === undefined) return options;
  const entities = options.into === undefined ? options.entities : [options.into];
  return { ...options, context: await recentEvents(client, card, { last, entities: names.inLogs(entities ?? []), before: options.from ?? now }, signal) };
}

/** Of the events, or of the window where no number was asked for. */
function shareDone({ count, from, to }: GenerateOptions, { time_range }: ModelCard, generated: number, newest: string): number {
  if (count < MAX_GENERATED || to === undefined) return generated / count;
  const start = Date.parse(from ?? time_range.to);
  return newest === '' ? 0 : (Date.parse(newest) - start) / (Date.parse(to) - start);
}

function conditionsOf(options: GenerateOptions): LogEvent {
  const { entities, new_entities, like, log_types, technique, into, at, where, hours, from, to, cascade, temperature, top_p } = options;
  const given = { technique, into, at, from, to, cascade };
  return {
    entities,
    log_types,
    ...(new_entities > 0 ? { new_entities, like } : {}),
    // One keyword a condition: the fields' names must not become fields of this index.
    where: Object.entries(where).map(([field, value]) => `${field}=${typeof value === 'object' ? JSON.stringify(value) : String(value)}`),
    ...(hours ? { hours: JSON.stringify(hours) } : {}),
    ...(Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as LogEvent),
    temperature,
    top_p,
  };
}
