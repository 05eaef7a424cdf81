import { LyrebirdError, toLyrebirdError, type ErrorCode, type LogHit, type RevisedEvent, type ScoredEvent, type Skipped } from '../../../common';
import type { NodeClient } from '../../node';

export const TOP_FIELDS = 5;
/** The node forgets a session after half an hour without a request; before that it is begun anew, with the events that it had last. */
const IDLE_MS = 20 * 60_000;
/** So often in a row the node may die of an event before that is taken for the event's fault. */
const MAX_DEATHS = 3;
/** More events than this in a row are not at fault each: something else is. */
const MAX_SET_ASIDE_IN_A_ROW = 20;

/** Errors that say nothing about the events: another time, or another person, may succeed with the same. */
const NOT_THE_EVENTS: ReadonlySet<ErrorCode> = new Set([
  'LYREBIRD_CANCELLED',
  'LYREBIRD_UNAUTHORIZED',
  'LYREBIRD_FORBIDDEN',
  'LYREBIRD_NOT_FOUND',
  'LYREBIRD_TOO_BUSY',
  'LYREBIRD_DISK_FULL',
]);

export interface ScoringSessionOptions {
  node: NodeClient;
  modelId: string;
  /** Begins the names of its sessions on the node. */
  name: string;
  /** Events that give a new session its context, at least. */
  context: number;
  signal: AbortSignal;
}

/** An event that cannot be scored, and why. */
export interface SetAside {
  /** Position among the events of the call. */
  seq: number;
  reason: string;
}

export interface ScoredBatch {
  /** `seq` is the position among the events of the call. */
  events: ScoredEvent[];
  /** Events of earlier calls whose scores have risen by these. */
  revised: RevisedEvent[];
  skipped: Skipped;
  setAside: SetAside[];
}

/**
 * One job's session on the node's scorer, which outlives the node: when a request fails, a new session is given the last events for
 * context and the request is made again. What fails again and again is halved until the events at fault stand alone; these are set
 * aside with the reason, the others are scored.
 */
export class ScoringSession {
  private begun = 0;
  private session?: string;
  private lastUsed = 0;
  /** The last batches that were scored, the oldest first. */
  private recent: LogHit[][] = [];
  private setAsideInARow = 0;

  constructor(private readonly options: ScoringSessionOptions) {}

  /** Events in time order. Throws what is not the events' fault. */
  async score(hits: readonly LogHit[]): Promise<ScoredBatch> {
    if (hits.length === 0) return { events: [], revised: [], skipped: {}, setAside: [] };
    let failure: LyrebirdError;
    for (let deaths = 0; ; ) {
      const session = await this.open();
      try {
        const { events, revised, skipped } = await this.ask(session, hits);
        this.lastUsed = Date.now();
        this.remember([...hits]);
        this.setAsideInARow = 0;
        return { events, revised, skipped, setAside: [] };
      } catch (error) {
        failure = this.recoverable(error);
      }
      if (failure.code === 'LYREBIRD_TOO_LARGE') break;
      // A session that broke or was lost tells nothing yet; nor does a node that was stopped.
      if (++deaths >= (failure.code === 'LYREBIRD_NODE_UNAVAILABLE' ? MAX_DEATHS : 2)) break;
    }
    return hits.length === 1 ? this.aside(failure) : this.halves(hits);
  }

  async close(): Promise<void> {
    if (this.session !== undefined) await this.options.node.deleteSession(this.session).catch(() => undefined);
    this.session = undefined;
  }

  private ask(session: string, hits: readonly LogHit[]): ReturnType<NodeClient['score']> {
    const { node, modelId, signal } = this.options;
    return node.score(modelId, hits, { session, topFields: TOP_FIELDS, signal });
  }

  /** The session, which knows the last events. What fails here is no event's fault. */
  private async open(): Promise<string> {
    const { node, modelId, name, signal } = this.options;
    if (this.session !== undefined && Date.now() - this.lastUsed > IDLE_MS) await this.close();
    for (let deaths = 1; this.session === undefined; deaths++) {
      // Asked with patience: a node that died is back in a moment.
      await node.model(modelId, signal);
      const session = `${name}-${++this.begun}`;
      try {
        for (const batch of this.recent) await this.ask(session, batch);
        this.session = session;
        this.lastUsed = Date.now();
      } catch (error) {
        const failure = this.recoverable(error);
        if (deaths === MAX_DEATHS) throw failure;
      }
    }
    return this.session;
  }

  /** The error of a request, after which there is no session; throws what no further try mends. */
  private recoverable(error: unknown): LyrebirdError {
    const failure = toLyrebirdError(error);
    if (this.options.signal.aborted || NOT_THE_EVENTS.has(failure.code)) throw failure;
    this.session = undefined;
    return failure;
  }

  private remember(hits: LogHit[]): void {
    this.recent.push(hits);
    let events = this.recent.reduce((sum, batch) => sum + batch.length, 0);
    while (this.recent.length > 1 && events - this.recent[0].length >= this.options.context) events -= this.recent.shift()!.length;
  }

  private async halves(hits: readonly LogHit[]): Promise<ScoredBatch> {
    const half = Math.ceil(hits.length / 2);
    const first = await this.score(hits.slice(0, half));
    const second = await this.score(hits.slice(half));
    const later = <T extends { seq: number }>(items: T[]): T[] => items.map((item) => ({ ...item, seq: item.seq + half }));
    return { events: [...first.events, ...later(second.events)], revised: [...first.revised, ...second.revised], skipped: added(first.skipped, second.skipped), setAside: [...first.setAside, ...later(second.setAside)] };
  }

  private aside(failure: LyrebirdError): ScoredBatch {
    if (++this.setAsideInARow > MAX_SET_ASIDE_IN_A_ROW) throw failure;
    return { events: [], revised: [], skipped: {}, setAside: [{ seq: 0, reason: failure.message }] };
  }
}

/** The sum of two counts by reason. */
export function added(a: Skipped, b: Skipped): Skipped {
  const sum = { ...a };
  for (const [reason, number] of Object.entries(b)) sum[reason] = (sum[reason] ?? 0) + number;
  return sum;
}
