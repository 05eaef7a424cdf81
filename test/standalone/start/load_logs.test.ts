import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Client } from '@elastic/elasticsearch';
import { loadLogs } from '../../../standalone/start/load_logs';
import { ONE_ENTITY_FIELD } from '../../../standalone/start/log_fields';
import { testElasticsearch } from '../../support/elasticsearch';

let client: Client;
let folder: string;
const made: string[] = [];

beforeAll(async () => {
  ({ client } = await testElasticsearch());
  folder = mkdtempSync(path.join(tmpdir(), 'lyrebird-load-'));
}, 180_000);
afterAll(async () => {
  for (const index of made) await client.indices.delete({ index, ignore_unavailable: true });
  rmSync(folder, { recursive: true, force: true });
});

let files = 0;
function file(content: string | Buffer | object[], ending = 'ndjson'): string {
  const name = path.join(folder, `logs-${files++}.${ending}`);
  writeFileSync(name, Array.isArray(content) ? content.map((event) => JSON.stringify(event)).join('\n') : content);
  return name;
}
async function load(names: string[], options: Partial<Parameters<typeof loadLogs>[1]> = {}) {
  const result = await loadLogs(client, { files: names, ...options });
  made.push(result.index);
  return result;
}
async function sources(index: string): Promise<Record<string, unknown>[]> {
  const found = await client.search<Record<string, unknown>>({ index, size: 100, sort: '@timestamp' });
  return found.hits.hits.map((hit) => hit._source!);
}
const at = (second: number) => new Date(Date.UTC(2024, 4, 1) + second * 1000).toISOString();

it('keeps every event whole, gives it @timestamp, and changes nothing when repeated', async () => {
  const name = file([
    { time: at(1), user: { name: 'ada' }, text: 'Grüße 👋\u0000' },
    { time: at(2), user: { name: 'bob' }, n: '42' },
  ]);
  const first = await load([name]);
  expect(first).toMatchObject({ read: 2, created: 2, existing: 0, skipped: {}, made_up_times: 0 });
  expect(first.made_up_entity).toBeUndefined();
  expect(await sources(first.index)).toEqual([
    { time: at(1), user: { name: 'ada' }, text: 'Grüße 👋\u0000', '@timestamp': at(1) },
    { time: at(2), user: { name: 'bob' }, n: '42', '@timestamp': at(2) },
  ]);
  expect(await load([name])).toMatchObject({ index: first.index, read: 2, created: 0, existing: 2 });
});

it('does not send again what is all there, and mends what is not', async () => {
  const name = file([{ time: at(1), user: 'ada' }, { time: 'never', user: 'bob' }, { time: at(3), user: 'cyd', '': 'no name' }]);
  const first = await load([name]);
  expect(first).toMatchObject({ read: 3, created: 2, made_up_times: 1 });
  let sent = 0;
  const count = (_error: unknown, result: { meta: { request: { params: { path?: string } } } } | null) => void (sent += result?.meta.request.params.path?.includes('_bulk') ? 1 : 0);
  client.diagnostic.on('response', count as never);
  expect(await load([name])).toEqual({ ...first, created: 0, existing: 2 });
  expect(sent).toBe(0);
  const { hits } = await client.search({ index: first.index, size: 1 });
  await client.delete({ index: first.index, id: hits.hits[0]._id!, refresh: true });
  expect(await load([name])).toMatchObject({ read: 3, created: 1, existing: 1, skipped: first.skipped });
  client.diagnostic.off('response', count as never);
  expect(sent).toBe(1);
});

it('takes events whose fields conflict: scalar and object, text in a number, arrays of objects', async () => {
  const bodies = [{ a: 1 }, { a: { b: 2 } }, { a: 'x' }, { a: [{ b: 1 }, { b: { c: 'y' } }] }, { a: null }, { a: [] }, { 'a.b': 3 }, { a: 1e300 }, { a: true }];
  const result = await load([file(bodies.map((body, i) => ({ timestamp: at(i), user: `u${i}`, ...body })))]);
  expect(result).toMatchObject({ created: bodies.length, skipped: {} });
});

it('counts malformed lines and those that are no events, by reason', async () => {
  const result = await load([file(`{"ts":${Date.UTC(2024, 1, 1)},"user":"a"}\n{"broken\n[1]\n"text"\n\n{"ts":"2024-02-01T00:00:01Z","user":"b"}\r\n`)]);
  expect(result.created).toBe(2);
  expect(result.skipped).toEqual({ malformed_json: 1, not_an_object: 2 });
});

it('loads a 10 MB document and deep nesting, or counts why not', async () => {
  const deep = (levels: number): object => Array.from({ length: levels }).reduce<object>((inner) => ({ d: inner }), { leaf: 1 });
  const result = await load([file([{ time: at(1), user: 'a', blob: 'x'.repeat(10 * 2 ** 20) }, { time: at(2), user: 'a', ...deep(50) }, { time: at(3), user: 'a', ...deep(400) }, { time: at(4), user: 'b' }])]);
  const skipped = Object.values(result.skipped).reduce((sum, count) => sum + count, 0);
  expect(result.created).toBe(3);
  expect(skipped).toBe(1);
});

it('counts what the index refuses, with its reason, and loads the rest', async () => {
  const result = await load([file([{ time: at(1), user: 'a', '': 'no name' }, { time: at(2), user: 'b' }])]);
  expect(result.created).toBe(1);
  expect(Object.keys(result.skipped)).toEqual([expect.stringMatching(/^refused: \w+: .+/)]);
});

it('reads gzip, plain text and wrapped events', async () => {
  const gz = await load([file(gzipSync(JSON.stringify({ time: at(1), user: 'a' })), 'ndjson.gz')]);
  expect(gz.created).toBe(1);
  const text = await load([file('first line\nsecond line\n', 'log')]);
  expect(text).toMatchObject({ created: 2, made_up_times: 2, made_up_entity: ONE_ENTITY_FIELD });
  expect((await sources(text.index)).map((event) => event.message)).toEqual(['first line', 'second line']);
  const wrapped = await load([file([{ user: 'ada', event: { time: at(5) } }, { user: 'bob', event: 'just text' }])], { unwrap: 'event', entityFields: ['user'] });
  expect(await sources(wrapped.index)).toEqual([
    expect.objectContaining({ user: 'ada', time: at(5) }),
    expect.objectContaining({ user: 'bob', message: 'just text' }),
  ]);
  expect(wrapped.made_up_times).toBe(1);
});

it('finds when and who in each of the shapes that a file mixes', async () => {
  const mixed = await load([
    file([
      { time: at(1), user: { name: 'ada' } },
      { published: at(2), actor: { alternateId: 'bob@example.com', type: 'User' }, target: { email: 'eve@example.com' } },
      { EVENT_TIMESTAMP: at(3), USER_NAME: 'CYD', CLIENT_IP: '10.0.0.1' },
      { record: { requestReceivedTimestamp: at(4), expirationTime: at(900) }, httpRequest: { clientIp: '10.0.0.2' } },
      { colour: 'red' },
    ]),
  ]);
  expect(mixed).toMatchObject({ created: 5, made_up_times: 1, unnamed: 1, made_up_entity: ONE_ENTITY_FIELD });
  expect(mixed.entity_fields).toEqual(expect.arrayContaining(['user.name', 'USER_NAME', 'actor.alternateId', 'httpRequest.clientIp', ONE_ENTITY_FIELD]));
  expect(mixed.entity_fields).not.toContain('target.email');
  expect((await sources(mixed.index)).map((event) => event['@timestamp'])).toEqual([1, 2, 3, 4].map(at).concat(new Date(Date.parse(at(4)) + 1).toISOString()));
  const named = await load([file([{ time: at(1), who: 'ada' }, { time: at(2), user: 'bob' }])], { entityFields: ['who'] });
  expect(named).toMatchObject({ entity_fields: ['who'], unnamed: 1, made_up_times: 0 });
  expect(named.made_up_entity).toBeUndefined();
});

it('takes a count of seconds that never goes back for the time', async () => {
  const counted = await load([file(Array.from({ length: 12 }, (_, i) => ({ second: 100 + 5 * i, user: 'ada' })))]);
  expect(counted.made_up_times).toBe(0);
  expect((await sources(counted.index))[1]['@timestamp']).toBe('1970-01-01T00:01:45.000Z');
});

it('loads fields by names that Elasticsearch keeps for itself', async () => {
  const result = await load([file([{ _id: 'a', time: at(1), user: 'ada' }, { _id: 'b', id: 'own', time: at(2), user: 'bob' }])]);
  expect(result).toMatchObject({ created: 2, skipped: {}, renamed: ['_id'] });
  expect(await sources(result.index)).toEqual([expect.objectContaining({ id: 'a' }), expect.objectContaining({ id: 'own', id_: 'b' })]);
});

it('says so when a file holds no event, or is not there', async () => {
  await expect(load([file('')])).rejects.toMatchObject({ code: 'LYREBIRD_NO_EVENTS' });
  await expect(load([file('{"broken\n{"too\n{"a":')])).resolves.toMatchObject({ created: 3 }); // text, not JSON
  await expect(load([path.join(folder, 'missing')])).rejects.toMatchObject({ code: 'LYREBIRD_NOT_FOUND' });
});
