import type { DecodingSession } from '../gpt/types';
import { CHANNELS, type EntityWriter, type WrittenEvent } from './entity_writer';
import { candidateScores, onlyCandidate, sampleToken, SamplingBuffers, type LogitsProcessor } from './logits';

/** Streams written side by side at most. */
export const GROUP_ROWS = 64;
/** Rows of a decoding session: a graph for few rows takes a step in a fraction of the time of one for many. */
const ROWS = [1, 4, 16, 40, GROUP_ROWS];
/** Positions written before others get a turn. */
const STEPS = 32;
/** Sessions held at once, each with a key-value cache of its own. */
const SESSIONS = 4;
/** Events that the streams of a group hold ready, all together; one stream holds some of them at least. */
const READY_EVENTS = 4096;
const LEAST_READY = 16;

export interface GroupModel {
  vocabulary: number;
  context: number;
  }

/** Decoding sessions of a thread's groups. Whoever has waited longest lends its own when there are more groups than sessions. */
export class SessionPool {
  private readonly held = new Map<StreamGroup, DecodingSession>();

  constructor(private readonly create: (rows: number) => Promise<DecodingSession>) {}

  /** The session that a group still has. */
  of(group: StreamGroup): DecodingSession | undefined {
    const session = this.held.get(group);
    if (session) {
      this.held.delete(group);
      this.held.set(group, session);
    }
    return session;
  }

  /** A session of so many rows; what was in it is gone. */
  async take(group: StreamGroup, rows: number): Promise<DecodingSession> {
    const own = this.of(group);
    if (own?.rows === rows) return own;
    await this.release(group);
    if (this.held.size >= SESSIONS) {
      const [owner, session] = this.held.entries().next().value!;
      this.held.delete(owner);
      if (session.rows === rows) {
        this.held.set(group, session);
        return session;
      }
      await session.dispose();
    }
    const session = await this.create(rows);
    this.held.set(group, session);
    return session;
  }

  async release(group: StreamGroup): Promise<void> {
    const session = this.held.get(group);
    this.held.delete(group);
    await session?.dispose();
  }

  /** Whether groups take sessions from each other. */
  isShort(groups: number): boolean {
    return groups > SESSIONS;
  }
}

/** Events that repeated a rare training event. */
export interface Copies {
  redrawn: number;
  given_up: number;
}

export function sumOfCopies(sources: ReadonlyArray<{ readonly copies: Copies }>): Copies {
  const sum = { redrawn: 0, given_up: 0 };
  for (const { copies } of sources) {
    sum.redrawn += copies.redrawn;
    sum.given_up += copies.given_up;
  }
  return sum;
}

/** What the writing of some streams has come to; the streams may be in another thread. */
export interface StreamSource {
  /** No event before this time (ms) is still to come; Infinity when all streams have ended. */
  readonly safeTime: number;
  readonly malformed: number;
  readonly copies: Copies;
  /** Writes on for a while. */
  advance(): Promise<void>;
  /** Events before a time, in time order; events of one time in the order of their streams. */
  take(before: number): WrittenEvent[];
  dispose(): Promise<void>;
}

/** Streams that are written together, a row of the batch each. */
export class StreamGroup implements StreamSource {
  private rows: EntityWriter[] = [];
  private readonly sampling: SamplingBuffers;
  private readonly readyEach: number;

  constructor(
    private readonly writers: readonly EntityWriter[],
    private readonly model: GroupModel,
    private readonly processors: readonly LogitsProcessor[],
    private readonly pool: SessionPool,
    /** Positions written at once. */
    private readonly steps = STEPS
  ) {
    this.sampling = new SamplingBuffers(model.vocabulary);
    this.readyEach = Math.max(LEAST_READY, Math.floor(READY_EVENTS / writers.length));
  }

  get safeTime(): number {
    let safe = Infinity;
    for (const writer of this.writers) if (!writer.done && writer.time < safe) safe = writer.time;
    return safe;
  }

  get malformed(): number {
    return this.writers.reduce((sum, writer) => sum + writer.malformed, 0);
  }

  get copies(): Copies {
    return sumOfCopies(this.writers);
  }

  async advance(): Promise<void> {
    const { vocabulary, context } = this.model;
    let active = this.rows.reduce((sum, writer) => sum + (this.isActive(writer) ? 1 : 0), 0);
    const waiting = this.writers.some((writer) => this.isActive(writer) && !this.rows.includes(writer));
    let session = this.pool.of(this);
    if (session === undefined || session.length >= context || active === 0 || (active <= this.rows.length >> 2 && session.rows > 1) || (waiting && active < this.rows.length)) {
      session = await this.prefill();
      if (session === undefined) return;
      active = this.rows.length;
    }
    const tokens = new Int32Array(session.rows);
    const side = new Int32Array(session.rows * CHANNELS);
    for (let step = 0; step < this.steps && active > 0 && session.length < context; step++) {
      this.rows.forEach((writer, row) => {
        tokens[row] = writer.input;
        writer.writeSide(side, row * CHANNELS);
      });
      const logits = await session.step(tokens, side);
      active = 0;
      for (let row = 0; row < this.rows.length; row++) {
        const writer = this.rows[row];
        if (!this.isActive(writer)) continue;
        const takenBack = writer.push(this.draw(logits, row * vocabulary, writer));
        if (takenBack > 0) session.rewind(row, takenBack);
        if (this.isActive(writer)) active++;
      }
    }
    // The service that hosts this answers others in between.
    await new Promise(setImmediate);
  }

  take(before: number): WrittenEvent[] {
    const due: WrittenEvent[] = [];
    for (const { ready } of this.writers) {
      let count = 0;
      while (count < ready.length && ready[count].time < before) count++;
      if (count > 0) due.push(...ready.splice(0, count));
    }
    return due.sort((a, b) => a.time - b.time);
  }

  async dispose(): Promise<void> {
    await this.pool.release(this);
  }

  private draw(logits: Float32Array, at: number, { step, random }: EntityWriter): number {
    const only = onlyCandidate(step.candidates);
    if (only !== undefined) return only;
    const scores = candidateScores(logits.subarray(at, at + this.model.vocabulary), step.candidates, this.sampling);
    for (const process of this.processors) process(scores);
    return sampleToken(scores, random, this.sampling);
  }

  private isActive(writer: EntityWriter): boolean {
    return !writer.done && writer.ready.length < this.readyEach;
  }

  /** Puts the streams that can go on into rows; undefined when there are none. */
  private async prefill(): Promise<DecodingSession | undefined> {
    const { context } = this.model;
    this.rows = this.writers.filter((writer) => this.isActive(writer)).slice(0, GROUP_ROWS);
    if (this.rows.length === 0) return undefined;
    const rows = ROWS.find((size) => size >= this.rows.length)!;
    const session = await this.pool.take(this, rows);
    const empty = { tokens: new Int32Array(0), side: new Int32Array(0) };
    await session.prefill(Array.from({ length: rows }, (_, row) => this.rows[row]?.prefix(context) ?? empty));
    return session;
  }
}
