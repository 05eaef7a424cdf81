import fc from 'fast-check';
import { codecFromJSON, fitCodec, SESSION_END, type PreparedEvent } from '../../../models/codec';
import { withEnd } from '../../../models/prepare';
import { blockLines } from '../pipeline/block_lines';
import { decodeExactly, drawEvent, seeded } from './samples';

const random = seeded(4);
const idOf = (i: number): string => `blk_${i % 2 ? '-' : ''}${100_000_000_000_000 + i * 7_919_777_333}`;
const eventsOf = (id: string, lines: readonly string[]): PreparedEvent[] =>
  lines.map((line) => ({ entity: id, time: Date.parse(`${line.slice(0, 19).replace(' ', 'T')}Z`), logType: 'dfs', event: { '@timestamp': `${line.slice(0, 19).replace(' ', 'T')}Z`, message: line.slice(20) } }));
const blocks = Array.from({ length: 200 }, (_, i) => ({ id: idOf(i), fate: 'whole' as const }));
const sessions = blocks.map((block, i) => withEnd(eventsOf(block.id, blockLines([block], i))));
const json = JSON.stringify(fitCodec(sessions, { timeField: '@timestamp', entityFields: ['message'], entityNormalise: true, sessions: true }).toJSON());
const codec = codecFromJSON(JSON.parse(json));
const start = (session: readonly PreparedEvent[], draw?: () => number) => codec.startStream({ entity: session[0].entity, time: session[0].time, random: draw });

describe('a codec of sessions', () => {
  it('knows none of them', () => {
    expect(codec.entities).toHaveLength(1);
    for (const { id } of blocks) expect(json).not.toContain(id);
  });

  it('gives back the very lines, and the end, of sessions it has and has not seen', () => {
    for (const session of [...sessions.slice(0, 30), withEnd(eventsOf('blk_5', blockLines([{ id: 'blk_5', fate: 'failed' }], 7)))]) {
      const [encoder, decoder] = [start(session), start(session)];
      for (const prepared of session) expect(decodeExactly(decoder, encoder.encode(prepared))).toMatchObject({ event: prepared.event, logType: prepared.logType });
    }
  });

  it('gives back any line', () => {
    const words = fc.array(fc.oneof(fc.constantFrom('Receiving block', 'blk_5', 'blk_-5', 'src:', '/10.250.1.2:50010', 'terminating', '  ', '\ue000'), fc.string({ unit: 'binary', maxLength: 6 })), { maxLength: 8 });
    fc.assert(
      fc.property(words, (parts) => {
        const prepared: PreparedEvent = { ...sessions[0][0], entity: 'blk_5', event: { '@timestamp': '2026-01-05T08:00:01Z', message: parts.join(' ') } };
        expect(decodeExactly(start([prepared]), start([prepared]).encode(prepared)).event).toEqual(prepared.event);
      }),
      { numRuns: 60 }
    );
  });

  it('costs the same whatever the id', () => {
    const tokens = (id: string) => {
      const session = withEnd(eventsOf(id, blockLines([{ id, fate: 'whole' }], 3)));
      const stream = start(session);
      return session.flatMap((prepared) => stream.encode(prepared).tokens);
    };
    expect(tokens('blk_-77777777777')).toEqual(tokens('blk_1234567890123456789'));
  });

  it('never draws an end', () => {
    const stream = start(sessions[0], random);
    for (let i = 0; i < 300; i++) expect(drawEvent(stream, random).logType).not.toBe(SESSION_END);
    expect(codec.logTypes).toEqual(['dfs']);
  });
});
