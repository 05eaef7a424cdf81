import { readFile, stat } from 'node:fs/promises';
import * as path from 'node:path';
import { gzipSync } from 'node:zlib';
import { errorBodySchema, healthSchema } from '../../../common';
import { openApiDocument, startNode } from '../../../models/node';
import { closeNode, HITS, ndjson, NDJSON, openNode, type TestNode } from './running_node';

let node: TestNode;
beforeAll(async () => {
  node = await openNode({ limits: { partBytes: 100_000, scoreBytes: 100_000 } });
});
afterAll(() => closeNode(node));

const put = (id: string, n: number | string, body: BodyInit, headers: Record<string, string> = NDJSON) =>
  node.call('PUT', `/v1/datasets/${id}/parts/${n}`, undefined, { body, headers });

test('health needs no token; everything else does', async () => {
  const health = await fetch(`${node.node.url}/healthz`);
  expect(healthSchema.parse(await health.json())).toMatchObject({ status: 'ok', models: 0, running_jobs: 0, devices: ['cpu'] });
  for (const where of ['/v1/datasets', '/metrics', '/v1/openapi.json', '/v1/unknown']) {
    for (const authorization of [undefined, 'Bearer wrong', 'Bearer ', 'Basic a-token-for-the-tests']) {
      const answer = await fetch(node.node.url + where, { headers: authorization ? { authorization } : {} });
      expect(answer.status).toBe(401);
      expect(errorBodySchema.parse(await answer.json()).code).toBe('LYREBIRD_UNAUTHORIZED');
    }
  }
});

test('every error has the shape of an error body', async () => {
  const cases: Array<[string, string, unknown, number, string]> = [
    ['GET', '/v1/nothing', undefined, 404, 'LYREBIRD_NOT_FOUND'],
    ['GET', '/v1/datasets/none', undefined, 404, 'LYREBIRD_NOT_FOUND'],
    ['GET', '/v1/jobs/none', undefined, 404, 'LYREBIRD_NOT_FOUND'],
    ['GET', '/v1/jobs/none/events', undefined, 404, 'LYREBIRD_NOT_FOUND'],
    ['POST', '/v1/jobs/none/cancel', undefined, 404, 'LYREBIRD_NOT_FOUND'],
    ['GET', '/v1/models/none', undefined, 404, 'LYREBIRD_NOT_FOUND'],
    ['DELETE', '/v1/models/none', undefined, 404, 'LYREBIRD_NOT_FOUND'],
    ['DELETE', '/v1/sessions/none', undefined, 404, 'LYREBIRD_NOT_FOUND'],
    ['POST', '/v1/models/none/generate', { count: 1 }, 404, 'LYREBIRD_NOT_FOUND'],
    ['POST', '/v1/models/none/generate', { count: 0 }, 400, 'LYREBIRD_BAD_REQUEST'],
    ['GET', '/v1/datasets/UPPER', undefined, 400, 'LYREBIRD_BAD_REQUEST'],
    ['GET', '/v1/models/..%2f..%2fetc', undefined, 400, 'LYREBIRD_BAD_REQUEST'],
    ['POST', '/v1/jobs', { type: 'train' }, 400, 'LYREBIRD_BAD_REQUEST'],
    ['POST', '/v1/jobs', { type: 'train', dataset_id: 'none', options: {} }, 404, 'LYREBIRD_NOT_FOUND'],
    ['POST', '/v1/jobs', { type: 'train', dataset_id: 'none', options: { privacy: { delta: 1e-6 } } }, 400, 'LYREBIRD_BAD_REQUEST'],
    ['POST', '/v1/jobs', { type: 'finetune', dataset_id: 'none', options: {} }, 400, 'LYREBIRD_BAD_REQUEST'],
    ['POST', '/v1/jobs', { type: 'dance', dataset_id: 'none', options: {} }, 400, 'LYREBIRD_BAD_REQUEST'],
  ];
  for (const [method, where, body, status, code] of cases) {
    const answer = await node.call(method, where, body);
    expect({ where, status: answer.status, ...errorBodySchema.parse(answer.body) }).toMatchObject({ where, status, statusCode: status, code });
  }
  const broken = await node.call('POST', '/v1/datasets', undefined, { body: '{"id":', headers: { 'content-type': 'application/json' } });
  expect(broken).toMatchObject({ status: 400, body: { code: 'LYREBIRD_BAD_REQUEST' } });
  const xml = await node.call('POST', '/v1/datasets', undefined, { body: '<a/>', headers: { 'content-type': 'text/xml' } });
  expect(xml).toMatchObject({ status: 400, body: { code: 'LYREBIRD_BAD_REQUEST' } });
});

test('an upload can be taken up again where it stopped', async () => {
  expect(await node.call('POST', '/v1/datasets', { id: 'up', source: 'logs-*' })).toMatchObject({ status: 201, body: { state: 'open', next_part: 0 } });
  expect(await put('up', 0, `${ndjson(HITS.slice(0, 2))}{bad\n`)).toMatchObject({ status: 200, body: { events: 2, skipped: { malformed_json: 1 } } });
  expect(await put('up', 1, gzipSync(ndjson(HITS.slice(2, 5))), { ...NDJSON, 'content-encoding': 'gzip' })).toMatchObject({ status: 200, body: { events: 3 } });
  expect(await put('up', 1, ndjson(HITS.slice(2, 4)))).toMatchObject({ status: 200, body: { events: 2 } });
  expect(await node.call('GET', '/v1/datasets/up')).toMatchObject({ body: { next_part: 2, events: 4, skipped: { malformed_json: 1 } } });
  expect(await node.call('POST', '/v1/jobs', { type: 'train', dataset_id: 'up', options: {} })).toMatchObject({ status: 409 });
  expect(await node.call('POST', '/v1/datasets/up/close')).toMatchObject({ body: { state: 'closed' } });
  expect(await put('up', 2, ndjson(HITS.slice(0, 1)))).toMatchObject({ status: 409, body: { code: 'LYREBIRD_CONFLICT' } });
  expect(await node.call('POST', '/v1/datasets', { id: 'up' })).toMatchObject({ status: 409 });
  expect((await node.call('DELETE', '/v1/datasets/up')).status).toBe(204);
  expect((await node.call('GET', '/v1/datasets/up')).status).toBe(404);
});

test('refuses what is too large, wrongly encoded or not NDJSON, and stores nothing of it', async () => {
  await node.call('POST', '/v1/datasets', { id: 'limits' });
  const large = ndjson(HITS).repeat(3);
  expect(await put('limits', 0, large)).toMatchObject({ status: 413, body: { code: 'LYREBIRD_TOO_LARGE' } });
  expect(await put('limits', 0, gzipSync(large), { ...NDJSON, 'content-encoding': 'gzip' })).toMatchObject({ status: 413, body: { code: 'LYREBIRD_TOO_LARGE' } });
  expect(await put('limits', 0, 'no gzip', { ...NDJSON, 'content-encoding': 'gzip' })).toMatchObject({ status: 400 });
  expect(await put('limits', 0, 'x', { ...NDJSON, 'content-encoding': 'br' })).toMatchObject({ status: 400 });
  expect(await put('limits', 0, '{}', { 'content-type': 'application/json' })).toMatchObject({ status: 400 });
  expect(await put('limits', 'x', ndjson(HITS.slice(0, 1)))).toMatchObject({ status: 400 });
  expect(await node.call('POST', '/v1/datasets', { id: 'big', source: 'x'.repeat(2_000_000) })).toMatchObject({ status: 413, body: { code: 'LYREBIRD_TOO_LARGE' } });
  expect(await node.call('GET', '/v1/datasets/limits')).toMatchObject({ body: { next_part: 0, events: 0 } });
});

test('a dataset without events cannot be trained on', async () => {
  await node.call('POST', '/v1/datasets', { id: 'empty' });
  await put('empty', 0, '{bad\n');
  await node.call('POST', '/v1/datasets/empty/close');
  const answer = await node.call('POST', '/v1/jobs', { type: 'train', dataset_id: 'empty', options: {} });
  expect(answer).toMatchObject({ status: 422, body: { code: 'LYREBIRD_NO_EVENTS', message: expect.stringContaining('malformed_json') } });
});

test('a model that does not exist cannot be fine-tuned', async () => {
  await node.call('POST', '/v1/datasets', { id: 'lesson' });
  await put('lesson', 0, ndjson(HITS.slice(0, 5)));
  await node.call('POST', '/v1/datasets/lesson/close');
  const answer = await node.call('POST', '/v1/jobs', { type: 'finetune', base_model_id: 'nowhere', dataset_id: 'lesson', options: {} });
  expect(answer).toMatchObject({ status: 404, body: { message: expect.stringContaining('"nowhere"') } });
});

test('metrics count events and requests', async () => {
  await node.call('POST', '/v1/datasets', { id: 'counted' });
  await put('counted', 0, `${ndjson(HITS.slice(0, 7))}{bad\n`);
  const text = await (await node.fetch('/metrics')).text();
  expect(text).toMatch(/lyrebird_events_total\{action="received"\} \d+/);
  expect(text).toContain('lyrebird_events_skipped_total{action="received",reason="malformed_json"}');
  expect(text).toContain('route="/v1/datasets/:id/parts/:n",status="200"');
  expect(text).not.toContain('counted');
});

test('the OpenAPI document is served and the one in docs is current', async () => {
  const served = (await node.call('GET', '/v1/openapi.json')).body as { info: { version: string } };
  const file = path.join(__dirname, '../../../docs/node-api.openapi.json');
  // Written by: npx tsx models/node/write_openapi.ts
  expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(served);
  expect(served).toEqual(JSON.parse(JSON.stringify(openApiDocument(served.info.version))));
});

test('draws a token that only its owner can read, and refuses to be open to the network without one', async () => {
  const other = await openNode({ token: undefined });
  const file = path.join(other.dataDir, 'token');
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  const token = (await readFile(file, 'utf8')).trim();
  expect((await fetch(`${other.node.url}/v1/jobs`, { headers: { authorization: `Bearer ${token}` } })).status).toBe(200);
  await closeNode(other);
  await expect(startNode({ host: '0.0.0.0', port: 0, dataDir: node.dataDir })).rejects.toMatchObject({ code: 'LYREBIRD_BAD_REQUEST', hint: expect.stringContaining('--token-file') });
});

test('a second node on the same data folder is refused', async () => {
  await expect(startNode({ port: 0, dataDir: node.dataDir, token: 'a-token-for-the-tests' })).rejects.toMatchObject({ code: 'LYREBIRD_CONFLICT' });
});
