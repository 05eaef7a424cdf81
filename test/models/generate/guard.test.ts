import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { generateOptionsSchema, trainOptionsSchema, type GenerateOptionsInput, type LogEvent, type LogHit } from '../../../common';
import { OmittedCount } from '../../../models/generate';
import { BloomFilter } from '../../../models/generate/bloom_filter';
import { GuardBuilder, MemorisationGuard, type GuardedEvent } from '../../../models/generate/guard';
import { projectionOf } from '../../../models/generate/guard_projection';
import { loadModel, trainModel } from '../../../models/pipeline';

async function* none(): AsyncGenerator<[string, GuardedEvent[]]> {}

test('a filter knows all that it was given, and little else', () => {
  const given = Array.from({ length: 5_000 }, () => randomBytes(32));
  const filter = BloomFilter.sized(given.length, 0.01);
  for (const digest of given) filter.add(digest);
  const again = BloomFilter.fromJSON(JSON.parse(JSON.stringify(filter)));
  expect(given.every((digest) => again.has(digest))).toBe(true);
  const wrong = Array.from({ length: 20_000 }, () => randomBytes(32)).filter((digest) => again.has(digest)).length;
  // 200 expected; eight standard deviations.
  expect(wrong).toBeLessThan(200 + 8 * Math.sqrt(200));
  expect(filter.toJSON()).toMatchObject({ items: 5_000, hashes: 7 });
  expect(filter.falsePositiveRate).toBeCloseTo(0.01, 2);
});

test('events with the same projection differ in fresh fields alone', () => {
  const key = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 2 });
  const event = fc.dictionary(key, fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null), fc.array(fc.integer(), { maxLength: 2 })), { maxKeys: 5 }) as fc.Arbitrary<LogEvent>;
  fc.assert(
    fc.property(event, event, (one, other) => {
      const same = JSON.stringify(Object.entries(one).sort()) === JSON.stringify(Object.entries(other).sort());
      expect(projectionOf('t', one) === projectionOf('t', other)).toBe(same);
    })
  );
  const fresh = new Set(['@timestamp', 'event.id']);
  expect(projectionOf('t', { '@timestamp': 'a', event: { id: '1', action: 'x' } }, fresh)).toBe(projectionOf('t', { event: { action: 'x', id: '2' }, '@timestamp': 'b' }, fresh));
  expect(projectionOf('t', { at: '2026-01-01T00:00:00Z', n: 4, x: 'y' }, 'by form')).toBe(projectionOf('t', { at: '2027-01-01T00:00:00Z', n: 5, x: 'y' }, 'by form'));
});

const did = (action: string, place: string, technique?: string): GuardedEvent => ({ logType: 'app', event: { user: { name: 'ada' }, action, place, id: randomBytes(8).toString('hex') }, technique });

test('habits may be repeated, in combinations of their own too; what somebody did once may not', async () => {
  const builder = new GuardBuilder(new Map([['app', new Set(['id'])]]));
  const habits = ['read', 'write'].flatMap((action) => ['Bonn', 'Kiel'].flatMap((place) => (action === 'write' && place === 'Kiel' ? [did(action, place)] : [did(action, place), did(action, place)])));
  builder.add('ada', [...habits, did('read', 'Pjöngjang'), did('steal', 'Bonn', 'T1530')]);
  async function* heldout() {
    yield ['ada', [did('read', 'Bonn'), did('read', 'Pjöngjang'), did('write', 'Kiel'), did('read', 'Pjöngjang', 'T1530')]] as const;
  }
  const file = await builder.finish(heldout());
  const guard = MemorisationGuard.fromJSON(JSON.parse(JSON.stringify(file)));
  const isCopy = (entity: string, { logType, event }: GuardedEvent) => guard.isCopy(entity, logType, event);
  expect(isCopy('ada', did('read', 'Pjöngjang'))).toBe(true);
  expect(isCopy('ada', did('write', 'Pjöngjang'))).toBe(false);
  expect(isCopy('bob', did('read', 'Pjöngjang'))).toBe(false);
  expect(isCopy('ada', did('write', 'Kiel'))).toBe(false);
  expect(isCopy('ada', did('read', 'Bonn'))).toBe(false);
  expect(isCopy('ada', did('steal', 'Bonn'))).toBe(false);
  expect(file.events).toEqual({ seen: 8, guarded: 1 });
  expect(guard.chance).toBeCloseTo(1 / 3);
  expect(JSON.stringify(file)).not.toMatch(/\bada\b|Bonn|Pj/);
  await expect(builder.finish(none())).resolves.not.toHaveProperty('chance');
  expect(() => MemorisationGuard.fromJSON({ version: 1 })).toThrow(expect.objectContaining({ code: 'LYREBIRD_CORRUPT' }));
});

describe('a model that has learned its logs by heart', () => {
  const PEOPLE = ['ada', 'bob', 'cyd'];
  const EVENTS = 600;
  let folder: string;
  /** One event in ten is somewhere its person never was again. */
  const learned: LogEvent[] = Array.from({ length: EVENTS }, (_, n) => ({
    '@timestamp': new Date(Date.UTC(2026, 0, 1) + n * 300_000).toISOString(),
    event: { dataset: 'app', action: n % 3 ? 'read' : 'write', id: randomBytes(8).toString('hex') },
    user: { name: PEOPLE[n % 3] },
    place: n % 10 === 0 ? `place ${Math.floor(n / 10) % 20}` : ['Bonn', 'Kiel', 'Ulm'][Math.floor(n / 3) % 3],
  }));
  const keyOf = (event: LogEvent) => JSON.stringify([(event.user as LogEvent).name, (event.event as LogEvent).action, event.place]);
  const isRare = (event: LogEvent) => String(event.place).startsWith('place');

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'lyrebird-guard-'));
    const dataset = {
      source: 'test',
      skipped: {},
      async *hits(): AsyncGenerator<LogHit> {
        for (const _source of learned) yield { _source };
      },
    };
    const options = trainOptionsSchema.parse({ size: 'tiny', minutes: 5, max_steps: 120, seed: 1, entity_fields: ['user.name'], holdout: 0.02 });
    await trainModel({ dataset, folder, modelId: 'model', options });
  }, 120_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  async function write(options: GenerateOptionsInput) {
    const model = await loadModel(folder);
    const omitted = new OmittedCount();
    const events: LogEvent[] = [];
    try {
      for await (const { _source } of model.generate(generateOptionsSchema.parse(options), omitted)) events.push(_source);
    } finally {
      await model.dispose();
    }
    return { events, copies: omitted.summary(false).copies };
  }
  /** What a person did once, as the guard sees it: each of these places is one of a person's. */
  const rare = new Set(learned.slice(0, EVENTS * 0.98).filter(isRare).map(keyOf));

  test('repeats rare events where nothing keeps it from that', async () => {
    const { events, copies } = await write({ count: 300, seed: 2, memorisation_guard: false });
    expect(events.filter((event) => rare.has(keyOf(event))).length).toBeGreaterThan(5);
    expect(copies).toEqual({ redrawn: 0, given_up: 0 });
  }, 60_000);

  test('draws them anew unless told otherwise, and counts them; habits are written as before', async () => {
    const { events, copies } = await write({ count: 300, seed: 2 });
    expect(events).toHaveLength(300);
    expect(events.filter((event) => rare.has(keyOf(event)))).toEqual([]);
    expect(copies.redrawn).toBeGreaterThan(5);
    for (const place of ['Bonn', 'Kiel', 'Ulm']) expect(events.some((event) => event.place === place)).toBe(true);
    const file = await readFile(path.join(folder, 'guard.json'), 'utf8');
    expect(JSON.parse(file)).toMatchObject({ events: { seen: 588 }, filter: { items: rare.size } });
    expect(file).not.toMatch(/ada|place \d|Bonn/);
  }, 60_000);

  test('says so when rare events are all that is asked for', async () => {
    const place = learned.find(isRare)!.place as string;
    await expect(write({ count: 300, seed: 2, entities: ['ada'], where: { place, 'event.action': 'write' } })).rejects.toMatchObject({ code: 'LYREBIRD_UNKNOWN_VALUE', message: expect.stringContaining('single events') });
  }, 60_000);
});
