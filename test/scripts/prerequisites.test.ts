import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

// eslint-disable-next-line @typescript-eslint/no-require-imports -- plain JavaScript: it runs on a bare clone
const { findChromium, findJava, requireDependencies, requireNode, requireTools } = require('../../scripts/prerequisites');

let folder: string;
let bin: string;
const env = () => ({ PATH: bin });
const silent = () => undefined;

/** An executable of this name on the only folder of the PATH. */
function tool(name: string, script: string): string {
  const file = path.join(bin, name);
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
  return file;
}
const javaScript = (version: string) => `echo "    java.home = /opt/java" >&2; echo "    java.specification.version = ${version}" >&2`;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'lyrebird-prerequisites-'));
  bin = path.join(folder, 'bin');
  mkdirSync(bin);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('Node', () => {
  it.each(['20.11.0', '20.20.2', '22.0.0'])('accepts %s', (version) => expect(() => requireNode(version)).not.toThrow());
  it.each(['18.20.0', '20.10.0'])('refuses %s and says what is needed', (version) =>
    expect(() => requireNode(version)).toThrow(/Node .* too old: .*20\.11/));
});

describe('finding tools', () => {
  it('takes a Java of the PATH that is new enough', () => {
    tool('java', javaScript('17'));
    expect(findJava(env())).toBe('/opt/java');
  });
  it('does not take Java 8 or 11', () => {
    tool('java', javaScript('1.8'));
    expect(findJava(env())).toBeUndefined();
    tool('java', javaScript('11'));
    expect(findJava(env())).toBeUndefined();
  });
  it('prefers JAVA_HOME', () => {
    tool('java', javaScript('11'));
    const home = path.join(folder, 'jdk');
    mkdirSync(path.join(home, 'bin'), { recursive: true });
    const java = path.join(home, 'bin', 'java');
    writeFileSync(java, `#!/bin/sh\necho "java.home = ${home}"; echo "java.specification.version = 21"\n`);
    chmodSync(java, 0o755);
    expect(findJava({ ...env(), JAVA_HOME: home })).toBe(home);
  });
  it('tells a JDK from a runtime that cannot compile', () => {
    const home = path.join(folder, 'jdk');
    mkdirSync(path.join(home, 'bin'), { recursive: true });
    tool('java', `echo "java.home = ${home}"; echo "java.specification.version = 17"`);
    expect(requireTools(['java'], { env: env(), uid: 1000, say: silent })).toEqual({ java: home });
    expect(() => requireTools(['jdk'], { env: env(), uid: 1000, say: silent })).toThrow(/a JDK \(17 or newer\) is missing/);
    writeFileSync(path.join(home, 'bin', 'javac'), '');
    expect(requireTools(['jdk'], { env: env(), uid: 1000, say: silent })).toEqual({ jdk: home });
  });
  it('finds Chromium by CHROMIUM_PATH or on the PATH, and no file that is not there', () => {
    expect(findChromium(env())).toBeUndefined();
    const chromium = tool('chromium', 'exit 0');
    expect(findChromium(env())).toBe(chromium);
    expect(findChromium({ PATH: '', CHROMIUM_PATH: chromium })).toBe(chromium);
    expect(findChromium({ ...env(), CHROMIUM_PATH: path.join(folder, 'nowhere') })).toBeUndefined();
  });
});

describe('missing tools', () => {
  it('names each missing tool with its command for every system where it may not install', () => {
    expect(() => requireTools(['java', 'maven'], { env: env(), uid: 1000, say: silent })).toThrow(
      /JDK[\s\S]*apt-get install openjdk-17[\s\S]*dnf install[\s\S]*brew install[\s\S]*Maven[\s\S]*apt-get install maven/
    );
  });
  it('installs with apt-get as root, after an update', () => {
    const log = path.join(folder, 'log');
    const script = `case "$*" in *install*maven*) printf '#!/bin/sh\\nexit 0\\n' > ${bin}/mvn; /bin/chmod +x ${bin}/mvn;; esac`;
    tool('apt-get', `echo "$DEBIAN_FRONTEND $*" >> ${log}\n${script}`);
    tool('env', 'exec /usr/bin/env "$@"');
    expect(requireTools(['maven'], { env: env(), uid: 0, say: silent })).toEqual({ maven: 'mvn' });
    const calls = readFileSync(log, 'utf8');
    expect(calls).toMatch(/noninteractive .*update[\s\S]*noninteractive .*install .*maven/);
  });
  it('tries the next package name, and shows why apt-get refused when none works', () => {
    tool('apt-get', 'case "$*" in *install*) echo "E: Unable to locate package" >&2; exit 100;; esac');
    tool('env', 'exec /usr/bin/env "$@"');
    expect(() => requireTools(['java'], { env: env(), uid: 0, say: silent })).toThrow(/Unable to locate package[\s\S]*Unable to locate package/);
  });
});

describe('npm dependencies', () => {
  const makeProject = (lock: string) => writeFileSync(path.join(folder, 'package-lock.json'), lock);
  const call = () => requireDependencies({ root: folder, env: { PATH: `${bin}:${process.env.PATH}` }, say: silent });
  it('are installed once for each lock file, without the GPU download', () => {
    makeProject('{"a":1}');
    tool('npm', `echo "$* $ONNXRUNTIME_NODE_INSTALL" >> ${folder}/npm.log; mkdir -p node_modules`);
    expect(call()).toBe(true);
    expect(call()).toBe(false);
    makeProject('{"a":2}');
    expect(call()).toBe(true);
    expect(readFileSync(path.join(folder, 'npm.log'), 'utf8').trim().split('\n')).toEqual(Array(2).fill('ci --no-audit --no-fund skip'));
  });
  it('show npm’s output when it fails, and are tried again next time', () => {
    makeProject('{}');
    tool('npm', 'echo "npm error ENOTFOUND" >&2; exit 1');
    expect(call).toThrow(/npm ci failed[\s\S]*ENOTFOUND/);
    tool('npm', 'mkdir -p node_modules');
    expect(call()).toBe(true);
  });
});
