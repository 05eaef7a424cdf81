import { fork, type ChildProcess } from 'node:child_process';
import * as path from 'node:path';
import { LyrebirdError, type ErrorBody, type Job } from '../../common';
import type { JobPlaces, JobProgress } from './job_types';

export interface JobTask {
  job: Job;
  places: JobPlaces;
}

export type ToParent = { type: 'progress'; progress: JobProgress } | { type: 'done'; result: unknown } | { type: 'failed'; error: ErrorBody };
export type ToChild = { type: 'start'; task: JobTask } | { type: 'abort' };

/** How long a job that was told to stop may take to write its checkpoint, milliseconds. */
const GRACE_MS = 30_000;

/**
 * Runs a job in a process of its own: whatever happens there (a crash in native code, memory used up) ends that job alone,
 * and its memory goes back to the system when it ends. The child stops by itself when this process is gone.
 * Resolves to the job's result, which is undefined for most types.
 *
 * @throws what the work of the job's type throws; LYREBIRD_INTERNAL when the process died
 */
export function runJob(task: JobTask, signal: AbortSignal, onProgress: (progress: JobProgress) => void, onStart: (pid: number) => void): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const child: ChildProcess = fork(path.join(__dirname, 'job_main.ts'), [], {
      execArgv: ['--import', require.resolve('tsx')],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    if (child.pid !== undefined) onStart(child.pid);
    let outcome: { error?: LyrebirdError; result?: unknown } | undefined;
    let stderr = '';
    let killer: NodeJS.Timeout | undefined;
    const send = (message: ToChild) => child.connected && child.send(message, () => undefined);
    const abort = () => {
      send({ type: 'abort' });
      killer ??= setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
    };

    child.stderr!.setEncoding('utf8').on('data', (text: string) => (stderr = (stderr + text).slice(-4000)));
    child.on('message', (message: ToParent) => {
      if (message.type === 'progress') onProgress(message.progress);
      else outcome = message.type === 'done' ? { result: message.result } : { error: LyrebirdError.fromBody(message.error) };
    });
    child.once('error', (error) => {
      outcome ??= { error: new LyrebirdError('LYREBIRD_INTERNAL', `The process of the job could not be started: ${error.message}.`, undefined, { cause: error }) };
      if (child.pid === undefined) settle(null, null);
    });
    child.once('close', settle);
    signal.addEventListener('abort', abort, { once: true });
    send({ type: 'start', task });
    if (signal.aborted) abort();

    function settle(code: number | null, killedBy: NodeJS.Signals | null): void {
      clearTimeout(killer);
      signal.removeEventListener('abort', abort);
      if (outcome !== undefined) return outcome.error ? reject(outcome.error) : resolve(outcome.result);
      if (signal.aborted) return reject(new LyrebirdError('LYREBIRD_CANCELLED', 'The job was stopped.', 'Resume it to go on from its last checkpoint.'));
      const how = killedBy === null ? `ended with exit code ${code}` : `was killed by ${killedBy}`;
      const last = stderr.trim().split('\n').pop();
      reject(
        new LyrebirdError(
          'LYREBIRD_INTERNAL',
          `The process of the job ${how}${last ? `: ${last}` : ''}.`,
          killedBy === 'SIGKILL' ? 'The system may have run out of memory: free some or choose a smaller model, then resume the job.' : 'Resume the job; it goes on from where it was.',
          { cause: stderr }
        )
      );
    }
  });
}
