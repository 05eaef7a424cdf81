import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { API_BASE, API_VERSION } from '../../common';
import { buildPlugin } from '../../packaging/build_plugin';
import { freePort } from '../../standalone/elasticsearch';

const ROOT = path.join(__dirname, '..', '..');
const START_TIMEOUT_MS = 300_000;
const STOP_TIMEOUT_MS = 30_000;

export interface RealKibana {
  url: string;
  version: string;
  /** What Kibana has logged so far. */
  log(): string;
  /** Asks one of the plugin's own routes. */
  api<T>(method: 'GET' | 'POST' | 'DELETE', at: string, body?: object): Promise<{ status: number; body: T }>;
  /** As under Advanced settings. */
  darkMode(on: boolean): Promise<void>;
  /** Makes a data view of an index. */
  dataView(id: string, index: string): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Stamps the plugin with the version of the Kibana in `home`, installs it there with `bin/kibana-plugin` (in place of one that is), and starts that Kibana on loopback with
 * settings and data of its own. As the folder's owner: Kibana does not run as root.
 */
export async function startRealKibana(home: string, elasticsearch: string): Promise<RealKibana> {
  const { version } = JSON.parse(await readFile(path.join(home, 'package.json'), 'utf8')) as { version: string };
  const { uid, gid } = await stat(path.join(home, 'bin', 'kibana'));
  const folder = await mkdtemp(path.join(tmpdir(), 'lyrebird-kibana-'));
  const [{ file }] = await buildPlugin({ root: ROOT, kibanaVersions: [version], to: folder });
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const settings = {
    'server.host': '127.0.0.1',
    'server.port': port,
    'elasticsearch.hosts': [elasticsearch],
    'path.data': folder,
    // Its notice lies over what is clicked.
    'security.showInsecureClusterWarning': false,
    'lyrebird.node.embedded.path': path.join(ROOT, 'models', 'node'),
    'lyrebird.node.embedded.executable': process.execPath,
  };
  await writeFile(path.join(folder, 'kibana.yml'), Object.entries(settings).map(([name, value]) => `${name}: ${JSON.stringify(value)}\n`).join(''));
  for (const name of ['.', 'kibana.yml', path.basename(file)]) await chown(path.join(folder, name), uid, gid);
  await chmod(folder, 0o755);
  const as = { ...(process.getuid?.() === 0 && { uid, gid }), env: { ...process.env, NODE_OPTIONS: '', KBN_PATH_CONF: folder, HOME: folder } };
  const install = (...args: string[]) => promisify(execFile)(path.join(home, 'bin', 'kibana-plugin'), args, as);
  await install('remove', 'lyrebird').catch(() => undefined);
  await install('install', `file://${file}`);
  const child = spawn(path.join(home, 'bin', 'kibana'), [], { ...as, stdio: ['ignore', 'pipe', 'pipe'] });
  const ask = async (at: string, version: string, body: object): Promise<void> => {
    const headers = { 'kbn-xsrf': 'true', 'x-elastic-internal-origin': 'Kibana', 'elastic-api-version': version, 'content-type': 'application/json' };
    const answer = await fetch(`${url}${at}`, { method: 'POST', headers, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`POST ${at}: ${await answer.text()}`);
  };
  let log = '';
  for (const stream of [child.stdout!, child.stderr!]) stream.on('data', (chunk: Buffer) => (log += chunk.toString('utf8')));
  const kibana: RealKibana = {
    url,
    version,
    log: () => log,
    api: async (method, at, body) => {
      const response = await fetch(`${url}${API_BASE}${at}`, {
        method,
        headers: { 'kbn-xsrf': 'true', 'x-elastic-internal-origin': 'Lyrebird', 'elastic-api-version': API_VERSION, ...(body && { 'content-type': 'application/json' }) },
        body: body && JSON.stringify(body),
      });
      return { status: response.status, body: (await response.json()) as never };
    },
    darkMode: (on) => ask('/internal/kibana/settings', '1', { changes: { 'theme:darkMode': on } }),
    dataView: (id, index) => ask('/api/data_views/data_view', '2023-10-31', { data_view: { id, title: index, timeFieldName: '@timestamp', allowNoIndex: true }, override: true }),
    stop: async () => {
      await stop(child);
      await install('remove', 'lyrebird');
      await rm(folder, { recursive: true, force: true });
    },
  };
  try {
    await available(kibana, child);
  } catch (error) {
    await kibana.stop().catch(() => undefined);
    throw error;
  }
  return kibana;
}

async function available({ url, log }: RealKibana, child: ChildProcess): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (Date.now() < deadline) {
    if (child.exitCode !== null) break;
    const answer = await fetch(`${url}/api/status`)
      .then((response) => response.json() as Promise<Status>)
      // Nothing listens yet, or it says in plain text that it is not ready.
      .catch(() => undefined);
    // What other plugins lack in a small cluster is theirs.
    if (answer?.status.core?.savedObjects.level === 'available' && answer.status.plugins?.lyrebird?.level !== undefined) return;
    await sleep(500);
  }
  throw new Error(`Kibana did not become available:\n${log().slice(-4_000)}`);
}

interface Status {
  status: { core?: { savedObjects: { level: string } }; plugins?: Record<string, { level: string } | undefined> };
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const killer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
  await exited;
  clearTimeout(killer);
}
