import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { SystemUser } from './unprivileged';

export interface NodeSettings {
  home: string;
  runDir: string;
  port: number;
  /** As -Xmx takes it: 512m, 2g. */
  heap: string;
  user?: SystemUser;
  /** Added to elasticsearch.yml, in place of what is there by the same name. */
  settings?: Record<string, string | number | boolean>;
  /** Added to config/, by name. */
  files?: Record<string, string>;
}

/** Writes config/ for one single-node Elasticsearch on loopback and makes its folders. */
export async function configure({ home, runDir, port, heap, user, settings: more, files = {} }: NodeSettings): Promise<void> {
  const config = path.join(runDir, 'config');
  for (const folder of ['config', 'config/jvm.options.d', 'data', 'logs', 'tmp']) {
    await mkdir(path.join(runDir, folder), { recursive: true });
  }
  if (!existsSync(path.join(config, 'log4j2.properties'))) await cp(path.join(home, 'config'), config, { recursive: true });
  // JSON strings are YAML strings: a path with a space or a colon stays one value.
  const settings: Record<string, string | number | boolean> = {
    'cluster.name': 'lyrebird',
    'node.name': 'lyrebird-1',
    'network.host': '127.0.0.1',
    'http.port': port,
    'transport.port': 0,
    'discovery.type': 'single-node',
    'path.data': path.join(runDir, 'data'),
    'path.logs': path.join(runDir, 'logs'),
    'xpack.security.enabled': false,
    // On a laptop with a full-ish disk the watermarks would turn every index read-only.
    'cluster.routing.allocation.disk.threshold_enabled': false,
    ...more,
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name}: ${JSON.stringify(value)}`);
  await writeFile(path.join(config, 'elasticsearch.yml'), `${lines.join('\n')}\n`);
  await writeFile(path.join(config, 'jvm.options.d', 'heap.options'), `-Xms${heap}\n-Xmx${heap}\n`);
  await writeFile(path.join(config, 'jvm.options'), jvmOptions(await readFile(path.join(home, 'config', 'jvm.options'), 'utf8'), runDir));
  for (const [name, content] of Object.entries(files)) await writeFile(path.join(config, name), content, { mode: 0o600 });
  if (user) spawnSync('chown', ['-R', `${user.uid}:${user.gid}`, runDir]);
}

/** The distribution's own options write their logs beneath its home folder, which belongs to somebody else. */
function jvmOptions(original: string, runDir: string): string {
  return original
    .split('\n')
    .filter((line) => !line.includes('gc.log') && !/-XX:(HeapDumpPath|ErrorFile)=/.test(line))
    .concat(`-XX:HeapDumpPath=${path.join(runDir, 'data')}`, `-XX:ErrorFile=${path.join(runDir, 'logs', 'hs_err_pid%p.log')}`, '')
    .join('\n');
}
