import type { DecodingSession } from '../gpt/types';

/** Rows of a decoding session: a graph for few rows takes a step in a fraction of the time of one for many. */
const ROWS = [1, 4, 8, 16, 24, 40, 64];
/** Streams written side by side at most. */
export const MOST_ROWS = ROWS[ROWS.length - 1];
/** Sessions held at once, each with a key-value cache of its own. */
const SESSIONS = 4;

/** Who has a session until it gives it back. */
export interface SessionHolder {
  /** Writes on until it needs its session no more, and gives it back. */
  finishTurn(): Promise<void>;
}

/** The decoding sessions of a thread. Whoever takes one has it for a turn: what it writes never hangs on who else wants one. */
export class SessionPool {
  private readonly taken = new Map<SessionHolder, DecodingSession>();
  private readonly free: DecodingSession[] = [];

  constructor(private readonly create: (rows: number) => Promise<DecodingSession>) {}

  /** A session of at least so many rows (at most MOST_ROWS); where all are taken, whoever has had one for longest ends its turn first. */
  async take(holder: SessionHolder, least: number): Promise<DecodingSession> {
    const rows = ROWS.find((size) => size >= least)!;
    if (this.taken.size >= SESSIONS) await [...this.taken.keys()][0].finishTurn();
    const alike = this.free.findIndex((session) => session.rows === rows);
    const session = alike >= 0 ? this.free.splice(alike, 1)[0] : await this.made(rows);
    this.taken.set(holder, session);
    return session;
  }

  giveBack(holder: SessionHolder): void {
    const session = this.taken.get(holder);
    if (session) this.free.push(session);
    this.taken.delete(holder);
  }

  async dispose(): Promise<void> {
    const all = [...this.taken.values(), ...this.free.splice(0)];
    this.taken.clear();
    await Promise.all(all.map((session) => session.dispose()));
  }

  private async made(rows: number): Promise<DecodingSession> {
    if (this.taken.size + this.free.length >= SESSIONS) await this.free.shift()!.dispose();
    return this.create(rows);
  }
}
