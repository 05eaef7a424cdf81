import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LyrebirdError } from '../../common';
import { configure } from './configure';
import { installElasticsearch } from './install';
import { findJava } from './java';
import { isAlive, withLock } from './lock';
import { freePort } from './port';
import { becomesReady, type Access } from './probe';
import { readableHome, unprivilegedUser, writableRunDir, type SystemUser } from './unprivileged';

const START_TIMEOUT_MS = 180_000;
const STOP_TIMEOUT_MS = 30_000;

export interface StartOptions {
  /** Holds state, config, data and logs; whoever names the same folder gets the same Elasticsearch. */
  dataDir: string;
  /** Default: any free port. An Elasticsearch that runs already keeps its own. */
  port?: number;
  /** As -Xmx takes it; default 512m. */
  heap?: string;
  logger?: { info(message: string): void; warn(message: string): void };
  /** Process whose life keeps it running; default: this one. */
  owner?: number;
  /** Delete `dataDir` once it has stopped. */
  disposable?: boolean;
  variant?: Variant;
}

/** An Elasticsearch that differs from the plain one of the distribution: with security, say. Whoever joins it names it too. */
export interface Variant {
  /** Its folder, when it is not the installed distribution. */
  home?: string;
  /** More of elasticsearch.yml; files of config/ are named relative to that. */
  settings?: Record<string, string | number | boolean>;
  /** More files of config/, by name. */
  files?: Record<string, string>;
  /** Needed once it asks for a log-in or speaks TLS. */
  access?: Access;
}

export interface RunningElasticsearch {
  url: string;
  pid: number;
  /** Lets go of it; it stops, gracefully, when this was the last owner. May be called twice. */
  stop(): Promise<void>;
}

interface Running {
  url: string;
  pid: number;
  supervisor: number;
}

/** What supervisor.js is told. */
interface SupervisorOrder {
  command: string;
  cwd: string;
  url: string;
  dataDir: string;
  runDir: string;
  console: string;
  user?: SystemUser;
  disposable: boolean;
}

/**
 * Starts Elasticsearch on loopback, or joins the one that runs on the same data folder. It stops when its last owner
 * has called `stop()` or has died. Resolves once the cluster's health is yellow or better.
 * @throws LyrebirdError LYREBIRD_UNSUPPORTED (no Java, too old), LYREBIRD_CONFLICT (port taken), LYREBIRD_DISK_FULL,
 * LYREBIRD_ELASTICSEARCH_UNAVAILABLE (died or did not get ready; with the tail of its log).
 */
export async function startElasticsearch(options: StartOptions): Promise<RunningElasticsearch> {
  const dataDir = path.resolve(options.dataDir);
  const owner = path.join(dataDir, 'owners', `${options.owner ?? process.pid}-${randomBytes(6).toString('hex')}`);
  const running = await withLock(lockOf(dataDir), START_TIMEOUT_MS + STOP_TIMEOUT_MS, async () => {
    const found = await joinRunning(dataDir, owner, options);
    if (found) return found;
    try {
      return await startFresh(dataDir, owner, options);
    } catch (error) {
      await rm(owner, { force: true });
      throw error;
    }
  });
  return { url: running.url, pid: running.pid, stop: () => release(dataDir, owner) };
}

/** Stops the Elasticsearch of this data folder, whoever owns it; resolves at once when none runs. */
export async function stopElasticsearch(folder: string): Promise<void> {
  const dataDir = path.resolve(folder);
  await withLock(lockOf(dataDir), START_TIMEOUT_MS, async () => {
    await rm(path.join(dataDir, 'owners'), { recursive: true, force: true });
    await end(dataDir);
  });
}

/** Stops it and deletes its data folder, wherever the data lies. */
export async function forgetElasticsearch(folder: string): Promise<void> {
  const dataDir = path.resolve(folder);
  await stopElasticsearch(dataDir);
  await rm(await writableRunDir(dataDir, unprivilegedUser()), { recursive: true, force: true });
  await rm(dataDir, { recursive: true, force: true });
}

/** Beside the data folder, not in it: a disposable folder is deleted while the lock is held. */
const lockOf = (dataDir: string) => `${dataDir}.lock`;

async function release(dataDir: string, owner: string): Promise<void> {
  await withLock(lockOf(dataDir), START_TIMEOUT_MS, async () => {
    await rm(owner, { force: true });
    const others = await readdir(path.dirname(owner)).catch(() => []);
    if (!others.some((name) => isAlive(Number.parseInt(name, 10)))) await end(dataDir);
  });
}

async function end(dataDir: string): Promise<void> {
  const running = await readRunning(dataDir);
  if (!running) return;
  if (isAlive(running.supervisor)) process.kill(running.supervisor, 'SIGTERM');
  else killGroup(running.pid); // the supervisor was killed: nobody else looks after its child
  if (await endsWithin(running, STOP_TIMEOUT_MS)) return;
  killGroup(running.pid);
  await endsWithin(running, 5000);
}

async function endsWithin(running: Running, ms: number): Promise<boolean> {
  for (const deadline = Date.now() + ms; Date.now() < deadline; await sleep(50)) {
    if (!isAlive(running.supervisor) && !isAlive(running.pid)) return true;
  }
  return false;
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // it has gone already
  }
}

async function readRunning(dataDir: string): Promise<Running | undefined> {
  const text = await readFile(path.join(dataDir, 'running.json'), 'utf8').catch(() => undefined);
  return text ? (JSON.parse(text) as Running) : undefined;
}

async function addOwner(owner: string): Promise<void> {
  await mkdir(path.dirname(owner), { recursive: true });
  await writeFile(owner, '');
}

async function joinRunning(dataDir: string, owner: string, { port, logger, variant }: StartOptions): Promise<Running | undefined> {
  const running = await readRunning(dataDir);
  if (!running) return undefined;
  await addOwner(owner);
  const ready = isAlive(running.supervisor) && (await becomesReady(running.url, variant?.access, () => isAlive(running.supervisor), 30_000));
  // Read again: a supervisor that lost its last owner a moment ago takes the file away before it stops.
  if (ready && (await readRunning(dataDir))?.pid === running.pid) {
    if (port && !running.url.endsWith(`:${port}`)) logger?.warn(`Elasticsearch runs at ${running.url} already; port ${port} is not used.`);
    else logger?.info(`Using the Elasticsearch that runs at ${running.url}`);
    return running;
  }
  await end(dataDir);
  await rm(path.join(dataDir, 'running.json'), { force: true });
  return undefined;
}

async function startFresh(dataDir: string, owner: string, options: StartOptions): Promise<Running> {
  const { logger, heap = '512m', disposable = false, variant = {} } = options;
  const java = findJava();
  const installed = variant.home ?? (await installElasticsearch({ onProgress: (message) => logger?.info(message) }));
  const user = unprivilegedUser();
  await mkdir(dataDir, { recursive: true });
  const home = await readableHome(installed, user);
  const runDir = await writableRunDir(dataDir, user);
  await rm(path.dirname(owner), { recursive: true, force: true });
  await addOwner(owner);
  for (let attempt = 1; ; attempt++) {
    const port = await freePort(options.port);
    await configure({ home, runDir, port, heap, user, settings: variant.settings, files: variant.files });
    const order: SupervisorOrder = {
      command: path.join(home, 'bin', 'elasticsearch'),
      cwd: runDir,
      url: `${variant.access?.ca ? 'https' : 'http'}://127.0.0.1:${port}`,
      dataDir,
      runDir,
      console: path.join(dataDir, 'console.log'),
      user,
      disposable,
    };
    // Detached: Ctrl-C in a terminal must reach the owner alone, who then stops Elasticsearch in good order.
    const supervisor = spawn(process.execPath, [path.join(__dirname, 'supervisor.js'), JSON.stringify(order)], {
      detached: true,
      stdio: 'ignore',
      cwd: dataDir,
      // Not in the order: everybody may read the arguments of a process, and an environment holds secrets.
      env: { ...process.env, ES_JAVA_HOME: java.home, ES_PATH_CONF: path.join(runDir, 'config'), ES_TMPDIR: path.join(runDir, 'tmp'), HOME: runDir, NODE_OPTIONS: '' },
    });
    let exited = false;
    supervisor.once('exit', () => (exited = true)).unref();
    const ready = await becomesReady(order.url, variant.access, () => !exited, START_TIMEOUT_MS);
    const running = await readRunning(dataDir);
    if (ready && running) {
      logger?.info(`Elasticsearch is ready at ${running.url}`);
      return running;
    }
    const tail = await tailOf(order.console);
    await end(dataDir);
    // Between our look and its bind somebody else took the port that we picked: pick another.
    if (!options.port && attempt < 3 && /BindException|BindHttpException|Address already in use/.test(tail)) continue;
    throw startFailure(tail, exited, order.console);
  }
}

function startFailure(tail: string, died: boolean, file: string): LyrebirdError {
  if (/No space left on device|There is not enough space/.test(tail)) {
    return new LyrebirdError('LYREBIRD_DISK_FULL', `Elasticsearch could not start, the disk is full:\n${tail}`, 'Free disk space and start again.');
  }
  return new LyrebirdError(
    'LYREBIRD_ELASTICSEARCH_UNAVAILABLE',
    `Elasticsearch ${died ? 'died at its start' : `was not ready after ${START_TIMEOUT_MS / 1000} seconds`}. The end of ${file}:\n${tail}`,
    'The lines above say why; too little memory and a data folder of another version are common reasons.'
  );
}

async function tailOf(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch(() => '(no log was written)');
  return text.trimEnd().split('\n').slice(-25).join('\n');
}
