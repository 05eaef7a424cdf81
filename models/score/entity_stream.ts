import { setChannels } from '../codec';
import type { CodecStream, EncodedEvent, Position, PreparedEvent } from '../codec/types';
import type { Accumulator } from './statistics';
import { planWindows } from './windows';
import type { Window } from './windows';

/** An event waiting for its log-probabilities. */
export interface PendingEvent {
  /** Position in the request. */
  seq: number;
  prepared: PreparedEvent;
  encoded: EncodedEvent;
  /** Token of the stream's history at which it starts. */
  start: number;
  /** ln p of each of its tokens, filled as windows are read. */
  logProbabilities: Float32Array;
}

/** What a model's rows are like. */
export interface RowLayout {
  bos: number;
  former: boolean;
  /** Channels beside each token. */
  channels: number;
}

/** What one entity's recent past is to the model: the tokens of the window that is open, and what waits to be scored. */
export class EntityStream {
  private tokens: number[] = [];
  private positions: Position[] = [];
  private starts: number[] = [];
  private scored = 0;
  /** Token at which the open window starts. */
  private open = 0;
  pending: PendingEvent[] = [];
  accumulator: Accumulator | undefined;

  constructor(private readonly stream: CodecStream) {}

  /** Encodes the event as the stream's next one. */
  add(seq: number, prepared: PreparedEvent): void {
    const encoded = this.stream.encode(prepared);
    const start = this.tokens.length;
    this.starts.push(start);
    for (let i = 0; i < encoded.tokens.length; i++) {
      this.tokens.push(encoded.tokens[i]);
      this.positions.push(encoded.positions[i]);
    }
    this.pending.push({ seq, prepared, encoded, start, logProbabilities: new Float32Array(encoded.tokens.length) });
  }

  /** Windows over what is not scored yet. */
  windows(context: number): Window[] {
    const { windows, open } = planWindows(this.starts, this.scored, this.tokens.length, context, this.open);
    this.open = open;
    return windows;
  }

  /**
   * Writes a window as one row of a batch: inputs are the tokens before the targets, BOS first.
   * tokens, targets [length]; side [length, S], without a technique: a label is not evidence.
   */
  fill(window: Window, { bos, former, channels }: RowLayout, tokens: Int32Array, side: Int32Array, targets: Int32Array): void {
    for (let i = window.start; i < window.end; i++) {
      const at = i - window.start;
      tokens[at] = at === 0 ? bos : this.tokens[i - 1];
      targets[at] = this.tokens[i];
      setChannels(side, at * channels, this.positions[i], { entity: this.stream.entity, technique: 0 }, former);
    }
  }

  /** Hands each scored token's ln p to the event that it belongs to: [window.end - window.scoreFrom]. */
  take(window: Window, logProbabilities: Float32Array): void {
    for (const event of this.pending) {
      const from = Math.max(window.scoreFrom, event.start);
      const to = Math.min(window.end, event.start + event.logProbabilities.length);
      for (let i = from; i < to; i++) event.logProbabilities[i - event.start] = logProbabilities[i - window.scoreFrom];
    }
  }

  /** Forgets what is scored, but for the window that is open. */
  settle(): void {
    this.pending = [];
    const drop = this.open;
    this.tokens = this.tokens.slice(drop);
    this.positions = this.positions.slice(drop);
    this.starts = this.starts.filter((start) => start >= drop).map((start) => start - drop);
    this.scored = this.tokens.length;
    this.open = 0;
  }
}
