import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { eventsOf, writeLines } from '../../bench/fidelity/events';
import { runPeer } from '../../bench/fidelity/peers';
import type { Made, Settings } from '../../bench/fidelity/settings';
import { comparison } from '../../bench/fidelity/table';

const settings: Settings = { users: 5, events: 600, heldoutDays: 2, minutes: 1, writingMinutes: 1, seed: 1 };
const made: Made = { parameters: 1_000, training_seconds: 60, steps: 10, per_event: 12.25, unit: 'tokens', writing_seconds: 4, generated: 30, malformed: 10, complete: false };

describe('fidelity benchmark', () => {
  let folder: string;
  beforeAll(async () => (folder = await mkdtemp(path.join(tmpdir(), 'lyrebird-fidelity-'))));
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('keeps held-out events after all training events, the same each time', () => {
    const { train, heldout, period } = eventsOf(settings);
    expect(train.length + heldout.length).toBe(600);
    expect(heldout.length).toBeGreaterThan(50);
    const times = (hits: typeof train) => hits.map(({ _source }) => String(_source['@timestamp']));
    expect(times(train).every((time) => time < period.from)).toBe(true);
    expect(times(heldout).every((time) => time >= period.from && time < period.to)).toBe(true);
    expect(eventsOf(settings)).toEqual({ train, heldout, period });
  });

  it('says why a peer has no column where there is no Python', async () => {
    const before = process.env.PYTHON;
    process.env.PYTHON = path.join(folder, 'no-python');
    try {
      const events = eventsOf(settings);
      const fields = { timeField: '@timestamp', entityFields: ['user.name'], entityNormalise: true, excludeFields: [] };
      const attempt = await runPeer('par_sequences', events, fields, { settings, period: events.period, folder });
      expect(attempt).toEqual({ missing: expect.stringContaining('no-python') });
      const first = JSON.parse((await readFile(path.join(folder, 'train.ndjson'), 'utf8')).split('\n')[0]) as { entity: string; time: number };
      expect(first).toMatchObject({ entity: expect.any(String), time: Date.parse(String(events.train[0]._source['@timestamp'])) });
    } finally {
      if (before === undefined) delete process.env.PYTHON;
      else process.env.PYTHON = before;
    }
  });

  it('writes one JSON line for each value', async () => {
    const file = path.join(folder, 'lines.ndjson');
    await writeLines(file, [{ a: 1 }, { b: 'x\ny' }]);
    expect(await readFile(file, 'utf8')).toBe('{"a":1}\n{"b":"x\\ny"}\n');
  });

  it('sets columns side by side: what was made, and the reason where nothing was', () => {
    const table = comparison([
      { name: 'field', attempt: { made: { ...made, version: 'x 1.0' } }, judgement: { as_asked: 0.5, failure: 'There are 3 synthetic events to compare.' } },
      { name: 'PAR', attempt: { missing: 'sdv is not installed' } },
    ]).split('\n');
    expect(table[0]).toBe('|  | field | PAR | floor |');
    expect(table).toContain('| an event is | 12.3 tokens | – |  |');
    expect(table).toContain('| events written | 30, time up | – |  |');
    expect(table).toContain('| valid events a second | 7.5 | – |  |');
    expect(table).toContain('| valid JSON | 75.0 % | – |  |');
    expect(table).toContain('| as the entity asked for | 50.0 % | – |  |');
    expect(table.slice(-3)).toEqual(['- Peers: x 1.0.', '- field: There are 3 synthetic events to compare.', '- PAR: sdv is not installed.']);
  });
});
