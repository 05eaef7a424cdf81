import type { Worker } from 'node:worker_threads';
import { LyrebirdError, type GeneratedEvent, type LogEvent, type ModelCard } from '../../common';
import type { Codec } from '../codec/types';
import type { DecodingSession, GptConfig } from '../gpt/types';
import type { EventFields } from '../prepare';
import { lessOmitted, moreOmitted, NOTHING_OMITTED, type Omitted, type StreamPlan, type WrittenEvent } from './entity_writer';
import { groupStreams, openGroup, shareOut } from './groups';
import type { MemorisationGuard } from './guard';
import { planRun, type RunOptions } from './plan_run';
import { SessionPool } from './session_pool';
import type { StreamSource } from './stream_group';
import { WritingThread } from './writing_thread';

/** Texts that are no event, for each event and beside a hundred, before it is said that the model writes none. */
const MOST_MALFORMED = 10;
/** Events from which on other threads are worth the seconds that they take to open the model. */
const WORTH_THREADS = 2000;

export interface GeneratorOptions {
  codec: Codec;
  card: ModelCard;
  fields: EventFields;
  config: GptConfig;
  createSession(rows: number): Promise<DecodingSession>;
  /** Of a model that was trained without one, absent. */
  guard?: MemorisationGuard;
  /** Long runs are written in threads that open the same model (`serveGroups`). The events are the same without them. */
  threads?: { most: number; start(): Worker };
}

export interface GenerateControl {
  signal?: AbortSignal;
  /** What was left out or drawn anew since the last call: said with the event that comes next, and at the end. */
  onOmitted?: (more: Omitted) => void;
}

/** An event whose document is JSON text as yet. */
export interface GeneratedLine extends Omit<GeneratedEvent, '_source'> {
  json: string;
}

/** As `generateLines`, with the documents read. */
export async function* generateEvents(generator: GeneratorOptions, options: RunOptions, control: GenerateControl = {}): AsyncGenerator<GeneratedEvent> {
  for await (const { json, ...event } of generateLines(generator, options, control)) yield { ...event, _source: JSON.parse(json) as LogEvent };
}

/**
 * Writes events as the model's entities would, in time order across all of them: each entity's stream is written ahead, what lies
 * before the last event of every stream is merged by time and handed over. Memory holds some thousand events, however many are
 * written. Variants of an attack come one after the other, each in time order.
 */
export async function* generateLines(generator: GeneratorOptions, options: RunOptions, control: GenerateControl = {}): AsyncGenerator<GeneratedLine> {
  const { streams, apart } = planRun(generator, options);
  const places = groupStreams(streams, generator.card, apart);
  const { groups, close } = openGroups(generator, options, streams, places);
  let seq = 0;
  try {
    for (const run of apart ? groups.map((group) => [group]) : [groups]) {
      for await (const event of apart ? oneAfterTheOther(run[0], streams, control) : merged(run, control)) {
        yield lineOf(event, streams[event.stream], seq++);
        if (seq === options.count) return;
      }
    }
  } finally {
    await close();
  }
}

function openGroups(generator: GeneratorOptions, options: RunOptions, streams: readonly StreamPlan[], places: readonly number[][]): { groups: StreamSource[]; close(): Promise<void> } {
  const { threads } = generator;
  const most = Math.min(threads?.most ?? 1, places.length);
  // Of a window no count says how many it holds: it counts as long.
  if (threads === undefined || most < 2 || options.count < WORTH_THREADS) {
    const pool = new SessionPool(generator.createSession);
    return { groups: places.map((group) => openGroup(generator, options, streams, group, pool)), close: () => pool.dispose() };
  }
  const writing = shareOut(places, most).map((share) => new WritingThread(threads.start(), options, share));
  const groups = new Map(writing.flatMap((thread) => [...thread.groups]));
  return {
    groups: places.map((_, group) => groups.get(group)!),
    close: async () => {
      await Promise.all(writing.map((thread) => thread.stop()));
    },
  };
}

/** Merges the groups' events by time; events of one time in the order of the streams. */
async function* merged(groups: readonly StreamSource[], control: GenerateControl): AsyncGenerator<WrittenEvent> {
  let written = 0;
  const { tell, tellRest } = omittedTeller(control);
  for (;;) {
    const safe = Math.min(...groups.map(({ safeTime }) => safeTime));
    const due = groups.flatMap((group) => group.take(safe)).sort((a, b) => a.time - b.time || a.stream - b.stream);
    for (const event of due) {
      written++;
      // Before the event: whoever has enough of them asks no further.
      tell(event.omitted);
      yield event;
    }
    const omitted = omittedOf(groups);
    if (omitted.malformed > MOST_MALFORMED * (written + 100)) {
      throw new LyrebirdError(
        'LYREBIRD_UNSUPPORTED',
        `${omitted.malformed} of ${omitted.malformed + written} texts that the model wrote are not JSON.`,
        'A raw tokeniser needs longer training before it writes valid events; the field tokeniser always does.'
      );
    }
    if (safe === Infinity) return tellRest(omitted);
    if (control.signal?.aborted) throw new LyrebirdError('LYREBIRD_CANCELLED', 'Generation was cancelled.', 'Start it again; events already written are kept.');
    await groups.reduce((last, group) => (group.safeTime < last.safeTime ? group : last)).advance();
  }
}

/** All events of a group's first stream, then those of the next. */
async function* oneAfterTheOther(group: StreamSource, streams: readonly StreamPlan[], control: GenerateControl): AsyncGenerator<WrittenEvent> {
  const events: WrittenEvent[] = [];
  for await (const event of merged([group], control)) events.push(event);
  yield* events.sort((a, b) => streams[a.stream].variant! - streams[b.stream].variant!);
}

/** Tells a run's control what was omitted: with the events that it came before, and at the end what came after the last. */
export function omittedTeller({ onOmitted }: GenerateControl) {
  let told = NOTHING_OMITTED;
  const tell = (omitted: Omitted | undefined): void => {
    if (!omitted) return;
    told = moreOmitted(told, omitted);
    onOmitted?.(omitted);
  };
  return { tell, tellRest: (all: Omitted): void => tell(lessOmitted(all, told)) };
}

/** Adds up what a run omits. */
export class OmittedCount {
  private all = NOTHING_OMITTED;

  readonly onOmitted = (more: Omitted): void => {
    this.all = moreOmitted(this.all, more);
  };

  /** As the summary of a run has it; `unfit` is for runs of two models. */
  summary(cascade: boolean): { malformed: number; copies: { redrawn: number; given_up: number }; misnamed: number; unfit?: number } {
    const { malformed, redrawn, given_up, misnamed, unfit } = this.all;
    return { malformed, copies: { redrawn, given_up }, misnamed, ...(cascade && { unfit }) };
  }
}

export const omittedOf = (groups: readonly StreamSource[]): Omitted => groups.reduce((sum, group) => moreOmitted(sum, group.omitted), NOTHING_OMITTED);

export function lineOf({ time, logType, json, technique }: WrittenEvent, { name, variant }: StreamPlan, seq: number): GeneratedLine {
  return { seq, entity: name, log_type: logType, ...(technique !== undefined && { technique }), ...(variant !== undefined && { variant }), timestamp: new Date(time).toISOString(), json };
}
