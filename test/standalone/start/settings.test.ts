import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseSettings } from '../../../standalone/start/options';
import { keyOf, StartState } from '../../../standalone/start/state';

it('reads options, several files and repeated entities', () => {
  const settings = parseSettings(['--once', '--logs', 'a.ndjson', 'b.gz', '--entity', 'user', '--entity', 'host', '--unwrap', 'event'], {});
  expect(settings).toMatchObject({ once: true, logs: ['a.ndjson', 'b.gz'], entity: ['user', 'host'], unwrap: 'event', port: 5601, minutes: 2.5, size: 'small', elasticsearch: undefined });
});

it('takes a cluster from the environment, and refuses an address that is none', () => {
  expect(parseSettings([], { ELASTICSEARCH_URL: 'https://es.example:9200', ELASTICSEARCH_API_KEY: 'k' }).elasticsearch).toMatchObject({ url: 'https://es.example:9200', apiKey: 'k' });
  expect(() => parseSettings([], { ELASTICSEARCH_URL: 'es.example' })).toThrow(/ELASTICSEARCH_URL is "es.example"/);
});

it('remembers jobs by their parameters, and takes a damaged file for none', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'lyrebird-state-'));
  const state = new StartState(folder);
  await state.remember(keyOf(['a', 1]), { train: 'job-1' });
  await state.remember(keyOf(['a', 2]), { train: 'job-2' });
  expect(await new StartState(folder).jobs(keyOf(['a', 1]))).toEqual({ train: 'job-1' });
  expect(await state.jobs(keyOf(['b']))).toEqual({});
  writeFileSync(path.join(folder, 'start.json'), '{"half');
  expect(await state.jobs(keyOf(['a', 1]))).toEqual({});
  rmSync(folder, { recursive: true });
});
