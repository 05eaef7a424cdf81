import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import type { estypes } from '@elastic/elasticsearch';
import type { ModelCard } from '../../common';
import { testElasticsearch, type TestElasticsearch } from '../support/elasticsearch';
import { hostHere, type PluginHost } from './support/plugin_host';

jest.setTimeout(300_000);

const EACH = 300;

let elasticsearch: TestElasticsearch;
let dataDir: string;
let host: PluginHost;

beforeAll(async () => {
  elasticsearch = await testElasticsearch();
  dataDir = await mkdtemp(path.join(tmpdir(), 'lyrebird-bad-input-'));
  host = await hostHere({ elasticsearch: { url: elasticsearch.url }, config: { node: { embedded: { dataDir } }, limits: { pageSize: 20 } } });
});
afterAll(async () => {
  await host?.close();
  await rm(dataDir, { recursive: true, force: true });
});

const named = (name: string) => `${elasticsearch.prefix}${name}`;
const at = (n: number) => Date.UTC(2026, 0, 1) + n * 600_000;
const training = (index: string, source: object = {}) => ({ source: { index: named(index), ...source }, options: { size: 'tiny', minutes: 0.05 } });

async function fill(name: string, events: object[], mappings?: estypes.MappingTypeMapping): Promise<void> {
  const index = named(name);
  await elasticsearch.client.indices.create({ index, mappings });
  if (events.length === 0) return;
  const operations = events.flatMap((event, n) => [{ create: { _index: index, _id: `e${n}` } }, event]);
  const answer = await elasticsearch.client.bulk({ operations, refresh: true });
  if (answer.errors) throw new Error(JSON.stringify(answer.items.find(({ create }) => create?.error)));
}
const simple = (n: number, user = 'ada') => ({ '@timestamp': new Date(at(n)).toISOString(), user: { name: user }, action: n % 4 ? 'open' : 'close' });

test.each<[string, string, object[], object, string, RegExp]>([
  ['an index that is not there', 'nowhere', [], {}, 'LYREBIRD_NOT_FOUND', /nowhere/],
  ['no events', 'empty', [], {}, 'LYREBIRD_NO_EVENTS', /empty/],
  ['an empty time range', 'range', [simple(0), simple(1)], { from: '2030-01-01T00:00:00Z' }, 'LYREBIRD_NO_EVENTS', /from 2030-01-01/],
  ['one event', 'one', [simple(0)], {}, 'LYREBIRD_TOO_FEW_EVENTS', /1/],
  ['nobody in the events', 'nobody', Array.from({ length: 30 }, (_, n) => ({ '@timestamp': at(n), colour: 'red' })), {}, 'LYREBIRD_NO_ENTITY_FIELD', /entity|whose/i],
  ['no time in the events', 'timeless', Array.from({ length: 30 }, () => ({ user: { name: 'ada' } })), {}, 'LYREBIRD_NO_TIME_FIELD', /time/],
])('%s: the training says so, and what to do', async (_, name, events, source, code, message) => {
  if (name !== 'nowhere') await fill(name, events);
  const job = await host.run('/train', training(name, source));
  expect(job).toMatchObject({ state: 'failed', error: { code, message: expect.stringMatching(message), hint: expect.any(String) } });
  expect((await host.ask<{ models: ModelCard[] }>('GET', '/models')).body.models.filter(({ id }) => id === job.model_id)).toEqual([]);
});

test('an index that is deleted while it is read for training ends the job with that reason', async () => {
  await fill('doomed', Array.from({ length: 6_000 }, (_, n) => simple(n)));
  const id = await host.start('/train', training('doomed'));
  await host.follow(id, ({ counts }) => counts.read > 0);
  await elasticsearch.client.indices.delete({ index: named('doomed') });
  expect(await host.follow(id)).toMatchObject({ state: 'failed', error: { code: 'LYREBIRD_INDEX_GONE', message: expect.stringContaining(named('doomed')) } });
});

test('logs of one user are learned, written and scored', async () => {
  await fill('alone', Array.from({ length: EACH }, (_, n) => simple(n)));
  const { model_id, error } = await host.run('/train', training('alone'));
  expect(error).toBeUndefined();
  expect(await host.run('/generate', { model_id, target_index: named('written-alone'), options: { count: 40 } })).toMatchObject({ state: 'completed', counts: { written: 40, refused: 0 } });
  expect(await host.run('/score', { model_id, source: { index: named('alone') } })).toMatchObject({ state: 'completed', counts: { scored: EACH } });
});

test('indices that map a field differently, and events of every odd shape, lose nothing', async () => {
  const deep = (levels: number): object => Array.from({ length: levels }).reduce<object>((inner) => ({ d: inner }), { leaf: 1 });
  const stored: estypes.MappingProperty = { type: 'object', enabled: false };
  const user: estypes.MappingProperty = { properties: { name: { type: 'keyword' } } };
  // A number here and a word there; an object here and a text there; times as numbers, as texts, with zones.
  await fill(
    'odd-a',
    Array.from({ length: EACH }, (_, n) => ({
      '@timestamp': n % 2 ? at(n) : new Date(at(n)).toISOString(),
      user: { name: n % 3 ? 'Zoë Ünal' : '李雷' },
      size: n % 2 ? n : String(n),
      place: { city: '東京', tags: n % 5 ? ['a', 'b'] : [] },
      steps: [{ name: 'first', ok: true }, { name: 'second', ok: n % 2 === 0, more: [{ n }] }],
      seen: [new Date(at(n)).toUTCString(), String(at(n)), '2026/01/31 10:00', 'soon'][n % 4],
      ...(n === 7 ? { rest: { blob: 'x'.repeat(10 * 2 ** 20) } } : n % 50 === 0 ? { rest: deep(300) } : {}),
    })),
    { properties: { '@timestamp': { type: 'date' }, user, size: { type: 'long' }, place: stored, steps: stored, rest: stored, seen: { type: 'keyword' } } }
  );
  await fill(
    'odd-b',
    Array.from({ length: EACH }, (_, n) => ({ '@timestamp': new Date(at(n)).toISOString(), user: { name: 'bob' }, size: n % 2 ? 'large' : 'small', place: 'here', seen: at(n), note: n % 9 ? null : '\u0000👋 "quoted"\n' })),
    { properties: { '@timestamp': { type: 'date' }, user, size: { type: 'keyword' }, place: { type: 'keyword' }, seen: { type: 'date' } } }
  );
  const trained = await host.run('/train', training('odd-*'));
  expect(trained.error).toBeUndefined();
  const total = (counts: Record<string, number>) => Object.values(counts).reduce((sum, count) => sum + count, 0);
  const { body: card } = await host.ask<ModelCard>('GET', `/models/${trained.model_id}`);
  expect(card.events.train + card.events.heldout + total(card.skipped)).toBe(2 * EACH);

  const generated = await host.run('/generate', { model_id: trained.model_id, target_index: named('written-odd'), options: { count: 60 } });
  expect(generated).toMatchObject({ state: 'completed', counts: { generated: 60 } });
  const { written, refused } = generated.counts;
  // One index cannot have both mappings: what it refuses is counted by its reason.
  expect([written + refused, total(generated.refusals)]).toEqual([60, refused]);
  expect((await elasticsearch.client.count({ index: named('written-odd') })).count).toBe(written);

  const scored = await host.run('/score', { model_id: trained.model_id, source: { index: named('odd-*') } });
  expect(scored.error).toBeUndefined();
  expect(scored.counts.scored + total(scored.skipped)).toBe(2 * EACH);
});
