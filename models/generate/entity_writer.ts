import { xoroshiro128plus } from 'pure-rand';
import type { LogEvent } from '../../common';
import type { Codec, CodecStream, DecodeOptions, EventDecoder } from '../codec/types';

/** Side channels per position: field, entity, slot, weekday, technique. */
export const CHANNELS = 5;

export interface WrittenEvent {
  entity: string;
  time: number;
  logType: string;
  event: LogEvent;
}

/** A seeded generator of its own, so that what one entity does never depends on which others are written with it. */
export function seededRandom(seed: number, name: string): () => number {
  let hash = seed >>> 0;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  const generator = xoroshiro128plus(hash | 0);
  return () => (generator.unsafeNext() >>> 0) / 0x1_0000_0000;
}

/** Writes one entity's stream token by token; remembers the last half context, to go on with after the cache is full. */
export class EntityWriter {
  readonly random: () => number;
  private readonly stream: CodecStream;
  private decoder: EventDecoder;
  private tokens: number[] = [];
  private side: number[] = [];
  private starts: number[] = [0];
  /** Whole events not yet handed over, in time order. */
  readonly ready: WrittenEvent[] = [];
  malformed = 0;
  /** Time of the last whole event, ms. */
  time: number;

  constructor(
    private readonly codec: Codec,
    readonly entity: string,
    start: number,
    seed: number,
    technique: string | undefined,
    private readonly decode: DecodeOptions
  ) {
    this.random = seededRandom(seed, entity);
    this.time = start;
    this.stream = codec.startStream({ entity, time: start, technique, random: this.random });
    this.decoder = this.stream.decode(decode);
  }

  get step() {
    return this.decoder.next!;
  }

  /** The token to feed for the coming position: the last one written, BOS at the very start. */
  get input(): number {
    return this.tokens.length === 0 ? this.codec.bos : this.tokens[this.tokens.length - 1];
  }

  writeSide(side: Int32Array, at: number): void {
    const { field, slot, weekday } = this.step;
    side[at] = field;
    side[at + 1] = this.stream.entity;
    side[at + 2] = slot;
    side[at + 3] = weekday;
    side[at + 4] = this.stream.technique;
  }

  /** Takes the token drawn for `step`. Returns true when that made an event whole. */
  push(token: number): boolean {
    const side = new Int32Array(CHANNELS);
    this.writeSide(side, 0);
    this.tokens.push(token);
    this.side.push(...side);
    this.decoder.push(token);
    if (this.decoder.next !== undefined) return false;
    const { event, time, logType } = this.decoder.result();
    this.time = time;
    if (event === undefined) this.malformed++;
    else this.ready.push({ entity: this.entity, time, logType, event });
    this.decoder = this.stream.decode(this.decode);
    this.starts.push(this.tokens.length);
    return true;
  }

  /**
   * The inputs and channels of the last whole events that fit in half a context (and of the event being written), without
   * the last position, which comes with the next step.
   */
  prefix(context: number): { tokens: Int32Array; side: Int32Array } {
    const length = this.tokens.length;
    let from = this.starts.find((start) => start >= length - (context >> 1)) ?? length;
    // An event longer than half a context: its own last tokens are all there is room for.
    const current = this.starts[this.starts.length - 1];
    if (from > current) from = Math.max(current, length - (context >> 1));
    this.tokens = this.tokens.slice(from);
    this.side = this.side.slice(from * CHANNELS);
    this.starts = this.starts.filter((start) => start >= from).map((start) => start - from);
    if (this.starts.length === 0) this.starts.push(0);
    const tokens = Int32Array.from([this.codec.bos, ...this.tokens]).subarray(0, this.tokens.length);
    return { tokens, side: Int32Array.from(this.side) };
  }
}
