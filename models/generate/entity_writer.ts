import { createHash } from 'node:crypto';
import { xoroshiro128plus } from 'pure-rand';
import { LyrebirdError, type LogEvent } from '../../common';
import type { Codec, CodecStream, DecodeOptions, EventDecoder, Given, PreparedEvent } from '../codec/types';
import { setChannels, techniqueId } from '../codec';
import { channelCount } from '../gpt';
import type { GptConfig } from '../gpt/types';
import type { MemorisationGuard } from './guard';

/** Share of the context that a prefix leaves to go on in: each time it is used up, all streams of a group are read anew. */
const LEAST_ROOM = 1 / 16;
/** Draws of an event that repeat a rare training event, before it is left out instead. */
const MOST_REDRAWS = 8;
/** Events in a row that may be left out so. */
const MOST_GIVEN_UP = 100;
/** Events in a row that may be left out because they would be read as another entity's; a stream that has no others keeps them. */
const MOST_MISNAMED = 20;
/** Events in a row that may turn out not to meet their conditions before it is said that they cannot. */
const MOST_ATTEMPTS = 200;

/** What was written and is no event of the stream. */
export interface Omitted {
  /** Texts that are no JSON object. */
  malformed: number;
  /** Events that repeated a rare training event: drawn anew, and at last left out. */
  redrawn: number;
  given_up: number;
  /** Events that would be read as another entity's, though drawn anew. */
  misnamed: number;
  /** Given events that the model could not write the rest of. */
  unfit: number;
}

/** An event whose time, log type, technique and some fields another model has written. */
export interface GivenEvent extends Given {
  /** Its place among all that are given. */
  seq: number;
  time: number;
  technique?: string;
}

export interface WrittenEvent {
  /** Whose: the stream's place in the run. */
  stream: number;
  time: number;
  logType: string;
  /** The document, as JSON. */
  json: string;
  technique?: string;
  /** Since the stream's event before; absent where there is nothing. */
  omitted?: Omitted;
  /** Of the given event that it completes. */
  seq?: number;
}

export const NOTHING_OMITTED: Readonly<Omitted> = { malformed: 0, redrawn: 0, given_up: 0, misnamed: 0, unfit: 0 };

const OMITTED = Object.keys(NOTHING_OMITTED) as Array<keyof Omitted>;
const eachOmitted = (count: (of: keyof Omitted) => number): Omitted => Object.fromEntries(OMITTED.map((of) => [of, count(of)])) as unknown as Omitted;

export const moreOmitted = (a: Omitted, b: Omitted): Omitted => eachOmitted((of) => a[of] + b[of]);

/** What `all` has beyond `part`; undefined where that is nothing. */
export function lessOmitted(all: Omitted, part: Omitted): Omitted | undefined {
  return OMITTED.some((of) => all[of] > part[of]) ? eachOmitted((of) => all[of] - part[of]) : undefined;
}

/** An attack within a stream: from its first event on, so many events belong to it. */
export interface Attack {
  technique: string;
  /** ms */
  at: number;
  events: number;
}

/** What one stream is to be. Times in ms. */
export interface StreamPlan {
  /** Entity whose habits it has, as the model knows it. */
  voice: string;
  /** Entity's name in the events. */
  name: string;
  /** Tells the streams of a run apart: its random numbers hang on it and on the seed. */
  key: string;
  decode: DecodeOptions;
  /** Condition of all events that are not an attack's. */
  technique?: string;
  /** How many events attacks of the technique have; one follows the other. Default: it is not known. */
  lengths?: readonly number[];
  attack?: Attack;
  /** Real events to go on from, in time order. */
  history: readonly PreparedEvent[];
  /** The stream begins at `start`; only what lies within `from <= time < to` is handed over. */
  start: number;
  from: number;
  to: number;
  variant?: number;
  /** Events to complete, in time order: the stream writes these and no others, and ends when there are none left. More may be put in. */
  given?: GivenEvent[];
  /** Last touch to an event's text: the identity of an entity that never was. */
  rename?: (event: LogEvent) => LogEvent;
}

/** A seeded generator of its own, so that what one entity does never depends on which others are written with it. */
export function seededRandom(seed: number, name: string): () => number {
  // The generator's first numbers are hardly other for a seed that is hardly other: names fill all of its state.
  const digest = createHash('sha256').update(`${seed} ${name}`).digest();
  const generator = xoroshiro128plus.fromState([0, 4, 8, 12].map((at) => digest.readInt32LE(at)));
  return () => (generator.unsafeNext() >>> 0) / 0x1_0000_0000;
}

const NOTHING_TO_WRITE: EventDecoder = {
  next: undefined,
  push: () => undefined,
  result: () => {
    throw new LyrebirdError('LYREBIRD_INTERNAL', 'There is no event to complete.');
  },
};

/** Writes one entity's stream token by token; remembers the last half context, to go on with after the cache is full. */
export class EntityWriter {
  readonly random: () => number;
  private readonly stream: CodecStream;
  private decoder: EventDecoder;
  /** Tokens since the start of the oldest event that is remembered, and their channels. */
  private tokens: Int32Array;
  private side: Int32Array;
  private length = 0;
  /** Values beside each token. */
  private readonly channels: number;
  private starts: number[] = [0];
  private attempts = 0;
  /** The given event that is being completed. */
  private completing?: GivenEvent;
  /** Of the plan's attack; how much of it is left is for the stream to know. */
  private attacking: 'not yet' | 'now' | 'no more' = 'not yet';
  /** Whole events not yet handed over, in time order. */
  readonly ready: WrittenEvent[] = [];
  readonly omitted: Omitted = { ...NOTHING_OMITTED };
  /** What of that was said with events. */
  private told: Omitted = NOTHING_OMITTED;
  private redraws = 0;
  private misnamedInARow = 0;
  private givenUpInARow = 0;
  /** Time of the last whole event, ms: nothing will come before it. */
  time: number;
  done = false;

  constructor(
    private readonly codec: Codec,
    readonly plan: StreamPlan,
    seed: number,
    private readonly config: Pick<GptConfig, 'context' | 'side' | 'former'>,
    private readonly guard?: MemorisationGuard,
    /** The stream's place in the run. */
    private readonly place = 0,
    /** Whether a written event would be read as the stream's. Default: it is not asked. */
    private readonly isOwn: (event: LogEvent) => boolean = () => true
  ) {
    const { voice, name, key, technique, history, start } = plan;
    this.random = seededRandom(seed, key);
    const { context } = config;
    this.channels = channelCount(config);
    this.tokens = new Int32Array(2 * context);
    this.side = new Int32Array(2 * context * this.channels);
    this.stream = codec.startStream({ entity: voice, as: name, time: history[0]?.time ?? start, technique, random: this.random });
    this.time = history.at(-1)?.time ?? start;
    for (const event of history) this.remember(event);
    this.setTechnique(technique);
    this.decoder = this.begin();
  }

  get step() {
    return this.decoder.next!;
  }

  /** The token to feed for the coming position: the last one written, BOS at the very start. */
  get input(): number {
    return this.length === 0 ? this.codec.bos : this.tokens[this.length - 1];
  }

  writeSide(side: Int32Array, at: number): void {
    if (this.decoder.next === undefined) return;
    setChannels(side, at, this.decoder.next, this.stream, this.config.former);
  }

  /** Takes the token drawn for `step`. Returns how many of the newest positions are taken back, for an event that does not count. */
  push(token: number): number {
    this.reserve(this.length + 1);
    this.writeSide(this.side, this.length * this.channels);
    this.tokens[this.length++] = token;
    this.decoder.push(token);
    if (this.decoder.next !== undefined) return 0;
    if (this.decoder.broken !== undefined) return this.again(this.decoder.broken);
    const attack = this.plan.attack;
    const inAttack = this.attacking === 'now';
    if (attack && this.attacking === 'not yet' && this.decoder.time! >= Math.max(attack.at, this.time)) return this.openAttack(attack);
    const technique = this.completing ? this.completing.technique : inAttack ? attack!.technique : this.plan.technique;
    // An attack's events are learned to be repeated.
    const copied = technique === undefined && this.repeatsTraining();
    if (copied && this.redraws++ < MOST_REDRAWS) {
      this.omitted.redrawn++;
      return this.takeBack();
    }
    const misnamed = !copied && this.isMisnamed();
    if (misnamed && this.redraws++ < MOST_REDRAWS) return this.takeBack();
    const { event, time, logType } = this.decoder.result();
    this.attempts = 0;
    this.redraws = 0;
    this.time = time;
    if (time >= this.plan.to && !inAttack) this.done = true;
    else if (event === undefined) this.omitted.malformed++;
    else if (copied) this.giveUp();
    else if (misnamed) this.omitted.misnamed++;
    else if (time >= this.plan.from) this.hand(event, time, logType, technique);
    if (!copied) this.givenUpInARow = 0;
    if (this.misnamedInARow < MOST_MISNAMED) this.misnamedInARow = misnamed ? this.misnamedInARow + 1 : 0;
    if (technique !== undefined && this.stream.left !== undefined && --this.stream.left === 0) this.endAttack();
    this.starts.push(this.length);
    this.completing = undefined;
    this.decoder = this.begin();
    return 0;
  }

  /** Goes on with events that were given after all before were completed. */
  goOn(): void {
    if (!this.done || this.plan.given === undefined) return;
    this.done = false;
    this.decoder = this.begin();
  }

  /**
   * The inputs and channels of the last whole events that fit in half a context (and of the event being written), without
   * the last position, which comes with the next step. It begins with an event, as what a model is trained on does.
   */
  prefix(): { tokens: Int32Array; side: Int32Array } {
    const { length, channels } = this;
    const { context } = this.config;
    const half = length - (context >> 1);
    const current = this.starts[this.starts.length - 1];
    let from = this.starts.find((start) => start >= half);
    // An event longer than half a context is still read from its start while there is room to go on: cut in its middle, a model loses
    // track of what it has written. Of one longer than that its own last tokens are all there is room for.
    if (from === undefined) from = length - current <= context - Math.max(1, context * LEAST_ROOM) ? current : half;
    this.tokens.copyWithin(0, from, length);
    this.side.copyWithin(0, from * channels, length * channels);
    this.length = length - from;
    this.starts = this.starts.filter((start) => start >= from).map((start) => start - from);
    if (this.starts.length === 0) this.starts.push(0);
    const tokens = new Int32Array(this.length);
    if (this.length > 0) {
      tokens[0] = this.codec.bos;
      tokens.set(this.tokens.subarray(0, this.length - 1), 1);
    }
    return { tokens, side: this.side.slice(0, this.length * this.channels) };
  }

  private hand(event: LogEvent, time: number, logType: string, technique: string | undefined): void {
    const { rename } = this.plan;
    const omitted = lessOmitted(this.omitted, this.told);
    if (omitted) this.told = { ...this.omitted };
    this.ready.push({ stream: this.place, time, logType, json: JSON.stringify(rename ? rename(event) : event), technique, omitted, seq: this.completing?.seq });
  }

  private begin(): EventDecoder {
    const { attack, decode, given } = this.plan;
    if (given) return this.beginGiven(given);
    const opening = attack !== undefined && this.attacking === 'now' && this.stream.left === attack.events;
    return this.stream.decode(opening ? { ...decode, at: attack.at } : decode);
  }

  private beginGiven(given: GivenEvent[]): EventDecoder {
    while ((this.completing ??= given.shift()) !== undefined) {
      this.setTechnique(this.completing.technique);
      const options: DecodeOptions = { ...this.plan.decode, at: this.completing.time, given: this.completing };
      if (this.stream.conflict(options) === undefined) return this.stream.decode(options);
      this.leaveOut();
    }
    this.done = true;
    return NOTHING_TO_WRITE;
  }

  private leaveOut(): void {
    this.completing = undefined;
    this.attempts = 0;
    this.omitted.unfit++;
  }

  /** The event that was begun would lie after the attack's start: the attack comes in its place. */
  private openAttack(attack: Attack): number {
    this.attacking = 'now';
    this.setTechnique(attack.technique, attack.events);
    return this.takeBack();
  }

  /** Back to what all other events are: nothing, or one more attack of the technique that was asked for throughout. */
  private endAttack(): void {
    if (this.attacking === 'now') this.attacking = 'no more';
    this.setTechnique(this.plan.technique);
  }

  private again(reason: string): number {
    if (++this.attempts >= MOST_ATTEMPTS) {
      if (this.completing) {
        this.leaveOut();
        return this.takeBack();
      }
      throw new LyrebirdError(
        'LYREBIRD_UNKNOWN_VALUE',
        `No event of "${this.plan.name}" could be written that has all of what is asked for: ${reason}.`,
        'Ask for fewer fields at once, for other values, or for other entities.'
      );
    }
    return this.takeBack();
  }

  private repeatsTraining(): boolean {
    const { event, logType } = this.decoder.whole!;
    return event !== undefined && this.guard !== undefined && this.guard.isCopy(this.plan.voice, logType, event);
  }

  private isMisnamed(): boolean {
    const { event } = this.decoder.whole!;
    return event !== undefined && this.completing === undefined && this.misnamedInARow < MOST_MISNAMED && !this.isOwn(event);
  }

  private giveUp(): void {
    this.omitted.given_up++;
    if (++this.givenUpInARow < MOST_GIVEN_UP) return;
    throw new LyrebirdError(
      'LYREBIRD_UNKNOWN_VALUE',
      `Whatever "${this.plan.name}" could do here repeats single events of the training data.`,
      'Ask for less at once, or, where repeating them is no harm, turn memorisation_guard off.'
    );
  }

  private takeBack(): number {
    const start = this.starts[this.starts.length - 1];
    const count = this.length - start;
    this.length = start;
    this.decoder = this.begin();
    return count;
  }

  /** @param left events of the attack; default: as many as one of the plan's attacks has */
  private setTechnique(technique: string | undefined, left = technique === undefined ? undefined : this.nextLength()): void {
    this.stream.technique = techniqueId(this.codec, technique);
    this.stream.left = left;
  }

  private nextLength(): number | undefined {
    const { lengths } = this.plan;
    return lengths?.length ? lengths[Math.floor(this.random() * lengths.length)] : undefined;
  }

  private remember(event: PreparedEvent): void {
    const technique = (this.stream.technique = techniqueId(this.codec, event.technique));
    const { tokens, positions } = this.stream.encode(event);
    this.reserve(this.length + tokens.length);
    tokens.forEach((token, i) => {
      setChannels(this.side, (this.length + i) * this.channels, positions[i], { entity: this.stream.entity, technique }, this.config.former);
      this.tokens[this.length + i] = token;
    });
    this.length += tokens.length;
    this.starts.push(this.length);
    if (this.length > 8 * this.config.context) this.prefix();
  }

  private reserve(length: number): void {
    if (length <= this.tokens.length) return;
    const [tokens, side] = [this.tokens, this.side];
    this.tokens = new Int32Array(2 * length);
    this.side = new Int32Array(2 * length * this.channels);
    this.tokens.set(tokens);
    this.side.set(side);
  }
}
