import { LyrebirdError, type GeneratedEvent, type GenerateOptions, type ModelCard } from '../../common';
import type { Codec } from '../codec/types';
import type { DecodingSession } from '../gpt/types';
import type { EventFields } from '../prepare';
import { EntityWriter, type StreamPlan, type WrittenEvent } from './entity_writer';
import type { MemorisationGuard } from './guard';
import { temperature, topP } from './logits';
import { planRun } from './plan_run';
import { GROUP_ROWS, SessionPool, StreamGroup, sumOfCopies, type Copies, type StreamSource } from './stream_group';

/** Texts that are no event, for each event and beside a hundred, before it is said that the model writes none. */
const MOST_MALFORMED = 10;

export interface GeneratorOptions {
  codec: Codec;
  card: ModelCard;
  fields: EventFields;
  context: number;
  createSession(rows: number): Promise<DecodingSession>;
  /** Of a model that was trained without one, absent. */
  guard?: MemorisationGuard;
}

export interface GenerateControl {
  signal?: AbortSignal;
  onMalformed?: (count: number) => void;
  /** Further events that repeated a rare training event. */
  onCopies?: (copies: Copies) => void;
}

/**
 * Writes events as the model's entities would, in time order across all of them: each entity's stream is written ahead, what lies
 * before the last event of every stream is merged by time and handed over. Memory holds some thousand events, however many are
 * written. Variants of an attack come one after the other, each in time order.
 */
export async function* generateEvents(generator: GeneratorOptions, options: GenerateOptions, control: GenerateControl = {}): AsyncGenerator<GeneratedEvent> {
  const { streams, apart } = planRun(generator, options);
  const pool = new SessionPool(generator.createSession);
  const open = (plans: readonly StreamPlan[]) => openGroup(generator, options, plans, pool);
  const parts = inGroups(streams);
  let groups: StreamSource[] = [];
  let seq = 0;
  try {
    for (const run of apart ? parts.map((part) => [part]) : [parts]) {
      groups = run.map(open);
      for await (const event of apart ? oneAfterTheOther(groups[0], control) : merged(groups, options.count, control)) {
        yield { seq: seq++, ...toGenerated(event) };
        if (seq === options.count) return;
      }
      for (const group of groups) await group.dispose();
    }
  } finally {
    for (const group of groups) await group.dispose();
  }
}

/** Equal parts of at most a group's rows: which stream is in which group hangs on the streams alone. */
function inGroups<T>(streams: readonly T[]): T[][] {
  const count = Math.max(1, Math.ceil(streams.length / GROUP_ROWS));
  return Array.from({ length: count }, (_, group) => streams.slice(Math.floor((group * streams.length) / count), Math.floor(((group + 1) * streams.length) / count)));
}

function openGroup({ codec, context, guard }: GeneratorOptions, options: GenerateOptions, plans: readonly StreamPlan[], pool: SessionPool): StreamSource {
  const writers = plans.map((plan) => new EntityWriter(codec, plan, options.seed, context, options.memorisation_guard ? guard : undefined));
  return new StreamGroup(writers, { vocabulary: codec.vocabulary, context }, [temperature(options.temperature), topP(options.top_p)], pool);
}

/** Merges the groups' events by time; events of one time in the order of the streams. */
async function* merged(groups: readonly StreamSource[], count: number, { signal, onMalformed, onCopies }: GenerateControl): AsyncGenerator<WrittenEvent> {
  let written = 0;
  let malformed = 0;
  let copies: Copies = { redrawn: 0, given_up: 0 };
  for (;;) {
    const safe = Math.min(...groups.map(({ safeTime }) => safeTime));
    // Before the events: whoever has enough of them asks no further.
    const repeated = sumOfCopies(groups);
    if (repeated.redrawn > copies.redrawn || repeated.given_up > copies.given_up) onCopies?.({ redrawn: repeated.redrawn - copies.redrawn, given_up: repeated.given_up - copies.given_up });
    copies = repeated;
    const due = groups.flatMap((group) => group.take(safe)).sort((a, b) => a.time - b.time);
    for (const event of due) {
      written++;
      yield event;
    }
    const bad = groups.reduce((sum, group) => sum + group.malformed, 0);
    if (bad > malformed) onMalformed?.(bad - malformed);
    malformed = bad;
    if (malformed > MOST_MALFORMED * (written + 100)) {
      throw new LyrebirdError(
        'LYREBIRD_UNSUPPORTED',
        `${malformed} of ${malformed + written} texts that the model wrote are not JSON.`,
        'A raw tokeniser needs longer training before it writes valid events; the field tokeniser always does.'
      );
    }
    if (safe === Infinity || written >= count) return;
    if (signal?.aborted) throw new LyrebirdError('LYREBIRD_CANCELLED', 'Generation was cancelled.', 'Start it again; events already written are kept.');
    await groups.reduce((last, group) => (group.safeTime < last.safeTime ? group : last)).advance();
  }
}

/** All events of a group's first stream, then those of the next. */
async function* oneAfterTheOther(group: StreamSource, control: GenerateControl): AsyncGenerator<WrittenEvent> {
  const events: WrittenEvent[] = [];
  for await (const event of merged([group], Infinity, control)) events.push(event);
  yield* events.sort((a, b) => a.variant! - b.variant!);
}

function toGenerated({ entity, time, logType, event, technique, variant }: WrittenEvent): Omit<GeneratedEvent, 'seq'> {
  return { entity, log_type: logType, ...(technique !== undefined && { technique }), ...(variant !== undefined && { variant }), timestamp: new Date(time).toISOString(), _source: event };
}
