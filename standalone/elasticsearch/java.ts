import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { LyrebirdError } from '../../common';

export const MINIMUM_JAVA = 17;

export interface Java {
  /** The folder that ES_JAVA_HOME takes. */
  home: string;
  /** Major version, such as 17. */
  version: number;
}

const INSTALL_HINT =
  'Debian and Ubuntu: apt-get install openjdk-17-jdk-headless. Fedora: dnf install java-21-openjdk-headless. macOS: brew install openjdk@21. Or set JAVA_HOME.';

/**
 * The first Java that runs: ES_JAVA_HOME, JAVA_HOME, then the PATH.
 * @throws LyrebirdError LYREBIRD_UNSUPPORTED when there is none, or only one older than 17.
 */
export function findJava(env: NodeJS.ProcessEnv = process.env): Java {
  const candidates = [env.ES_JAVA_HOME, env.JAVA_HOME].flatMap((home) => (home ? [path.join(home, 'bin', 'java')] : []));
  let tooOld: Java | undefined;
  for (const command of [...candidates, 'java']) {
    const java = describeJava(command, env);
    if (java && java.version >= MINIMUM_JAVA) return java;
    tooOld ??= java;
  }
  if (tooOld) {
    throw new LyrebirdError(
      'LYREBIRD_UNSUPPORTED',
      `Java ${tooOld.version} at ${tooOld.home} is too old: Elasticsearch needs Java ${MINIMUM_JAVA} or newer.`,
      INSTALL_HINT
    );
  }
  throw new LyrebirdError('LYREBIRD_UNSUPPORTED', `No Java found: Elasticsearch needs Java ${MINIMUM_JAVA} or newer.`, INSTALL_HINT);
}

function describeJava(command: string, env: NodeJS.ProcessEnv): Java | undefined {
  const answer = spawnSync(command, ['-XshowSettings:properties', '-version'], { env, encoding: 'utf8', timeout: 30_000 });
  if (answer.error || answer.status !== 0) return undefined;
  const text = `${answer.stderr}\n${answer.stdout}`;
  const home = /^\s*java\.home = (.+)$/m.exec(text)?.[1]?.trim();
  // Java 8 calls itself 1.8.
  const version = Number(/^\s*java\.specification\.version = (?:1\.)?(\d+)/m.exec(text)?.[1]);
  return home && version ? { home, version } : undefined;
}
