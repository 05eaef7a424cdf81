import { codecFromJSON, extendCodec, techniqueId } from '../../codec';
import type { Codec, PreparedEvent } from '../../codec/types';
import { TokenFileWriter, writeWeights } from '../../train';
import { heldoutFrom, isEndKnown, leftInAttacks, listedLengths, sequencesOf, type Sequence } from '../attack_sequences';
import { readModelFiles, readModelWeights, widen } from '../model_files';
import { SHARDS, readShard } from '../shards';
import { readJson, writeJson } from '../stages';
import type { Layout } from '../stages';
import type { GptConfig } from '../../gpt/types';
import type { FinetunePrepared } from './prepare';

/** Normal events before and after an attack that are learned with it: how it begins, and that all is as before when it is over. More of what is normal is replayed anyway. */
const CONTEXT_EVENTS = 10;
/** Short attacks are learned again and again, so that long ones do not drown them; so often at most. */
const MOST_REPEATS = 16;
/** 0: none of that. 1: all techniques make up the same number of events. */
const BALANCE = 0.7;

export interface Counts {
  train: number;
  heldout: number;
}

/** What the encoding leaves. */
export interface FinetuneEncoded {
  config: GptConfig;
  /** Techniques learned, in the order of the codec. */
  techniques: Array<{ id: string; is_new: boolean; sequences: Counts; events: Counts; /** Events of each attack. */ lengths: number[] }>;
  /** What is learned, and what is replayed beside it. */
  lesson: { events: Counts; tokens: Counts };
  replay: { events: Counts; tokens: Counts };
}

/**
 * Extends the base's codec and weights by the techniques that are new, and writes the token files: what is to be learned (attacks with the
 * events around them, and once more by themselves, as they are generated both ways), and normal events for replay. `once`: no event is learned from twice, as a private training must have it.
 */
export async function encodeFinetune(files: Layout, base: string, holdout: number, once: boolean): Promise<FinetuneEncoded> {
  const prepared = await readJson<FinetunePrepared>(files.prepared);
  const model = await readModelFiles(base);
  const known = codecFromJSON(model.codec).techniques;
  const attacks: PreparedEvent[][] = [];
  for await (const stream of streams(files.shards)) {
    for (const { technique, from, to } of sequencesOf(stream)) attacks.push(stream.slice(from, to).filter((event) => event.technique === technique));
  }
  const json = extendCodec(model.codec, attacks);
  const codec = codecFromJSON(json);
  await writeJson(files.codecDraft, json);
  const { field, technique } = codec.side;
  const config: GptConfig = { ...model.config, vocabulary: codec.vocabulary, side: [field, ...model.config.side.slice(1, -1), technique] };
  // A sub-technique begins as its technique, where the base knows that; anything else as a normal event.
  const like = (row: number) => Math.max(0, known.indexOf(codec.techniques[row].split('.')[0], 1));
  writeWeights(files.start, config, widen(model, await readModelWeights(model), json, config, like));

  const learned = once ? new WeakSet<PreparedEvent>() : undefined;
  const lesson = new Pair(codec, files.trainTokens, files.heldoutTokens, learned);
  const replay = new Pair(codec, files.replayTokens, files.replayHeldoutTokens, learned);
  let techniques: FinetuneEncoded['techniques'] = [];
  if (prepared.labelled > 0) {
    techniques = await writeAttacks(files, prepared, codec, holdout, lesson, replay, new Set(codec.techniques.slice(known.length)));
  } else {
    for await (const stream of streams(files.shards)) writeStream(stream, prepared.cutoff, prepared.from, lesson);
  }
  if (prepared.normal === 'base') for await (const stream of streams(files.replayShards)) writeStream(stream, prepared.replayCutoff, stream[0].time, replay);
  const encoded: FinetuneEncoded = { config, techniques, lesson: lesson.close(), replay: replay.close() };
  await writeJson(files.encoded, encoded);
  return encoded;
}

async function* streams(folder: string): AsyncGenerator<PreparedEvent[]> {
  for (let shard = 0; shard < SHARDS; shard++) yield* await readShard(folder, shard);
}

/** Normal events: all streams, the newest part held out. */
function writeStream(stream: readonly PreparedEvent[], cutoff: number, start: number, to: Pair, leaveOut: ReadonlySet<PreparedEvent> = new Set()): void {
  const normal = stream.filter((event) => event.technique === undefined);
  to.write('train', normal.filter((event) => event.time < cutoff), start);
  // What has been learned as the context of an attack cannot measure what is forgotten.
  to.write('heldout', normal.filter((event) => event.time >= cutoff && !leaveOut.has(event)), start);
}

async function writeAttacks(files: Layout, prepared: FinetunePrepared, codec: Codec, holdout: number, lesson: Pair, replay: Pair, added: ReadonlySet<string>) {
  const times = new Map<string, number[]>();
  for await (const stream of streams(files.shards)) {
    for (const { technique, time } of sequencesOf(stream)) times.set(technique, [...(times.get(technique) ?? []), time]);
  }
  const limits = new Map([...times].map(([technique, all]) => [technique, heldoutFrom(all, holdout)]));
  const counts = new Map(
    codec.techniques.filter((id) => times.has(id)).map((id) => [id, { id, is_new: added.has(id), sequences: { train: 0, heldout: 0 }, events: { train: 0, heldout: 0 }, lengths: [] as number[] }])
  );
  const sizes = new Map<string, number>();
  for await (const stream of streams(files.shards)) {
    for (const { technique, time, events } of sequencesOf(stream)) if (time < limits.get(technique)!) sizes.set(technique, (sizes.get(technique) ?? 0) + events);
  }
  const largest = Math.max(1, ...sizes.values());
  const repeatsOf = (technique: string) => Math.min(MOST_REPEATS, Math.round((largest / (sizes.get(technique) ?? largest)) ** BALANCE));
  let lessons = 0;
  for await (const stream of streams(files.shards)) {
    const learned = new Set<PreparedEvent>();
    for (const sequence of sequencesOf(stream)) {
      const part = sequence.time >= limits.get(sequence.technique)! ? 'heldout' : 'train';
      const entry = counts.get(sequence.technique)!;
      entry.sequences[part] += 1;
      entry.events[part] += sequence.events;
      entry.lengths.push(sequence.events);
      for (let i = part === 'train' ? repeatsOf(sequence.technique) : 1; i > 0; i--) {
        const left = part === 'heldout' || isEndKnown(lessons++) ? leftInAttacks(stream, [sequence]) : undefined;
        writeSequence(stream, sequence, { part, start: prepared.from, left, afterwards: i === 1 }, lesson, learned);
      }
    }
    if (prepared.normal === 'dataset') writeStream(stream, prepared.cutoff, prepared.from, replay, learned);
  }
  return [...counts.values()].map((technique) => ({ ...technique, lengths: listedLengths(technique.lengths) }));
}

interface Lesson {
  part: 'train' | 'heldout';
  /** When a stream begins that has nothing before it, ms. */
  start: number;
  /** Of each event of the attack, how many are left; undefined where that is not to be known. */
  left?: ReadonlyMap<PreparedEvent, number>;
  /** With what came after it: once is enough, as that is the same after all attacks. */
  afterwards: boolean;
}

function writeSequence(stream: readonly PreparedEvent[], { technique, from, to }: Sequence, { part, start, left, afterwards }: Lesson, lesson: Pair, learned: Set<PreparedEvent>): void {
  // Attacks of another technique in between are that technique's to teach, or to measure.
  const mine = (event: PreparedEvent) => event.technique === undefined || event.technique === technique;
  const normal = (event: PreparedEvent) => event.technique === undefined;
  const context = stream.slice(Math.max(0, from - CONTEXT_EVENTS), from).filter(normal);
  const attack = stream.slice(from, to).filter(mine);
  const after = afterwards ? stream.slice(to, to + CONTEXT_EVENTS).filter(normal) : [];
  const before = context.length > 0 ? (stream[stream.indexOf(context[0]) - 1]?.time ?? start) : start;
  const whole = [...context, ...attack, ...after];
  lesson.write(part, whole, before, left);
  if (part === 'train') {
    for (const event of whole) learned.add(event);
    if (whole.some(normal)) lesson.write(part, attack.filter((event) => event.technique === technique), start, left);
  }
}

/** Two token files; each call to `write` is a stream of its own. With `learned`, training events that are in it are left out, and it grows by those that are written. */
class Pair {
  private readonly writers: { train: TokenFileWriter; heldout: TokenFileWriter };
  private readonly events: Counts = { train: 0, heldout: 0 };

  constructor(
    private readonly codec: Codec,
    train: string,
    heldout: string,
    private readonly learned?: WeakSet<PreparedEvent>
  ) {
    this.writers = { train: new TokenFileWriter(train), heldout: new TokenFileWriter(heldout) };
  }

  write(part: 'train' | 'heldout', all: readonly PreparedEvent[], start: number, left?: ReadonlyMap<PreparedEvent, number>): void {
    const { codec, learned } = this;
    const events = learned && part === 'train' ? all.filter((event) => !learned.has(event)) : all;
    if (events.length === 0) return;
    if (part === 'train') for (const event of events) learned?.add(event);
    const stream = codec.startStream({ entity: events[0].entity, time: start });
    const writer = this.writers[part];
    writer.startStream(stream.entity, codec.bos);
    for (const event of events) {
      stream.technique = techniqueId(codec, event.technique);
      stream.left = left?.get(event);
      const { tokens, positions } = stream.encode(event);
      writer.event(tokens, positions, stream.technique);
    }
    this.events[part] += events.length;
  }

  close(): { events: Counts; tokens: Counts } {
    const [train, heldout] = [this.writers.train.close(), this.writers.heldout.close()];
    return { events: this.events, tokens: { train: train.records - train.streams, heldout: heldout.records - heldout.streams } };
  }
}
