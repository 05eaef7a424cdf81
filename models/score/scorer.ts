import type { LogHit, ScoredEvent, Skipped } from '../../common';
import type { Codec, PreparedEvent } from '../codec/types';
import { count } from '../dataset';
import { channelCount } from '../gpt';
import type { GptConfig, ScoringSession } from '../gpt/types';
import { prepareHit } from '../prepare';
import type { EventFields } from '../prepare';
import type { Calibration } from './calibration';
import { DriftWatch, type Drift } from './drift';
import { EntityStream } from './entity_stream';
import type { PendingEvent } from './entity_stream';
import { EvidenceStream } from './evidence';
import { typicalValues } from './explain';
import { Hindsight, type Revised } from './hindsight';
import { topFields } from './top_fields';
import type { TopField } from './top_fields';
import type { Window } from './windows';

/** Entities whose context is kept; the least recently seen is forgotten first, so memory stays flat. */
const MAX_ENTITIES = 20_000;
/** Windows read in one run: more need more memory than the processor has at hand, and take longer. */
const BATCH = 8;
/** What a person is likely to look at is explained with what was typical; the rest only with what it was. */
const EXPLAIN_FROM_SCORE = 90;
/** Positions whose logits are asked for at once. */
const EXPLAIN_BATCH = 256;

/** An event with the ln p of each of its tokens. */
export type ReadEvent = Pick<PendingEvent, 'prepared' | 'encoded' | 'logProbabilities'>;

/** An event that is read, by its place among them, and why it surprised. */
export interface Explained {
  place: number;
  top: readonly TopField[];
}

interface Placed {
  stream: EntityStream;
  window: Window;
  /** [tokens scored, d], once read. */
  hidden: Float32Array;
}

export interface ScorerOptions {
  codec: Codec;
  session: ScoringSession;
  config: GptConfig;
  fields: EventFields;
  /** Absent while it is being made. */
  calibration?: Calibration;
  /** End of what the model learned from, ms: later events tell whether it has aged. */
  learnedTo?: number;
  topFields: number;
}

/**
 * Next-log prediction turned into scores: reads each entity's merged stream with the model, event by event in time order,
 * and keeps the context between calls. Not re-entrant: one call at a time.
 */
export class StreamScorer {
  private readonly streams = new Map<string, EntityStream>();
  private readonly evidence: EvidenceStream | undefined;
  private readonly watch: DriftWatch | undefined;
  private readonly later: Hindsight | undefined;

  constructor(private readonly options: ScorerOptions) {
    if (options.calibration === undefined) return;
    this.evidence = new EvidenceStream(options.calibration.history);
    this.later = new Hindsight(options.calibration);
    if (options.learnedTo !== undefined) this.watch = new DriftWatch(options.calibration.baseline, options.learnedTo);
  }

  /**
   * Events in time order. What cannot be scored is counted by reason, never thrown. `revised` are events of earlier calls, the very objects
   * that were handed over, whose scores have risen by what came now.
   */
  async score(hits: readonly LogHit[]): Promise<{ events: ScoredEvent[]; revised: Revised[]; skipped: Skipped }> {
    const skipped: Skipped = {};
    const touched = new Set<EntityStream>();
    hits.forEach((hit, seq) => {
      const prepared = prepareHit(hit, this.options.fields);
      if (typeof prepared === 'string') count(skipped, prepared);
      else this.add(prepared, seq, touched);
    });
    const placed = await this.read(touched);
    const calibration = this.options.calibration;
    if (calibration === undefined) throw new Error('score() needs a calibration; readPrepared() is what one is made of');

    const scored: Scored[] = [];
    for (const { stream, pending } of inOrder(touched)) {
      const evidence = this.evidence!.add(pending.prepared, pending.encoded, pending.logProbabilities);
      const judgement = calibration.judge(evidence, stream.accumulator);
      stream.accumulator = judgement.after;
      const hit = hits[pending.seq];
      const probability = Math.exp(-judgement.surprise);
      const score = 100 * (1 - probability);
      const top = topFields(evidence, judgement, calibration.history, this.options.topFields);
      const event: ScoredEvent = {
        seq: pending.seq,
        id: hit._id,
        index: hit._index,
        timestamp: new Date(evidence.time).toISOString(),
        entity: evidence.entity,
        log_type: evidence.logType,
        score,
        initial_score: score,
        surprisal: evidence.measure.total,
        probability,
        top_fields: top.map(({ surprisal }) => surprisal),
      };
      this.watch?.add(evidence, score);
      this.later!.add(event, judgement);
      scored.push({ event, pending, stream, top });
    }
    const revised = this.later!.settle();
    await this.explain(scored.filter(({ event }) => event.score >= EXPLAIN_FROM_SCORE), placed);
    for (const stream of touched) stream.settle();
    return { events: scored.map(({ event }) => event), revised, skipped };
  }

  /**
   * Reads events without scoring them: what a calibration is made of. In the order given. Of those that `choose` names, with their reasons, what
   * was typical instead is added to these.
   */
  async readPrepared(prepared: readonly PreparedEvent[], choose?: (events: readonly ReadEvent[]) => Iterable<Explained>): Promise<ReadEvent[]> {
    const touched = new Set<EntityStream>();
    prepared.forEach((event, seq) => this.add(event, seq, touched));
    const placed = await this.read(touched);
    const read = inOrder(touched);
    const events = read.map(({ pending }) => pending);
    if (choose) await this.explain([...choose(events)].map(({ place, top }) => ({ ...read[place], top })), placed);
    for (const stream of touched) stream.settle();
    return events;
  }

  private add(prepared: PreparedEvent, seq: number, touched: Set<EntityStream>): void {
    let stream = this.streams.get(prepared.entity);
    // Most recently used last.
    if (stream !== undefined) this.streams.delete(prepared.entity);
    else stream = new EntityStream(this.options.codec.startStream({ entity: prepared.entity, time: prepared.time }));
    this.streams.set(prepared.entity, stream);
    if (this.streams.size > MAX_ENTITIES) this.streams.delete(this.streams.keys().next().value!);
    stream.add(seq, prepared);
    touched.add(stream);
  }

  private async read(touched: Set<EntityStream>): Promise<Placed[]> {
    const placed: Placed[] = [];
    for (const stream of touched) for (const window of stream.windows(this.options.config.context)) placed.push({ stream, window, hidden: new Float32Array(0) });
    // Rows of about the same length together: a batch is as long as its longest row.
    placed.sort((a, b) => lengthOf(b.window) - lengthOf(a.window));
    for (let i = 0; i < placed.length; i += BATCH) {
      const rows = placed.slice(i, i + BATCH);
      const length = lengthOf(rows[0].window);
      const { logProbabilities, hidden } = await this.run(rows, length);
      const { width } = this.options.config;
      let at = 0;
      for (const place of rows) {
        const to = at + place.window.end - place.window.scoreFrom;
        place.stream.take(place.window, logProbabilities.subarray(at, to));
        place.hidden = hidden.subarray(at * width, to * width);
        at = to;
      }
    }
    return placed;
  }

  private run(rows: readonly Placed[], length: number) {
    const { codec, config, session } = this.options;
    const layout = { bos: codec.bos, former: config.former, channels: channelCount(config) };
    const S = layout.channels;
    const tokens = new Int32Array(rows.length * length);
    const targets = new Int32Array(rows.length * length);
    const side = new Int32Array(rows.length * length * S);
    const wanted: number[] = [];
    rows.forEach(({ stream, window }, row) => {
      for (let t = window.scoreFrom; t < window.end; t++) wanted.push(row * length + t - window.start);
      const span = [row * length, (row + 1) * length] as const;
      stream.fill(window, layout, tokens.subarray(...span), side.subarray(span[0] * S, span[1] * S), targets.subarray(...span));
    });
    return session.run({ rows: rows.length, length, tokens, side, targets, wanted: Int32Array.from(wanted) });
  }

  /** What was typical instead, from the hidden states at what surprised most. */
  private async explain(events: ReadonlyArray<Omit<Scored, 'event'>>, placed: readonly Placed[]): Promise<void> {
    const { width } = this.options.config;
    const placedOf = new Map<EntityStream, Placed[]>();
    for (const place of placed) placedOf.set(place.stream, [...(placedOf.get(place.stream) ?? []), place]);
    const wanted: Array<{ field: TopField['surprisal']; fieldId: number; token: number; hidden: Float32Array }> = [];
    for (const { pending, stream, top } of events) {
      for (const { surprisal: field, token } of top) {
        if (token === undefined) continue;
        const at = pending.start + token;
        const { window, hidden } = placedOf.get(stream)!.find((place) => at >= place.window.scoreFrom && at < place.window.end)!;
        const position = at - window.scoreFrom;
        wanted.push({ field, fieldId: pending.encoded.positions[token].field, token: pending.encoded.tokens[token], hidden: hidden.subarray(position * width, (position + 1) * width) });
      }
    }
    const { codec, session } = this.options;
    for (let i = 0; i < wanted.length; i += EXPLAIN_BATCH) {
      const batch = wanted.slice(i, i + EXPLAIN_BATCH);
      const states = new Float32Array(batch.length * width);
      batch.forEach(({ hidden }, m) => states.set(hidden, m * width));
      const logits = await session.logits(states);
      batch.forEach(({ field, fieldId, token }, m) => {
        field.typical = typicalValues(codec, fieldId, token, logits.subarray(m * codec.vocabulary, (m + 1) * codec.vocabulary));
      });
    }
  }

  /** What was counted since the last call, if anything: `Model.ageOf` says what it means. */
  takeDrift(): Drift | undefined {
    return this.watch?.take();
  }

  async dispose(): Promise<void> {
    this.streams.clear();
  }
}

interface Scored {
  event: ScoredEvent;
  pending: PendingEvent;
  stream: EntityStream;
  top: readonly TopField[];
}

const lengthOf = (window: Window) => window.end - window.start;

/** What waits in the streams, in the order of the request. */
function inOrder(streams: Iterable<EntityStream>): Array<{ stream: EntityStream; pending: PendingEvent }> {
  return [...streams].flatMap((stream) => stream.pending.map((pending) => ({ stream, pending }))).sort((a, b) => a.pending.seq - b.pending.seq);
}
