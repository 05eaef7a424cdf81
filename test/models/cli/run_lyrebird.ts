import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import * as path from 'node:path';

const BIN = path.join(__dirname, '../../../bin/lyrebird.js');

export interface Ended {
  /** null when a signal ended it. */
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface Running {
  child: ChildProcess;
  ended: Promise<Ended>;
  /** Resolves when standard error has shown the text. */
  says(text: string): Promise<void>;
}

/** `lyrebird ARGS…` as a process of its own, in the folder. */
export function start(cwd: string, args: string[], env: NodeJS.ProcessEnv = {}): Running {
  const child = spawn(process.execPath, [BIN, ...args], { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, stdout, stderr }));
  return {
    child,
    ended,
    async says(text) {
      while (!stderr.includes(text)) {
        const over = await Promise.race([once(child.stderr, 'data').then(() => false), ended.then(() => true)]);
        if (over && !stderr.includes(text)) throw new Error(`ended without "${text}":\n${stderr}`);
      }
    },
  };
}

export const run = (cwd: string, args: string[], env?: NodeJS.ProcessEnv): Promise<Ended> => start(cwd, args, env).ended;

export const linesOf = (text: string) => text.trim().split('\n').map((line) => JSON.parse(line));
