'use strict';
/*
 * What has to be there before any of Lyrebird's own code can run: Node, a JDK, Maven, Chromium and OpenSSL (tests only) and the
 * npm dependencies. Plain JavaScript on Node alone, because it runs on a bare clone.
 */
const { spawnSync } = require('node:child_process');
const { createHash } = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');

const ROOT = path.resolve(__dirname, '..');
const MINIMUM_NODE = [20, 11];
const MINIMUM_JAVA = 17;

/** What each tool is called by the package managers, and how to look for it. `find` returns a description or undefined. */
const JDK = {
  name: `a JDK (${MINIMUM_JAVA} or newer)`,
  // Newest first; a release has one or two of them.
  apt: ['openjdk-21-jdk-headless', 'openjdk-17-jdk-headless', 'default-jdk-headless'],
  manual: {
    'Debian, Ubuntu': 'apt-get install openjdk-17-jdk-headless',
    Fedora: 'dnf install java-21-openjdk-devel',
    macOS: 'brew install openjdk@21 && export JAVA_HOME="$(brew --prefix openjdk@21)/libexec/openjdk.jdk/Contents/Home"',
  },
};
const TOOLS = {
  // What runs Elasticsearch; a runtime without a compiler will do.
  java: { ...JDK, find: findJava },
  // What compiles the plugin that the tests give Elasticsearch.
  jdk: { ...JDK, find: (env) => [findJava(env)].find((home) => home && fs.existsSync(path.join(home, 'bin', 'javac'))) },
  maven: {
    name: 'Maven',
    find: (env) => (run('mvn', ['-version'], env).status === 0 ? 'mvn' : undefined),
    apt: ['maven'],
    manual: { 'Debian, Ubuntu': 'apt-get install maven', Fedora: 'dnf install maven', macOS: 'brew install maven' },
  },
  chromium: {
    name: 'Chromium or Chrome',
    find: findChromium,
    apt: ['chromium'],
    manual: { 'Debian, Ubuntu': 'apt-get install chromium', Fedora: 'dnf install chromium', macOS: 'brew install --cask chromium' },
  },
  openssl: {
    name: 'OpenSSL',
    find: (env) => (run('openssl', ['version'], env).status === 0 ? 'openssl' : undefined),
    apt: ['openssl'],
    manual: { 'Debian, Ubuntu': 'apt-get install openssl', Fedora: 'dnf install openssl', macOS: 'brew install openssl' },
  },
};
/** What the tests need. */
const TEST_TOOLS = ['jdk', 'maven', 'chromium', 'openssl'];

/** An error that a person can act on: printed without a stack. */
class PrerequisiteError extends Error {}

function run(command, args, env) {
  return spawnSync(command, args, { env, encoding: 'utf8', timeout: 60_000 });
}

/** The home folder of the first Java that is new enough: JAVA_HOME, then the PATH. */
function findJava(env) {
  const named = env.JAVA_HOME ? [path.join(env.JAVA_HOME, 'bin', 'java')] : [];
  for (const command of [...named, 'java']) {
    const answer = run(command, ['-XshowSettings:properties', '-version'], env);
    const text = `${answer.stderr ?? ''}\n${answer.stdout ?? ''}`;
    const version = Number(/java\.specification\.version = (?:1\.)?(\d+)/.exec(text)?.[1] ?? 0);
    const home = /java\.home = (.+)/.exec(text)?.[1]?.trim();
    if (answer.status === 0 && version >= MINIMUM_JAVA && home) return home;
  }
  return undefined;
}

/** CHROMIUM_PATH, then the PATH, then where macOS keeps applications. */
function findChromium(env) {
  if (env.CHROMIUM_PATH) return fs.existsSync(env.CHROMIUM_PATH) ? env.CHROMIUM_PATH : undefined;
  const folders = (env.PATH ?? '').split(path.delimiter).filter(Boolean);
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
  const candidates = folders.flatMap((folder) => names.map((name) => path.join(folder, name)));
  if (process.platform === 'darwin') {
    candidates.push('/Applications/Chromium.app/Contents/MacOS/Chromium', '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome');
  }
  return candidates.find((file) => fs.existsSync(file));
}

function requireNode(version = process.versions.node) {
  const [major, minor] = version.split('.').map(Number);
  if (major > MINIMUM_NODE[0] || (major === MINIMUM_NODE[0] && minor >= MINIMUM_NODE[1])) return;
  throw new PrerequisiteError(`Node ${version} is too old: Lyrebird needs Node ${MINIMUM_NODE.join('.')} or newer.`);
}

/** How to become root for apt-get: [] when root already, ['sudo', '-n'] without a password, undefined: not at all. */
function rootPrefix(env, uid) {
  if (run('apt-get', ['--version'], env).status !== 0) return undefined;
  if (uid === 0) return [];
  return run('sudo', ['-n', 'true'], env).status === 0 ? ['sudo', '-n'] : undefined;
}

function aptGet(prefix, args, env) {
  const quiet = ['DEBIAN_FRONTEND=noninteractive', 'apt-get', '-o', 'Acquire::Retries=3', '-o', 'DPkg::Lock::Timeout=120', ...args];
  const [command, ...rest] = [...prefix, 'env', ...quiet];
  return spawnSync(command, rest, { env, encoding: 'utf8', maxBuffer: 2 ** 28 });
}

/**
 * Sees that the named tools are there, installing the missing ones where that is allowed.
 * @returns {Record<string, string>} tool to where it was found
 * @throws PrerequisiteError that says what to install, for each system
 */
function requireTools(names, { env = process.env, uid = process.getuid?.(), say = console.error } = {}) {
  const look = () => Object.fromEntries(names.map((name) => [name, TOOLS[name].find(env)]));
  let found = look();
  const missing = names.filter((name) => !found[name]);
  if (missing.length === 0) return found;

  const prefix = rootPrefix(env, uid);
  const failures = [];
  if (prefix) {
    say(`Installing ${missing.map((name) => TOOLS[name].name).join(', ')}`);
    aptGet(prefix, ['update', '-q'], env);
    for (const name of missing) {
      const refused = [];
      const done = TOOLS[name].apt.some((pkg) => {
        const attempt = aptGet(prefix, ['install', '-y', '-q', '--no-install-recommends', pkg], env);
        if (attempt.status !== 0) refused.push(attempt.error ? attempt.error.message : attempt.stderr);
        return attempt.status === 0;
      });
      if (!done) failures.push(refused.join('\n').slice(-2000));
    }
    found = look();
  }
  const still = names.filter((name) => !found[name]);
  if (still.length === 0) return found;
  throw new PrerequisiteError([...still.map(explain), ...failures].join('\n'));
}

function explain(name) {
  const { name: title, manual } = TOOLS[name];
  return [`${title} is missing. Install it:`, ...Object.entries(manual).map(([system, command]) => `  ${system}: ${command}`)].join('\n');
}

/** npm writes its hidden lock file at the end of an install: newer than the lock file, it was made from it. */
function installedByHand(root) {
  const made = fs.statSync(path.join(root, 'node_modules', '.package-lock.json'), { throwIfNoEntry: false });
  return made !== undefined && made.mtimeMs >= fs.statSync(path.join(root, 'package-lock.json')).mtimeMs;
}

/** Runs `npm ci` when node_modules is missing or was made from another lock file; its output is shown only when it fails. */
function requireDependencies({ root = ROOT, env = process.env, say = console.error } = {}) {
  const lock = createHash('sha256').update(fs.readFileSync(path.join(root, 'package-lock.json'))).digest('hex');
  const stamp = path.join(root, 'node_modules', '.lyrebird-lock');
  if (fs.existsSync(stamp) ? fs.readFileSync(stamp, 'utf8') === lock : installedByHand(root)) return false;
  say('Installing the npm dependencies');
  // onnxruntime-node's install script would fetch GPU libraries from elsewhere; the CPU ones are in the package.
  const done = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], {
    cwd: root,
    env: { ...env, ONNXRUNTIME_NODE_INSTALL: 'skip' },
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  if (done.status !== 0) throw new PrerequisiteError(`npm ci failed:\n${done.error?.message ?? ''}${done.stdout ?? ''}${done.stderr ?? ''}`);
  fs.writeFileSync(stamp, lock);
  return true;
}

module.exports = { ROOT, TEST_TOOLS, PrerequisiteError, findChromium, findJava, requireDependencies, requireNode, requireTools };
