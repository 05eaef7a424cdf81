import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import type { PreparedEvent } from '../../../models/codec/types';
import { SHARDS, ShardWriter, readShard } from '../../../models/pipeline/shards';

const events = fc.array(
  fc.record({
    entity: fc.constantFrom('ann', 'bob', 'Zoë\u2028', '10.0.0.1', ''),
    time: fc.integer({ min: 0, max: 50 }),
    logType: fc.constantFrom('a', 'b'),
    event: fc.dictionary(fc.string({ unit: 'binary' }), fc.oneof(fc.string({ unit: 'binary' }), fc.constant('\u2028\u2029\r\n'), fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => (n === 0 ? 0 : n)))),
  }),
  { maxLength: 60 }
);

describe('shards', () => {
  it('give back every event once, in one stream per entity, in time order', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'lyrebird-shards-'));
    try {
      await fc.assert(
        fc.asyncProperty(events, async (written) => {
          const writer = await ShardWriter.create(folder);
          for (const event of written) await writer.write(event as PreparedEvent);
          await writer.close();
          const seen = new Set<string>();
          let count = 0;
          for (let shard = 0; shard < SHARDS; shard++) {
            for (const stream of await readShard(folder, shard)) {
              const entity = stream[0].entity;
              expect(seen.has(entity)).toBe(false);
              seen.add(entity);
              count += stream.length;
              // A stable sort by time of what was written.
              const expected = written.filter((event) => event.entity === entity).sort((a, b) => a.time - b.time);
              expect(stream.map(({ time, logType, event }) => ({ entity, time, logType, event }))).toEqual(expected);
            }
          }
          expect(count).toBe(written.length);
        }),
        { numRuns: 20 }
      );
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
