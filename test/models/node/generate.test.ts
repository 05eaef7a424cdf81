import { generateSummarySchema, jobSchema, onlyPaths, type LogEvent } from '../../../common';
import { closeNode, follow, ndjson, NDJSON, openNode, trainRequest, until, type TestNode } from './running_node';

jest.setTimeout(240_000);

/** Events of twenty people: enough for two groups of streams, which are written in two threads. */
const HITS = Array.from({ length: 1200 }, (_, i) => ({
  _id: String(i),
  _index: 'logs',
  _source: {
    '@timestamp': new Date(1_700_000_000_000 + i * 60_000).toISOString(),
    user: { name: `user${String(i % 20).padStart(2, '0')}` },
    event: { id: `e${i}`, action: ['login', 'logout', 'read'][((i * 7) >> 2) % 3] },
    source: { ip: `10.0.0.${i % 20}`, geo: { city_name: ['Graz', 'Turku', 'Porto'][i % 3], country_iso_code: ['AT', 'FI', 'PT'][i % 3] } },
  },
}));

let node: TestNode;
beforeAll(async () => {
  node = await openNode();
  await node.call('POST', '/v1/datasets', { id: 'd' });
  await node.call('PUT', '/v1/datasets/d/parts/0', undefined, { body: ndjson(HITS), headers: NDJSON });
  await node.call('POST', '/v1/datasets/d/close');
  for (const [name, more] of [['All', {}], ['Places', { fields: ['source.geo.*'] }]] as const) {
    const job = jobSchema.parse((await node.call('POST', '/v1/jobs', trainRequest('d', name, { max_steps: 5, ...more }))).body);
    expect(await follow(node, job.id)).toMatchObject({ state: 'completed' });
  }
});
afterAll(() => closeNode(node));

const ask = (model: string, options: object) => node.fetch(`/v1/models/${model}/generate`, { method: 'POST', body: JSON.stringify(options), headers: { 'content-type': 'application/json' } });

async function generate(model: string, options: object) {
  const lines = (await (await ask(model, options)).text()).trim().split('\n').map((line) => JSON.parse(line));
  return { summary: generateSummarySchema.parse(lines.pop()), events: lines as Array<{ seq: number; entity: string; timestamp: string; log_type: string; _source: LogEvent }> };
}

test('a long run, which threads write, begins with the events of a short one', async () => {
  const [long, short] = [await generate('all', { count: 2000, seed: 5 }), await generate('all', { count: 100, seed: 5 })];
  expect(long.summary).toMatchObject({ done: true, generated: 2000 });
  expect(short.events).toEqual(long.events.slice(0, 100));
});

test('one model writes chosen fields, the other the rest', async () => {
  const options = { count: 300, seed: 2 };
  const [first, both] = [await generate('places', options), await generate('all', { ...options, cascade: 'places' })];
  const outline = ({ entity, timestamp, log_type, _source }: (typeof both.events)[number]) => ({ entity, timestamp, log_type, geo: onlyPaths(_source, ['source.geo']) });
  expect(both.summary).toMatchObject({ generated: 300, unfit: 0 });
  expect(both.events.map(outline)).toEqual(first.events.map(outline));
  for (const { _source } of first.events) expect(Object.keys(_source).sort()).toEqual(['@timestamp', 'source', 'user']);
  for (const { _source, entity } of both.events) expect(_source).toMatchObject({ user: { name: entity }, event: { action: expect.any(String) }, source: { ip: expect.any(String) } });
  expect(await node.call('POST', '/v1/models/all/generate', { count: 1, cascade: 'none' })).toMatchObject({ status: 404 });
  expect(await node.call('POST', '/v1/models/places/generate', { count: 1, cascade: 'all' })).toMatchObject({ body: { code: 'LYREBIRD_UNSUPPORTED' } });
});

test('a reader that goes away ends a long run and its threads: the model is free again', async () => {
  const reader = (await ask('places', { count: 1_000_000 })).body!.getReader();
  await reader.read();
  expect(await node.call('DELETE', '/v1/models/places')).toMatchObject({ status: 409 });
  await reader.cancel();
  await until(async () => (await node.call('DELETE', '/v1/models/places')).status === 204);
});
