import { createParser } from 'eventsource-parser';
import { setTimeout as sleep } from 'node:timers/promises';
import { PassThrough } from 'node:stream';
import { createInterface } from 'node:readline';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import * as path from 'node:path';
import pino from 'pino';
import { API_BASE, API_VERSION, type PluginJob } from '../../../common';
import * as lyrebird from '../../../server';
import { startHost, type HostOptions } from '../../../standalone/host';

export type Settings = Pick<HostOptions<never>, 'elasticsearch' | 'config'>;

/** The plugin's routes, asked as the app asks them. */
export class PluginHost {
  /** Process of the embedded model node that was started last. */
  nodePid = 0;
  private readonly log: string[] = [];

  constructor(
    readonly url: string,
    /** Stops as Ctrl-C does. */
    readonly close: () => Promise<void>,
    /** Ends the process without a word; only for hosts that have one of their own. */
    readonly kill: () => Promise<void> = () => Promise.reject(new Error('this host is in the test\'s own process'))
  ) {}

  async ask<T>(method: string, route: string, body?: object): Promise<{ status: number; body: T }> {
    const response = await fetch(`${this.url}${API_BASE}${route}`, {
      method,
      headers: { 'elastic-api-version': API_VERSION, 'kbn-xsrf': 'test', ...(body ? { 'content-type': 'application/json' } : {}) },
      body: body && JSON.stringify(body),
    });
    return { status: response.status, body: (await response.json()) as T };
  }

  async start(route: string, body: object): Promise<string> {
    const started = await this.ask<PluginJob>('POST', route, body);
    if (started.status !== 200) throw new Error(JSON.stringify(started.body));
    return started.body.id;
  }

  async job(id: string): Promise<PluginJob> {
    return (await this.ask<PluginJob>('GET', `/jobs/${id}`)).body;
  }

  /** The job's states, as its stream tells them, until the job ends or `enough` says so. */
  async follow(id: string, enough: (job: PluginJob) => boolean = () => false): Promise<PluginJob> {
    const stop = new AbortController();
    const response = await fetch(`${this.url}${API_BASE}/jobs/${id}/events`, { headers: { 'elastic-api-version': API_VERSION }, signal: stop.signal });
    const seen: PluginJob[] = [];
    const parser = createParser({ onEvent: ({ data }) => seen.push(JSON.parse(data) as PluginJob) });
    const decoder = new TextDecoder();
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      parser.feed(decoder.decode(chunk, { stream: true }));
      const found = seen.find(enough);
      if (found) return found;
    }
    return seen[seen.length - 1];
  }

  async run(route: string, body: object): Promise<PluginJob> {
    return this.follow(await this.start(route, body));
  }

  async resume(id: string): Promise<PluginJob> {
    const resumed = await this.ask('POST', `/jobs/${id}/resume`);
    if (resumed.status !== 200) throw new Error(JSON.stringify(resumed.body));
    return this.follow(id);
  }

  cancel(id: string): Promise<{ status: number; body: PluginJob }> {
    return this.ask('POST', `/jobs/${id}/cancel`);
  }

  /** Ends the model node as the system does when memory is short. */
  async killNode(): Promise<void> {
    while (this.nodePid === 0) await sleep(20);
    process.kill(this.nodePid, 'SIGKILL');
    this.nodePid = 0;
  }

  /** Resolves once the host's log has the text. */
  async says(text: string): Promise<void> {
    while (!this.log.some((line) => line.includes(text))) await sleep(20);
  }

  /** Keeps a line of the host's log, and reads the node's process out of it. */
  hear(line: string): void {
    this.log.push(line);
    const found = /model node \(process (\d+)\) listens/.exec(line);
    if (found) this.nodePid = Number(found[1]);
  }
}

/** The plugin on its host, in the test's own process. */
export async function hostHere(settings: Settings): Promise<PluginHost> {
  const log = new PassThrough();
  const early: string[] = [];
  let hear = (line: string): void => {
    early.push(line);
  };
  createInterface({ input: log }).on('line', (line) => hear(line));
  const started = await startHost({ ...settings, plugin: lyrebird, port: 0, logger: pino({ level: 'info' }, log) });
  const host = new PluginHost(started.url, started.close);
  hear = (line) => host.hear(line);
  early.forEach(hear);
  return host;
}

/** The plugin on its host in a process of its own, which may be killed. */
export async function hostApart(settings: Settings): Promise<PluginHost> {
  const child = spawn(process.execPath, ['--import', 'tsx', path.join(__dirname, 'host_main.ts'), JSON.stringify(settings)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  };
  return new Promise((resolve, reject) => {
    let host: PluginHost | undefined;
    const early: string[] = [];
    child.once('exit', (code) => reject(new Error(`the host exited with code ${code}: ${early.join('\n')}`)));
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (host) return host.hear(line);
      early.push(line);
      if (!line.startsWith('http')) return;
      host = new PluginHost(line, () => end('SIGTERM'), () => end('SIGKILL'));
      for (const before of early) host.hear(before);
      resolve(host);
    });
  });
}
