import { channelCount } from '../gpt';
import type { DecodingSession, GptConfig } from '../gpt/types';
import { moreOmitted, NOTHING_OMITTED, type EntityWriter, type Omitted, type WrittenEvent } from './entity_writer';
import { candidateScores, keepHabit, onlyCandidate, sampleToken, SamplingBuffers, type LogitsProcessor } from './logits';
import { MOST_ROWS, type SessionHolder, type SessionPool } from './session_pool';

/** Positions written before others get a turn. */
const STEPS = 32;

export interface GroupModel {
  config: GptConfig;
  /** Hears how probable the model has values that are new to the entity, by field id. */
  onFresh?(field: number, probability: number): void;
}

/** What the writing of some streams has come to; the streams may be in another thread. */
export interface StreamSource {
  /** No event before this time (ms) is still to come; Infinity when all streams have ended. */
  readonly safeTime: number;
  /** Of all that was written so far. */
  readonly omitted: Omitted;
  /** Writes on for a while. */
  advance(): Promise<void>;
  /** Events before a time, which is no later than `safeTime`. */
  take(before: number): WrittenEvent[];
}

/** A session and whose stream each of its first rows is. */
interface Turn {
  session: DecodingSession;
  rows: EntityWriter[];
}

/**
 * Streams that are written together, a row of a batch each. What they write hangs on themselves alone, not on when their events are
 * taken, nor on what other groups do: rows are chosen for a turn, which lasts until the context is full or few of them go on, and a stream
 * waits only for the others of its group.
 */
export class StreamGroup implements StreamSource, SessionHolder {
  private turn?: Turn;
  private readonly sampling: SamplingBuffers;
  /** Before the group's own safe time, in no order. */
  private readonly due: WrittenEvent[] = [];

  /** @param mostReady events that one stream holds ready while others are behind; those of one time count once */
  constructor(
    private readonly writers: readonly EntityWriter[],
    private readonly model: GroupModel,
    private readonly processors: readonly LogitsProcessor[],
    private readonly pool: SessionPool,
    private readonly mostReady: number
  ) {
    this.sampling = new SamplingBuffers(model.config.vocabulary);
  }

  get safeTime(): number {
    let safe = Infinity;
    for (const writer of this.writers) if (!writer.done && writer.time < safe) safe = writer.time;
    return safe;
  }

  get omitted(): Omitted {
    return this.writers.reduce((sum, writer) => moreOmitted(sum, writer.omitted), NOTHING_OMITTED);
  }

  async advance(): Promise<void> {
    this.turn ??= await this.beginTurn();
    if (this.turn) await this.write(this.turn, STEPS);
    // The service that hosts this answers others in between.
    await new Promise(setImmediate);
  }

  async finishTurn(): Promise<void> {
    while (this.turn) await this.write(this.turn, STEPS);
  }

  /** Writes on where streams have been given more to complete. */
  goOn(): void {
    for (const writer of this.writers) writer.goOn();
  }

  take(before: number): WrittenEvent[] {
    const taken: WrittenEvent[] = [];
    let kept = 0;
    for (const event of this.due) {
      if (event.time < before) taken.push(event);
      else this.due[kept++] = event;
    }
    this.due.length = kept;
    return taken;
  }

  /** Those that can go on, most behind first; undefined when all have ended. */
  private async beginTurn(): Promise<Turn | undefined> {
    const active = [...this.activeOf(this.writers)];
    if (active.length === 0) return undefined;
    const rows = active.length <= MOST_ROWS ? active : active.sort((a, b) => a.time - b.time).slice(0, MOST_ROWS);
    const session = await this.pool.take(this, rows.length);
    const empty = { tokens: new Int32Array(0), side: new Int32Array(0) };
    await session.prefill(Array.from({ length: session.rows }, (_, row) => rows[row]?.prefix() ?? empty));
    return { session, rows };
  }

  private async write({ session, rows }: Turn, steps: number): Promise<void> {
    const { config } = this.model;
    const { vocabulary, context } = config;
    const channels = channelCount(config);
    const tokens = new Int32Array(session.rows);
    const side = new Int32Array(session.rows * channels);
    // A session of few rows is faster: it is taken as soon as few go on.
    const few = session.rows > 1 ? session.rows >> 2 : 0;
    let active = this.activeOf(rows);
    for (let step = 0; step < steps && active.size > few && session.length < context; step++) {
      rows.forEach((writer, row) => {
        tokens[row] = writer.input;
        writer.writeSide(side, row * channels);
      });
      const logits = await session.step(tokens, side);
      rows.forEach((writer, row) => {
        const takenBack = active.has(writer) ? writer.push(this.draw(logits, row * vocabulary, writer)) : 1;
        if (takenBack > 0) session.rewind(row, takenBack);
      });
      this.collect();
      active = this.activeOf(rows);
    }
    if (active.size > few && session.length < context) return;
    this.turn = undefined;
    this.pool.giveBack(this);
  }

  /** What no stream of the group can come before any more. */
  private collect(): void {
    const { safeTime } = this;
    for (const { ready } of this.writers) {
      let count = 0;
      while (count < ready.length && ready[count].time < safeTime) count++;
      if (count > 0) this.due.push(...ready.splice(0, count));
    }
  }

  private draw(logits: Float32Array, at: number, { step, random }: EntityWriter): number {
    const only = onlyCandidate(step.candidates);
    if (only !== undefined) return only;
    const scores = candidateScores(logits.subarray(at, at + this.model.config.vocabulary), step.candidates, this.sampling);
    const { onFresh } = this.model;
    keepHabit(step.candidates, onFresh && ((fresh) => onFresh(step.field, fresh)))(scores);
    for (const process of this.processors) process(scores);
    return sampleToken(scores, random, this.sampling);
  }

  /** Those that go on: whoever is most behind in any case, since all others may be waiting for it. */
  private activeOf(writers: readonly EntityWriter[]): Set<EntityWriter> {
    const { safeTime } = this;
    return new Set(writers.filter(({ done, ready, time }) => !done && (ready.length < this.mostReady || time <= safeTime)));
  }
}
