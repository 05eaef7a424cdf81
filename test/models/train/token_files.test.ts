import fc from 'fast-check';
import { appendFileSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { RECORD, TokenFile, TokenFileWriter, readTokenFileInfo } from '../../../models/train';
import { windowRows } from '../../../models/train/batches';
import { WindowSampler, spread, windowStarts, type Window } from '../../../models/train/windows';
import { BOS, CONFIG, folder, position } from './synthetic';

const base = folder();
afterAll(() => rmSync(base, { recursive: true }));
const path = join(base, 'split');

test('records and starts are laid out as types.ts says', () => {
  const writer = new TokenFileWriter(path);
  writer.startStream(3, 9);
  writer.event([100, 101], [position({ field: 1, slot: 10, weekday: 4, place: 2, former: 50 }), position({ field: 2, slot: 11, weekday: 5, place: 2, former: 51 })], 6);
  writer.event([], [], 0);
  writer.startStream(4, 9);
  writer.event([102], [position({ field: 1 })], 0);
  expect(writer.close()).toEqual({ records: 5, events: 2, streams: 2 });
  expect(readTokenFileInfo(path)).toEqual({ records: 5, events: 2 });
  const bytes = readFileSync(`${path}.tokens`);
  const records = Array.from({ length: 5 }, (_, r) => Array.from({ length: RECORD }, (__, i) => bytes.readUInt16LE((r * RECORD + i) * 2)));
  expect(records).toEqual([
    [9, 0, 3, 0, 0, 0, 0, 0],
    [100, 1, 3, 10, 4, 2, 6, 50],
    [101, 2, 3, 11, 5, 2, 6, 51],
    [9, 0, 4, 0, 0, 0, 0, 0],
    [102, 1, 4, 96, 7, 0, 0, 0],
  ]);
  const starts = readFileSync(`${path}.starts`);
  expect([starts.readUInt32LE(0), starts.readUInt32LE(4)]).toEqual([1, 4]);
});

test('files larger than the buffers come back whole', () => {
  const events = 20_000;
  const writer = new TokenFileWriter(path);
  writer.startStream(1, 0);
  for (let i = 0; i < events; i++) writer.event([i % 60_000, 7], [position(), position()], 0);
  writer.close();
  const file = new TokenFile(path);
  expect(statSync(`${path}.tokens`).size).toBe((2 * events + 1) * RECORD * 2);
  expect([...file.eventStarts()]).toEqual(Array.from({ length: events }, (_, i) => 1 + 2 * i));
  expect(file.read(1 + 2 * 17_000, 1)[0]).toBe(17_000);
  expect(file.read(2 * events, 5)).toHaveLength(RECORD);
  file.close();
});

test('what does not fit, is out of order or damaged is refused', () => {
  const writer = new TokenFileWriter(path);
  expect(() => writer.event([1], [position()], 0)).toThrow('before the first startStream');
  writer.startStream(1, 0);
  expect(() => writer.event([65_536], [position()], 0)).toThrow('The token 65536 does not fit');
  expect(() => writer.event([1, 2], [position()], 0)).toThrow('2 tokens came with 1 positions');
  writer.close();
  appendFileSync(`${path}.tokens`, 'x');
  expect(() => readTokenFileInfo(path)).toThrow(expect.objectContaining({ code: 'LYREBIRD_CORRUPT' }));
  expect(() => readTokenFileInfo(join(base, 'none'))).toThrow(expect.objectContaining({ code: 'LYREBIRD_NOT_FOUND' }));
});

test('rows hold the former token beside the side channels, unless it or the entity is to be hidden', () => {
  const config = { ...CONFIG, context: 2, former: true };
  const writer = new TokenFileWriter(path);
  writer.startStream(3, BOS);
  writer.event([10, 11], [position({ field: 1, former: 50 }), position({ field: 2, former: 51 })], 1);
  writer.close();
  const file = new TokenFile(path);
  const rows = (hidden: Partial<Window>) => Array.from(windowRows(config, BOS, [{ file, window: { start: 1, ...hidden } }]).side);
  expect(rows({})).toEqual([1, 3, 96, 7, 0, 1, 50, 2, 3, 96, 7, 0, 1, 51]);
  expect(rows({ hideFormer: true })).toEqual([1, 3, 96, 7, 0, 1, BOS, 2, 3, 96, 7, 0, 1, BOS]);
  expect(rows({ hideEntity: true })).toEqual([1, 0, 96, 7, 0, 1, 50, 2, 0, 96, 7, 0, 1, 51]);
  file.close();
});

/** Lengths of the events of one stream. */
const lengths = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 60 });
const startsOf = (events: number[]) => {
  let at = 1;
  const starts = events.map((length) => (at += length) - length);
  return { starts, records: at };
};

test('windows cover every record, and begin with an event wherever one is near', () => {
  fc.assert(
    fc.property(lengths, fc.integer({ min: 2, max: 20 }), fc.integer({ min: 1, max: 20 }), (events, context, phase) => {
      const { starts, records } = startsOf(events);
      const windows = windowStarts({ records, eventStarts: () => starts.values() as unknown as Generator<number> }, context, Math.min(phase, context));
      expect(windows[0]).toBe(1);
      expect(windows[windows.length - 1] + context).toBeGreaterThanOrEqual(records);
      const known = new Set(starts);
      for (let i = 1; i < windows.length; i++) {
        expect(windows[i]).toBeGreaterThan(windows[i - 1]);
        expect(windows[i]).toBeLessThanOrEqual(windows[i - 1] + context);
        if (!known.has(windows[i])) {
          // Within an event that is longer than what the window before it reaches.
          expect(windows[i]).toBe(windows[i - 1] + context);
          expect(starts.some((start) => start > windows[i - 1] && start <= windows[i])).toBe(false);
        }
      }
    })
  );
});

test('an epoch takes every window once, the next one cuts and orders anew, and a state resumes within it', () => {
  const writer = new TokenFileWriter(path);
  writer.startStream(1, 0);
  for (let i = 0; i < 500; i++) writer.event([1, 2, 3], [position(), position(), position()], 0);
  writer.close();
  const file = new TokenFile(path);
  const options = { context: 30, seed: 4, entityDropout: 0.25, formerDropout: 0.1 };
  const sampler = new WindowSampler(file, options);
  const epoch = (number: number) => {
    const windows = [];
    while (sampler.state.epoch === number || windows.length === 0) {
      windows.push(sampler.next());
      if (sampler.state.position === 1 && windows.length > 1) break;
    }
    return windows;
  };
  const first = epoch(0).slice(0, -1);
  const starts = first.map(({ start }) => start);
  expect(new Set(starts).size).toBe(starts.length);
  expect(starts.length).toBeGreaterThanOrEqual(50);
  expect(starts).not.toEqual([...starts].sort((a, b) => a - b));
  for (const [hidden, least, most] of [[(window: Window) => window.hideEntity, 0.05, 0.5], [(window: Window) => window.hideFormer, 0.01, 0.3]] as const) {
    const share = first.filter(hidden).length / first.length;
    expect(share).toBeGreaterThan(least);
    expect(share).toBeLessThan(most);
  }
  expect(sampler.state).toEqual({ epoch: 1, position: 1 });

  const resumed = new WindowSampler(file, options, sampler.state);
  for (let i = 0; i < 100; i++) expect(resumed.next()).toEqual(sampler.next());
  const other = new WindowSampler(file, { ...options, seed: 5 });
  expect(Array.from(starts, () => other.next().start)).not.toEqual(starts);
  file.close();
});

test('a spread of windows is even and stable', () => {
  const windows = Uint32Array.from({ length: 100 }, (_, i) => i * 10);
  expect([...spread(windows, 4)]).toEqual([0, 250, 500, 750]);
  expect(spread(windows.subarray(0, 3), 4)).toHaveLength(3);
});
