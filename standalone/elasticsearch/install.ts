import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, statfs } from 'node:fs/promises';
import path from 'node:path';
import { LyrebirdError } from '../../common';
import { findJava } from './java';
import { withLock } from './lock';

export const ELASTICSEARCH_VERSION = '8.19.21';

/** The zip, its unpacked folder and Maven's own plugins, bytes. */
const SPACE_NEEDED = 400 * 2 ** 20;
const REPOSITORY_ROOT = path.resolve(__dirname, '../..');

export interface InstallOptions {
  /** One line for a person, whenever something new happens. */
  onProgress?: (message: string) => void;
  /** Folder that gets one sub-folder per version. */
  into?: string;
  env?: NodeJS.ProcessEnv;
}

/**
 * Brings the official distribution from Maven Central, once; several callers wait for the first.
 * @returns the Elasticsearch home folder (with bin/, lib/, config/).
 * @throws LyrebirdError LYREBIRD_UNSUPPORTED (no Maven or Java), LYREBIRD_DISK_FULL, LYREBIRD_ELASTICSEARCH_UNAVAILABLE (download).
 */
export async function installElasticsearch(options: InstallOptions = {}): Promise<string> {
  const { onProgress = () => undefined, env = process.env } = options;
  const base = options.into ?? path.join(REPOSITORY_ROOT, '.lyrebird', 'elasticsearch');
  const home = path.join(base, ELASTICSEARCH_VERSION);
  if (existsSync(home)) return home;
  return withLock(path.join(base, 'install.lock'), 30 * 60_000, async () => {
    if (existsSync(home)) return home;
    await requireSpace(base);
    await removeLeftovers(base);
    onProgress(`Downloading Elasticsearch ${ELASTICSEARCH_VERSION} (107 MB) with Maven`);
    const unpacked = await mkdtemp(path.join(base, 'unpacking-'));
    try {
      await runMaven(unpacked, env);
      // The rename makes it appear whole or not at all.
      await rename(path.join(unpacked, `elasticsearch-${ELASTICSEARCH_VERSION}`), home);
    } finally {
      await rm(unpacked, { recursive: true, force: true });
    }
    onProgress(`Elasticsearch ${ELASTICSEARCH_VERSION} is unpacked`);
    return home;
  });
}

async function requireSpace(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const disk = await statfs(folder);
  const free = disk.bavail * disk.bsize;
  if (free < SPACE_NEEDED) {
    throw new LyrebirdError(
      'LYREBIRD_DISK_FULL',
      `${Math.round(free / 2 ** 20)} MB are free for ${folder}: Elasticsearch needs ${SPACE_NEEDED / 2 ** 20} MB.`,
      'Free disk space and start again.'
    );
  }
}

async function removeLeftovers(base: string): Promise<void> {
  for (const name of await readdir(base)) {
    if (name.startsWith('unpacking-')) await rm(path.join(base, name), { recursive: true, force: true });
  }
}

async function runMaven(target: string, env: NodeJS.ProcessEnv): Promise<void> {
  const args = [
    '-q', '-B', '-ntp', '-f', path.join(__dirname, 'pom.xml'),
    `-Delasticsearch.version=${ELASTICSEARCH_VERSION}`, `-Dunpack.to=${target}`, 'generate-resources',
  ];
  const { code, output } = await new Promise<{ code: number | null; output: string }>((resolve, reject) => {
    // Maven's launcher needs JAVA_HOME where `java` is not on the PATH.
    const child = spawn('mvn', args, { env: { JAVA_HOME: findJava(env).home, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const keep = (chunk: Buffer) => (output = (output + chunk.toString('utf8')).slice(-20_000));
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.once('error', (error) => {
      reject(
        new LyrebirdError(
          'LYREBIRD_UNSUPPORTED',
          `Maven could not be run (${error.message}): it brings Elasticsearch from Maven Central.`,
          'Debian and Ubuntu: apt-get install maven. Fedora: dnf install maven. macOS: brew install maven. Or set ELASTICSEARCH_URL to a cluster.'
        )
      );
    });
    child.once('close', (code) => resolve({ code, output }));
  });
  if (code === 0) return;
  const errors = output.split('\n').filter((line) => line.includes('ERROR')).slice(0, 5).join('\n') || output.slice(-2000);
  if (output.includes('No space left on device')) {
    throw new LyrebirdError('LYREBIRD_DISK_FULL', `The disk filled up while Elasticsearch was brought:\n${errors}`, 'Free disk space and start again.');
  }
  throw new LyrebirdError(
    'LYREBIRD_ELASTICSEARCH_UNAVAILABLE',
    `Maven ended with code ${code} while it brought Elasticsearch ${ELASTICSEARCH_VERSION}:\n${errors}`,
    'Check the connection to Maven Central (a mirror or proxy goes into ~/.m2/settings.xml), or set ELASTICSEARCH_URL to a cluster.'
  );
}
