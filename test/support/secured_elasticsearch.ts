import { execFileSync } from 'node:child_process';
import { createHash, pbkdf2Sync, randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Client } from '@elastic/elasticsearch';
import { ELASTICSEARCH_VERSION, installElasticsearch, startElasticsearch } from '../../standalone/elasticsearch';
import { findJava } from '../../standalone/elasticsearch/java';
import { withLock } from '../../standalone/elasticsearch/lock';
import { makeCertificate, type Certificate } from './certificate';
import { RUN_OWNER, securedFolder } from './elasticsearch';

export interface SecuredElasticsearch {
  /** https. */
  url: string;
  /** PEM. */
  ca: string;
  /** May do everything. */
  admin: Client;
  adminPassword: string;
  /** Lower case, unique to this caller: begin the names of indices, users and roles with it. */
  prefix: string;
}

/**
 * A real Elasticsearch with security on and TLS, one for all workers of a Jest run, like `testElasticsearch()`. Roles, users and
 * API keys work. Give `beforeAll` 180 seconds: the first caller waits for the start.
 */
export async function securedElasticsearch(): Promise<SecuredElasticsearch> {
  const dataDir = securedFolder();
  const { certificate, password } = await secretsOf(dataDir);
  const salt = createHash('sha256').update(password).digest().subarray(0, 16);
  const hash = pbkdf2Sync(password, salt, 10_000, 32, 'sha512');
  const { url } = await startElasticsearch({
    dataDir,
    owner: Number(process.env[RUN_OWNER]),
    heap: '384m',
    disposable: true,
    variant: {
      home: await homeWithAnalysis(),
      settings: {
        'xpack.security.enabled': true,
        'xpack.security.http.ssl.enabled': true,
        'xpack.security.http.ssl.key': 'key.pem',
        'xpack.security.http.ssl.certificate': 'cert.pem',
      },
      files: {
        'key.pem': certificate.key,
        'cert.pem': certificate.cert,
        users: `admin:{PBKDF2}10000$${salt.toString('base64')}$${hash.toString('base64')}\n`,
        users_roles: 'superuser:admin\n',
      },
      access: { username: 'admin', password, ca: certificate.cert },
    },
  });
  const admin = new Client({ node: url, auth: { username: 'admin', password }, tls: { ca: certificate.cert } });
  // The file that names the administrator is there at once, the index of roles and users a moment later.
  await admin.security.putRole({ name: 'ready', cluster: [] });
  return { url, ca: certificate.cert, admin, adminPassword: password, prefix: `t${randomBytes(5).toString('hex')}-` };
}

/** What all workers of the run share, made by the first. */
async function secretsOf(dataDir: string): Promise<{ certificate: Certificate; password: string }> {
  const file = `${dataDir}-secrets.json`;
  return withLock(`${file}.lock`, 60_000, async () => {
    if (!existsSync(file)) await writeFile(file, JSON.stringify({ certificate: makeCertificate(), password: randomBytes(12).toString('hex') }), { mode: 0o600 });
    return JSON.parse(await readFile(file, 'utf8'));
  });
}

/** The installed distribution with the plugin of this folder; made once, and again when the plugin's source has changed. */
async function homeWithAnalysis(): Promise<string> {
  const installed = await installElasticsearch();
  const source = path.join(__dirname, 'security');
  const mark = createHash('sha256').update(readFileSync(path.join(source, 'SecurityAnalysis.java'))).digest('hex').slice(0, 8);
  const base = path.dirname(installed);
  const home = path.join(base, `${ELASTICSEARCH_VERSION}-secured-${mark}`);
  return withLock(`${home}.lock`, 10 * 60_000, async () => {
    if (existsSync(home)) return home;
    const partial = await mkdtemp(path.join(base, 'unpacking-'));
    const plugin = path.join(partial, 'plugins', 'security-analysis');
    await cp(installed, partial, { recursive: true });
    await mkdir(plugin, { recursive: true });
    const bin = (name: string) => path.join(findJava().home, 'bin', name);
    const classes = path.join(partial, 'classes');
    execFileSync(bin('javac'), ['--release', '17', '-nowarn', '-cp', path.join(installed, 'lib', '*'), '-d', classes, path.join(source, 'SecurityAnalysis.java')], { stdio: 'pipe' });
    execFileSync(bin('jar'), ['cf', path.join(plugin, 'security-analysis.jar'), '-C', classes, '.'], { stdio: 'pipe' });
    await rm(classes, { recursive: true });
    const descriptor = await readFile(path.join(source, 'plugin-descriptor.properties'), 'utf8');
    await writeFile(path.join(plugin, 'plugin-descriptor.properties'), `${descriptor}elasticsearch.version=${ELASTICSEARCH_VERSION}\n`);
    execFileSync('chmod', ['-R', 'a+rX', partial]);
    await rename(partial, home);
    return home;
  });
}
