import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { installElasticsearch, startElasticsearch, stopElasticsearch } from '../../../standalone/elasticsearch';
import { findJava } from '../../../standalone/elasticsearch/java';
import { isAlive, withLock } from '../../../standalone/elasticsearch/lock';

jest.setTimeout(300_000);

let folder: string;
const dataDir = () => path.join(folder, 'data');
beforeEach(() => void (folder = mkdtempSync(path.join(tmpdir(), 'lyrebird-life-'))));
afterEach(async () => {
  await stopElasticsearch(dataDir());
  rmSync(folder, { recursive: true, force: true });
});

/** Waits, as long as the test may take. */
async function gone(pid: number): Promise<void> {
  while (isAlive(pid)) await sleep(50);
}

it('starts, is found by a second caller, and stops when the last of them lets go', async () => {
  const first = await startElasticsearch({ dataDir: dataDir(), heap: '256m' });
  const second = await startElasticsearch({ dataDir: dataDir() });
  expect(second).toMatchObject({ url: first.url, pid: first.pid });
  await first.stop();
  expect((await fetch(`${second.url}/_cluster/health`)).status).toBe(200);
  await second.stop();
  await second.stop();
  expect(isAlive(first.pid)).toBe(false);
});

it('goes down when its owner is killed', async () => {
  const script = `require(${JSON.stringify(path.resolve('standalone/elasticsearch/index.ts'))}).startElasticsearch({ dataDir: ${JSON.stringify(dataDir())}, heap: '256m' }).then(({ pid }) => console.log(pid)); setInterval(() => {}, 1000);`;
  const owner = spawn(process.execPath, ['--import', 'tsx', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const pid = await new Promise<number>((resolve) => owner.stdout.once('data', (text: Buffer) => resolve(Number(text.toString()))));
  expect(isAlive(pid)).toBe(true);
  owner.kill('SIGKILL');
  await gone(pid);
});

it('refuses a port that is taken', async () => {
  const server: Server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await expect(startElasticsearch({ dataDir: dataDir(), port })).rejects.toMatchObject({ code: 'LYREBIRD_CONFLICT', message: expect.stringContaining(String(port)) });
  await new Promise((resolve) => server.close(resolve));
});

it('says why it died, with the end of its log', async () => {
  await expect(startElasticsearch({ dataDir: dataDir(), heap: '1k' })).rejects.toMatchObject({
    code: 'LYREBIRD_ELASTICSEARCH_UNAVAILABLE',
    message: expect.stringMatching(/died at its start[\s\S]*heap/i),
  });
});

it('says what is missing: Java, Maven', async () => {
  expect(() => findJava({ PATH: folder })).toThrow(expect.objectContaining({ code: 'LYREBIRD_UNSUPPORTED', hint: expect.stringContaining('apt-get install openjdk') }));
  await expect(installElasticsearch({ into: folder, env: { PATH: folder, JAVA_HOME: findJava().home } })).rejects.toMatchObject({ code: 'LYREBIRD_UNSUPPORTED', hint: expect.stringContaining('apt-get install maven') });
});

it('lets one caller at a time hold a lock, and takes over that of a dead process', async () => {
  const file = path.join(folder, 'lock');
  let inside = 0;
  let most = 0;
  const enter = () =>
    withLock(file, 10_000, async () => {
      most = Math.max(most, ++inside);
      await sleep(20);
      inside--;
    });
  await Promise.all([enter(), enter(), enter()]);
  expect(most).toBe(1);
  const dead = spawn(process.execPath, ['-e', `require('fs').writeFileSync(${JSON.stringify(file)}, process.pid + ' x')`]);
  await new Promise((resolve) => dead.once('exit', resolve));
  await enter();
  expect(inside).toBe(0);
});
