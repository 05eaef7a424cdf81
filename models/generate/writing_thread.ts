import { once } from 'node:events';
import type { MessagePort, Worker } from 'node:worker_threads';
import { LyrebirdError, toLyrebirdError, type ErrorBody } from '../../common';
import { NOTHING_OMITTED, type Omitted, type WrittenEvent } from './entity_writer';
import { groupStreams, openGroup } from './groups';
import { planRun, type RunOptions } from './plan_run';
import { SessionPool } from './session_pool';
import type { GeneratorOptions } from './generator';
import type { StreamGroup, StreamSource } from './stream_group';

/** Events of a group that are on their way or wait to be merged, before it is written on. */
const MOST_UNTAKEN = 1000;

type ToThread =
  | { type: 'write'; options: RunOptions; groups: readonly number[] }
  /** So many of a group's events have been taken. */
  | { type: 'taken'; group: number; events: number }
  | { type: 'stop' };

type FromThread = { type: 'written'; group: number; events: WrittenEvent[]; safeTime: number; omitted: Omitted } | { type: 'failed'; error: ErrorBody; stack?: string };

/**
 * The thread's side: writes the groups that it is told to, whoever is most behind first, until it is told to stop. Sends no more than is
 * taken.
 */
export function serveGroups(port: MessagePort, open: () => Promise<GeneratorOptions>): void {
  const untaken = new Map<number, number>();
  let stopped = false;
  let wake = (): void => undefined;
  const write = async (options: RunOptions, wanted: readonly number[]): Promise<void> => {
    const generator = await open();
    const { streams, apart } = planRun(generator, options);
    const places = groupStreams(streams, generator.card, apart);
    const pool = new SessionPool(generator.createSession);
    const groups = new Map<number, StreamGroup>(wanted.map((group) => [group, openGroup(generator, options, streams, places[group], pool)]));
    try {
      while (groups.size > 0 && !stopped) {
        const able = [...groups].filter(([group]) => (untaken.get(group) ?? 0) < MOST_UNTAKEN);
        if (able.length === 0) {
          await new Promise<void>((resolve) => (wake = resolve));
          continue;
        }
        const [group, source] = able.reduce((last, next) => (next[1].safeTime < last[1].safeTime ? next : last));
        await source.advance();
        const { safeTime, omitted } = source;
        const events = source.take(safeTime);
        untaken.set(group, (untaken.get(group) ?? 0) + events.length);
        port.postMessage({ type: 'written', group, events, safeTime, omitted } satisfies FromThread);
        if (safeTime === Infinity) groups.delete(group);
      }
    } finally {
      await pool.dispose();
    }
  };
  port.on('message', (message: ToThread) => {
    if (message.type === 'write') {
      write(message.options, message.groups).then(
        () => port.close(),
        (thrown: unknown) => {
          port.postMessage({ type: 'failed', error: toLyrebirdError(thrown).toBody(), stack: thrown instanceof Error ? thrown.stack : undefined } satisfies FromThread);
          port.close();
        }
      );
    } else if (message.type === 'taken') untaken.set(message.group, untaken.get(message.group)! - message.events);
    else stopped = true;
    wake();
  });
}

/** A group that is written in another thread. */
class RemoteGroup implements StreamSource {
  safeTime = -Infinity;
  omitted = NOTHING_OMITTED;
  private events: WrittenEvent[] = [];
  private news = false;
  private wake = (): void => undefined;

  constructor(
    private readonly thread: WritingThread,
    private readonly group: number
  ) {}

  /** Waits until the thread has written on. */
  async advance(): Promise<void> {
    while (!this.news) {
      if (this.thread.failure) throw this.thread.failure;
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
    this.news = false;
  }

  take(before: number): WrittenEvent[] {
    const due = this.events.filter((event) => event.time < before);
    if (due.length === 0) return due;
    this.events = this.events.filter((event) => event.time >= before);
    this.thread.send({ type: 'taken', group: this.group, events: due.length });
    return due;
  }

  hear(events: readonly WrittenEvent[], safeTime: number, omitted: Omitted): void {
    this.events.push(...events);
    this.safeTime = safeTime;
    this.omitted = omitted;
    this.news = true;
    this.wake();
  }

  hearFailure(): void {
    this.wake();
  }
}

/** A thread that writes some of a run's groups ahead. */
export class WritingThread {
  readonly groups: ReadonlyMap<number, RemoteGroup>;
  failure?: Error;
  private readonly ended: Promise<unknown>;

  constructor(
    private readonly worker: Worker,
    options: RunOptions,
    groups: readonly number[]
  ) {
    this.groups = new Map(groups.map((group) => [group, new RemoteGroup(this, group)]));
    this.ended = once(worker, 'exit');
    this.ended.catch(() => undefined);
    worker.on('message', (message: FromThread) => {
      if (message.type === 'written') this.groups.get(message.group)!.hear(message.events, message.safeTime, message.omitted);
      else {
        const error = LyrebirdError.fromBody(message.error);
        if (message.stack) error.stack = message.stack;
        this.fail(error);
      }
    });
    worker.on('error', (error) => this.fail(error));
    worker.on('exit', (code) =>
      this.fail(new LyrebirdError('LYREBIRD_INTERNAL', `A writing thread ended with code ${code} before its streams did.`, 'Start the generation again; if it ran out of memory, choose fewer entities at once.'))
    );
    this.send({ type: 'write', options, groups });
  }

  send(message: ToThread): void {
    this.worker.postMessage(message);
  }

  /** Resolves when the thread has ended. It is not torn down while the runtime is at work in it. */
  async stop(): Promise<void> {
    this.send({ type: 'stop' });
    await this.ended.catch(() => undefined);
  }

  private fail(error: Error): void {
    this.failure ??= error;
    for (const group of this.groups.values()) group.hearFailure();
  }
}
