import { LyrebirdError } from '../../common';
import type { Scorer } from '../pipeline';
import type { ModelLease, ModelStore } from './model_store';

interface Session {
  modelId: string;
  topFields: number;
  lease: ModelLease;
  scorer: Scorer;
  lastUsed: number;
  /** Requests that wait or work. */
  users: number;
  turn: Promise<unknown>;
  broken: boolean;
}

/**
 * Scorers that live across requests, so that each entity's context goes on. Requests of one session take turns. The
 * session unused longest goes when there are too many or it was idle too long; a request that fails ends its session,
 * since nobody knows which of its events the context has seen.
 */
export class ScoreSessions {
  private readonly sessions = new Map<string, Promise<Session>>();
  private readonly live = new Set<Session>();
  private readonly timer: NodeJS.Timeout;

  constructor(
    private readonly models: ModelStore,
    private readonly limits: { max: number; idleSeconds: number }
  ) {
    this.timer = setInterval(() => this.expire(), Math.min(60_000, limits.idleSeconds * 500)).unref();
  }

  /** Runs `work` with the session's scorer, or with one of its own when no session is named. */
  async use<T>(modelId: string, name: string | undefined, topFields: number, work: (scorer: Scorer) => Promise<T>): Promise<T> {
    if (name === undefined) {
      const session = await this.open(modelId, topFields);
      try {
        return await this.watched(session, work);
      } finally {
        await this.dispose(session);
      }
    }
    const key = `${modelId}/${name}`;
    const session = await this.find(key, modelId, topFields);
    if (session.topFields !== topFields) {
      throw new LyrebirdError('LYREBIRD_CONFLICT', `Session "${name}" explains ${session.topFields} fields; this request asks for ${topFields}.`, 'Use the same top_fields throughout a session, or a new session.');
    }
    session.users += 1;
    const mine = session.turn.then(() => {
      if (session.broken) throw new LyrebirdError('LYREBIRD_CONFLICT', `An earlier request of session "${name}" has failed and ended the session.`, 'Send the request again; a new session begins.');
      return this.watched(session, work);
    });
    session.turn = mine.catch(() => undefined);
    try {
      return await mine;
    } catch (error) {
      session.broken = true;
      this.sessions.delete(key);
      throw error;
    } finally {
      session.users -= 1;
      session.lastUsed = Date.now();
      if (session.broken && session.users === 0) await this.dispose(session);
    }
  }

  count(): number {
    return this.sessions.size;
  }

  /** Ends a session; LYREBIRD_NOT_FOUND when no model has it. */
  async delete(name: string): Promise<void> {
    const keys = [...this.sessions.keys()].filter((key) => key.endsWith(`/${name}`));
    if (keys.length === 0) throw new LyrebirdError('LYREBIRD_NOT_FOUND', `There is no session "${name}".`, 'It may have expired; the next score request with that name begins it anew.');
    await Promise.all(keys.map((key) => this.end(key)));
  }

  /** Ends the idle sessions of a model, so that it can be deleted. */
  async deleteOfModel(modelId: string): Promise<void> {
    for (const [key, opening] of [...this.sessions]) {
      if (!key.startsWith(`${modelId}/`)) continue;
      const session = await opening;
      if (session.users === 0) await this.end(key);
    }
  }

  async close(): Promise<void> {
    clearInterval(this.timer);
    await Promise.all([...this.sessions.keys()].map((key) => this.end(key)));
    await Promise.all([...this.live].map((session) => this.dispose(session)));
  }

  /** What was scored tells how old the model is, whoever asked. */
  private async watched<T>({ modelId, lease, scorer }: Session, work: (scorer: Scorer) => Promise<T>): Promise<T> {
    try {
      return await work(scorer);
    } finally {
      const drift = scorer.takeDrift();
      if (drift) await this.models.recordDrift(modelId, lease.model, drift);
    }
  }

  private find(key: string, modelId: string, topFields: number): Promise<Session> {
    const known = this.sessions.get(key);
    if (known !== undefined) {
      // Moved to the end: the map's order is the order of use.
      this.sessions.delete(key);
      this.sessions.set(key, known);
      return known;
    }
    const opening = this.open(modelId, topFields);
    this.sessions.set(key, opening);
    opening.catch(() => this.sessions.delete(key));
    void this.makeRoom(key);
    return opening;
  }

  private async open(modelId: string, topFields: number): Promise<Session> {
    const lease = await this.models.acquire(modelId);
    const scorer = lease.model.createScorer({ topFields });
    const session: Session = { modelId, topFields, lease, scorer, lastUsed: Date.now(), users: 0, turn: Promise.resolve(), broken: false };
    this.live.add(session);
    return session;
  }

  private async end(key: string): Promise<void> {
    const opening = this.sessions.get(key);
    this.sessions.delete(key);
    const session = await opening?.catch(() => undefined);
    if (session === undefined) return;
    await session.turn;
    await this.dispose(session);
  }

  private async dispose(session: Session): Promise<void> {
    if (!this.live.delete(session)) return;
    try {
      await session.scorer.dispose();
    } finally {
      session.lease.release();
    }
  }

  private async makeRoom(newest: string): Promise<void> {
    for (const key of [...this.sessions.keys()]) {
      if (this.sessions.size <= this.limits.max) return;
      if (key !== newest) await this.end(key);
    }
  }

  private expire(): void {
    const before = Date.now() - this.limits.idleSeconds * 1000;
    for (const session of this.live) {
      if (session.users > 0 || session.lastUsed > before) continue;
      for (const [key, opening] of this.sessions) {
        void opening.then(async (known) => {
          if (known === session && session.users === 0) await this.end(key);
        });
      }
    }
  }
}
