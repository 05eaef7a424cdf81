import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import * as path from 'node:path';
import { createInterface } from 'node:readline';
import { LyrebirdError } from '../../common';
import type { Logger } from '../kibana';
import type { NodeEndpoint, NodeEndpointSource } from './endpoint';

const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 15_000;
const FIRST_RESTART_MS = 500;
const LAST_RESTART_MS = 30_000;
/** A node that ran this long was well: its next death is a first one. */
const HEALTHY_MS = 60_000;
/** pino's number for warnings: the node logs JSON lines on standard error. */
const WARN = 40;

export interface EmbeddedNodeOptions {
  /** Folder of the node's code, with `main.ts`, or `main.js` in a build. */
  path: string;
  dataDir: string;
  /** Node.js that runs it. */
  executable: string;
  logger: Logger;
}

const HOW_TO_HAVE_ONE = 'Start one (npx lyrebird node) and name it in lyrebird.node.url, or name its code in lyrebird.node.embedded.path; then start Kibana again.';

class NoCode extends Error {
  constructor(folder: string) {
    super(`There is no model node: lyrebird.node.url is not set, and "${folder}" (lyrebird.node.embedded.path) has no main.ts or main.js.`);
  }
}

/**
 * Runs the model node as a child process on a free loopback port, with a token that only the two know; starts it again,
 * ever slower, when it dies.
 */
export class EmbeddedNode implements NodeEndpointSource {
  readonly description = 'the embedded model node';
  private child?: ChildProcess;
  private endpoint?: NodeEndpoint;
  private lastFailure?: string;
  private missing?: NoCode;
  private restart?: NodeJS.Timeout;
  private failures = 0;
  private stopping = false;
  private readonly waiting = new Set<() => void>();

  constructor(private readonly options: EmbeddedNodeOptions) {}

  /** Does not wait until the node listens. */
  start(): void {
    this.launch().catch((error: Error) => (error instanceof NoCode ? this.absent(error) : this.died(error.message)));
  }

  /** Waits while the node is starting. LYREBIRD_NODE_UNAVAILABLE when it does not come up. */
  async resolve(): Promise<NodeEndpoint> {
    const deadline = Date.now() + START_TIMEOUT_MS;
    while (!this.endpoint) {
      if (this.missing) throw new LyrebirdError('LYREBIRD_NODE_UNAVAILABLE', this.missing.message, HOW_TO_HAVE_ONE);
      const left = deadline - Date.now();
      // After several deaths in a row the person is better served by the reason than by waiting.
      if (left <= 0 || this.stopping || this.failures > 2) {
        throw new LyrebirdError(
          'LYREBIRD_NODE_UNAVAILABLE',
          `The embedded model node does not run: ${this.stopping ? 'the plugin is stopping' : (this.lastFailure ?? 'it has not said that it listens')}.`,
          'The server log has its output. A node elsewhere can be named in lyrebird.node.url.'
        );
      }
      await this.changed(left);
    }
    return this.endpoint;
  }

  /** Asks the node to finish, and ends it when it does not. */
  async stop(): Promise<void> {
    this.stopping = true;
    clearTimeout(this.restart);
    this.notify();
    const child = this.child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    const killer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await exited;
    clearTimeout(killer);
  }

  private async launch(): Promise<void> {
    const { dataDir, executable, logger } = this.options;
    const main = ['main.js', 'main.ts'].map((name) => path.join(this.options.path, name)).find((file) => existsSync(file));
    if (!main) throw new NoCode(this.options.path);
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    const token = randomBytes(32).toString('hex');
    const tokenFile = path.join(dataDir, 'token');
    await writeFile(tokenFile, token, { mode: 0o600 });
    await chmod(tokenFile, 0o600);
    if (this.stopping) return;

    const started = Date.now();
    const loader = main.endsWith('.ts') ? ['--import', 'tsx'] : [];
    const child = spawn(
      executable,
      [...loader, main, '--data', dataDir, '--host', '127.0.0.1', '--port', '0', '--token-file', tokenFile, '--exit-with-parent'],
      // `--import tsx` is looked up from the working directory.
      { cwd: path.dirname(main), stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, NODE_OPTIONS: '' } }
    );
    this.child = child;
    // A node that dies while it is written to must not take Kibana along.
    child.stdin.on('error', () => undefined);
    let lastLine = '';
    createInterface({ input: child.stdout }).on('line', (line) => {
      const url = listeningUrl(line);
      if (!url) return logger.debug(line);
      logger.info(`The model node (process ${child.pid}) listens on ${url}.`);
      this.endpoint = { url: url.replace(/\/+$/, ''), token };
      this.notify();
    });
    createInterface({ input: child.stderr }).on('line', (line) => {
      const { level, message } = logLine(line);
      if (level >= WARN) lastLine = message;
      if (level >= WARN) logger.warn(message);
      else logger.debug(message);
    });
    let ended = false;
    const onEnd = (reason: string) => {
      if (ended) return;
      ended = true;
      if (Date.now() - started > HEALTHY_MS) this.failures = 0;
      this.died(lastLine ? `${reason}: ${lastLine.slice(0, 300)}` : reason);
    };
    child.once('error', (error) => onEnd(error.message));
    child.once('exit', (code, signal) => onEnd(signal ? `it was ended by ${signal}` : `it exited with code ${code}`));
  }

  /** It would not be there the next time either. */
  private absent(error: NoCode): void {
    this.missing = error;
    this.options.logger.warn(error.message);
    this.notify();
  }

  private died(reason: string): void {
    this.endpoint = undefined;
    this.lastFailure = reason;
    if (this.stopping) return;
    const delay = Math.min(FIRST_RESTART_MS * 2 ** this.failures, LAST_RESTART_MS);
    this.failures++;
    this.options.logger.error(`The model node stopped: ${reason}. Starting it again in ${delay} ms.`);
    this.restart = setTimeout(() => this.start(), delay);
    this.restart.unref();
    this.notify();
  }

  private changed(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.waiting.delete(done);
        resolve();
      };
      const timer = setTimeout(done, timeoutMs);
      this.waiting.add(done);
    });
  }

  private notify(): void {
    for (const wake of [...this.waiting]) wake();
  }
}

function listeningUrl(line: string): string | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const message = JSON.parse(line) as { event?: unknown; url?: unknown };
    return message.event === 'listening' && typeof message.url === 'string' ? message.url : undefined;
  } catch {
    return undefined;
  }
}

/** What is no log line of the node's (a crash of its runtime) is taken for a warning. */
function logLine(line: string): { level: number; message: string } {
  try {
    const { level, msg, err } = JSON.parse(line) as { level?: unknown; msg?: unknown; err?: { message?: string; stack?: string; code?: string } };
    // A LyrebirdError says where it comes from; of any other the stack does.
    const why = err?.code?.startsWith('LYREBIRD_') ? err.message : (err?.stack ?? err?.message);
    if (typeof level === 'number') return { level, message: [typeof msg === 'string' ? msg : line, why].filter(Boolean).join(': ') };
  } catch {
    // Not JSON.
  }
  return { level: WARN, message: line };
}
