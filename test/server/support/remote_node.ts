import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import * as path from 'node:path';
import type { Certificate } from '../../support/certificate';

const MAIN = path.resolve(__dirname, '../../../models/node/main.ts');

/** A model node in a process of its own, as an administrator starts one elsewhere. Its data and its token lie in `folder`. */
export class RemoteNode {
  private child?: ChildProcess;
  readonly tokenFile: string;
  readonly dataDir: string;

  constructor(
    private readonly folder: string,
    token: string
  ) {
    this.tokenFile = path.join(folder, 'token');
    this.dataDir = path.join(folder, 'data');
    writeFileSync(this.tokenFile, token, { mode: 0o600 });
  }

  /** Resolves with its address once it listens. */
  async start(port = 0, certificate?: Certificate): Promise<string> {
    const flags = certificate ? ['--tls-cert', this.pem('cert.pem', certificate.cert), '--tls-key', this.pem('key.pem', certificate.key)] : [];
    const args = ['--import', 'tsx', MAIN, '--data', this.dataDir, '--port', String(port), '--token-file', this.tokenFile, '--log-level', 'error', ...flags];
    this.child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, NODE_OPTIONS: '' } });
    const [line] = (await once(this.child.stdout!, 'data')) as [Buffer];
    return (JSON.parse(line.toString()) as { url: string }).url;
  }

  async stop(): Promise<void> {
    const child = this.child;
    this.child = undefined;
    if (!child || child.exitCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    await exited;
  }

  private pem(name: string, text: string): string {
    const file = path.join(this.folder, name);
    writeFileSync(file, text, { mode: 0o600 });
    return file;
  }
}
