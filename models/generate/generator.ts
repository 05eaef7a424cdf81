import { LyrebirdError } from '../../common';
import type { GeneratedEvent, GenerateOptions, ModelCard } from '../../common';
import type { Codec, DecodeOptions } from '../codec/types';
import type { DecodingSession } from '../gpt/types';
import { CHANNELS, EntityWriter } from './entity_writer';
import type { WrittenEvent } from './entity_writer';
import { candidateScores, sampleToken, temperature, topP } from './logits';
import type { LogitsProcessor } from './logits';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
/** Entities written side by side: a graph for few rows takes a step in a fraction of the time of one for many. */
const ROWS = [1, 4, 16, 64];

export interface GeneratorOptions {
  codec: Codec;
  card: ModelCard;
  context: number;
  createSession(rows: number): Promise<DecodingSession>;
}

/**
 * Writes events as the model's entities would, in time order across all of them: every entity's stream is written up to a
 * horizon, what lies before it is merged by time and handed over, and the horizon moves on. Memory holds one horizon's events.
 */
export async function* generateEvents(
  generator: GeneratorOptions,
  options: GenerateOptions,
  control: { signal?: AbortSignal; onMalformed?: (count: number) => void } = {}
): AsyncGenerator<GeneratedEvent> {
  const { codec, card } = generator;
  const entities = chosenEntities(card, options.entities);
  const decode = decodeOptions(codec, options);
  if (options.technique !== undefined && !codec.techniques.includes(options.technique)) {
    const known = codec.techniques.slice(1);
    throw new LyrebirdError(
      'LYREBIRD_UNKNOWN_TECHNIQUE',
      `The model has not learned technique ${options.technique}.`,
      known.length > 0
        ? `It knows ${known.join(', ')}. Train on events labelled with threat.technique.id to teach it more.`
        : 'It was trained on events without threat.technique.id. Train on labelled events to teach it techniques.'
    );
  }
  const start = Date.parse(options.from ?? card.time_range.to);
  const writers = entities.map((name) => new EntityWriter(codec, name, start, options.seed, options.technique, decode));
  const processors: LogitsProcessor[] = [temperature(options.temperature), topP(options.top_p)];
  const sessions = new Sessions(generator.createSession);
  try {
    let seq = 0;
    let malformed = 0;
    let horizon = start;
    while (seq < options.count) {
      horizon += horizonStep(card, entities, options.count);
      const behind = writers.filter((writer) => writer.time < horizon);
      // Nobody acts before the horizon (a night, a holiday): jump to the first who does.
      if (behind.length === 0) horizon = Math.min(...writers.map((writer) => writer.time)) + 1;
      else await writeUpTo(horizon, behind, options.count, sessions, generator, processors, control.signal);
      for (const event of takeBefore(horizon, writers)) {
        yield toGenerated(event, seq++, options.technique);
        if (seq === options.count) break;
      }
      const bad = writers.reduce((sum, writer) => sum + writer.malformed, 0);
      if (bad > malformed) control.onMalformed?.(bad - malformed);
      malformed = bad;
      if (malformed > 10 * (seq + 100)) {
        throw new LyrebirdError(
          'LYREBIRD_UNSUPPORTED',
          `${malformed} of ${malformed + seq} texts that the model wrote are not JSON.`,
          'A raw tokeniser needs longer training before it writes valid events; the field tokeniser always does.'
        );
      }
    }
  } finally {
    await sessions.dispose();
  }
}

/** Decoding sessions by number of rows, made when first needed. */
class Sessions {
  private readonly made = new Map<number, Promise<DecodingSession>>();

  constructor(private readonly create: (rows: number) => Promise<DecodingSession>) {}

  /** The smallest that holds so many rows; the largest when none does. */
  for(wanted: number): Promise<DecodingSession> {
    const rows = ROWS.find((size) => size >= wanted) ?? ROWS[ROWS.length - 1];
    let session = this.made.get(rows);
    if (session === undefined) this.made.set(rows, (session = this.create(rows)));
    return session;
  }

  async dispose(): Promise<void> {
    for (const session of this.made.values()) await (await session).dispose();
  }
}

async function writeUpTo(
  horizon: number,
  queue: EntityWriter[],
  enough: number,
  sessions: Sessions,
  { codec, context }: GeneratorOptions,
  processors: readonly LogitsProcessor[],
  signal: AbortSignal | undefined
): Promise<void> {
  const waiting = [...queue].sort((a, b) => a.time - b.time);
  let rows: EntityWriter[] = [];
  // A raw tokeniser may write nothing that parses, and then its clock never moves: attempts are bounded, too.
  const attempts = new Map(queue.map((writer) => [writer, writer.malformed + enough]));
  const unfinished = (writer: EntityWriter) =>
    writer.time < horizon && writer.ready.length < enough && writer.malformed < attempts.get(writer)!;
  for (;;) {
    rows = rows.filter(unfinished);
    const session = await sessions.for(rows.length + waiting.length);
    while (rows.length < session.rows && waiting.length > 0) rows.push(waiting.shift()!);
    if (rows.length === 0) return;
    const empty = { tokens: new Int32Array(0), side: new Int32Array(0) };
    await session.prefill(Array.from({ length: session.rows }, (_, row) => rows[row]?.prefix(context) ?? empty));
    const tokens = new Int32Array(session.rows);
    const side = new Int32Array(session.rows * CHANNELS);
    let active = rows.length;
    // With many rows idle, others take their place, or a smaller graph does.
    const refillAt = session.rows === 1 ? 0 : rows.length >> 2;
    while (active > refillAt && session.length < context) {
      if (signal?.aborted) throw new LyrebirdError('LYREBIRD_CANCELLED', 'Generation was cancelled.', 'Start it again; events already written are kept.');
      rows.forEach((writer, row) => {
        tokens[row] = writer.input;
        writer.writeSide(side, row * CHANNELS);
      });
      const logits = await session.step(tokens, side);
      active = 0;
      rows.forEach((writer, row) => {
        if (!unfinished(writer)) return;
        const scores = candidateScores(logits.subarray(row * codec.vocabulary, (row + 1) * codec.vocabulary), writer.step.candidates);
        for (const process of processors) process(scores);
        writer.push(sampleToken(scores, writer.random));
        if (unfinished(writer)) active++;
      });
    }
    // The HTTP service that hosts this answers others between two contexts.
    await new Promise(setImmediate);
  }
}

function takeBefore(horizon: number, writers: readonly EntityWriter[]): WrittenEvent[] {
  const due: WrittenEvent[] = [];
  for (const writer of writers) {
    let count = 0;
    while (count < writer.ready.length && writer.ready[count].time < horizon) count++;
    due.push(...writer.ready.splice(0, count));
  }
  return due.sort((a, b) => a.time - b.time);
}

function toGenerated({ entity, time, logType, event }: WrittenEvent, seq: number, technique: string | undefined): GeneratedEvent {
  return { seq, entity, log_type: logType, technique, timestamp: new Date(time).toISOString(), _source: event };
}

/** A quarter of the time in which these entities wrote as many events in training, between half an hour and a day. */
function horizonStep(card: ModelCard, entities: readonly string[], count: number): number {
  const chosen = new Set(entities);
  const events = card.entities.reduce((sum, entity) => sum + (chosen.has(entity.name) ? entity.events : 0), 0);
  const span = Math.max(MINUTE, Date.parse(card.time_range.to) - Date.parse(card.time_range.from));
  return Math.min(DAY, Math.max(30 * MINUTE, (count * span) / Math.max(1, events) / 4));
}

function chosenEntities(card: ModelCard, wanted: readonly string[]): string[] {
  const known = new Map(card.entities.map(({ name }) => [name.toLowerCase(), name]));
  if (wanted.length === 0) return card.entities.map(({ name }) => name);
  return [...new Set(wanted)].map((name) => {
    const found = known.get(name.toLowerCase());
    if (found !== undefined) return found;
    const near = card.entities.filter((entity) => entity.name.toLowerCase().startsWith(name.slice(0, 2).toLowerCase())).slice(0, 5);
    const shown = near.length > 0 ? near : card.entities.slice(0, 5);
    throw new LyrebirdError(
      'LYREBIRD_UNKNOWN_ENTITY',
      `The model does not know the entity "${name}".`,
      `It knows ${card.entities.length} entities, for example ${shown.map((entity) => `"${entity.name}"`).join(', ')}.`
    );
  });
}

function decodeOptions(codec: Codec, options: GenerateOptions): DecodeOptions {
  const pins = new Map(Object.entries(options.where));
  const unknown = options.log_types.filter((name) => !codec.logTypes.includes(name));
  if (unknown.length > 0) {
    throw new LyrebirdError(
      'LYREBIRD_UNKNOWN_VALUE',
      `The model has not learned the log type ${unknown.map((name) => `"${name}"`).join(', ')}.`,
      `It knows ${codec.logTypes.map((name) => `"${name}"`).join(', ')}.`
    );
  }
  const logTypes = options.log_types.length > 0 ? new Set(options.log_types) : undefined;
  if (pins.size > 0) codec.checkPins(pins, logTypes);
  return { pins: pins.size > 0 ? pins : undefined, logTypes };
}
