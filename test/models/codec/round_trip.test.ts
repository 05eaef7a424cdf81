import fc from 'fast-check';
import type { LogEvent } from '../../../common';
import { codecFromJSON, fitCodec } from '../../../models/codec';
import { decodeExactly, fitOffice, officeStreams, plain, startOf } from './samples';

const streams = officeStreams();
const codec = fitOffice(streams);
const reloaded = codecFromJSON(JSON.parse(JSON.stringify(codec.toJSON())));

describe('decode(encode(event))', () => {
  it('gives back every event that the codec was fitted on, token by token among the candidates', () => {
    for (const stream of streams) {
      const encoder = startOf(codec, stream);
      const decoder = startOf(reloaded, stream);
      for (const prepared of stream) {
        const encoded = encoder.encode(prepared);
        expect(encoded.tokens.every((token) => token > codec.bos && token < codec.vocabulary)).toBe(true);
        expect(decodeExactly(decoder, encoded)).toEqual({ event: prepared.event, time: prepared.time, logType: prepared.logType });
      }
    }
  });

  const odd = fc.oneof(
    fc.constantFrom('__proto__', 'constructor', 'a.b', 'a[0]', '', '\\', '@timestamp', 'user', 'source', 'ip', '[', '0'),
    fc.string({ maxLength: 6 })
  );
  const scalar = fc.oneof(
    { weight: 3, arbitrary: fc.string({ unit: 'binary', maxLength: 20 }) },
    fc.constantFrom<string | number | boolean | null>('\ud800', 'a\udc00b', '\ue000', '\ue100x', 'persona', 'PERSONA', '12', '1e5', '2026-01-05T08:00:00Z', '10.0.0.7', '999.1.1.1'),
    fc.constantFrom<string | number | boolean | null>(0, -0, 1e308, 5e-324, 123456789012345680000, 0.1, -1, 1767600000, null, true, false),
    fc.double({ noNaN: true }),
    fc.integer()
  );
  const { json } = fc.letrec<{ json: unknown }>((tie) => ({
    json: fc.oneof(
      { maxDepth: 4, depthSize: 'small' },
      { weight: 4, arbitrary: scalar },
      fc.array(tie('json'), { maxLength: 11 }),
      fc.dictionary(odd, tie('json'), { maxKeys: 5, noNullPrototype: true })
    ),
  }));
  const alien = fc.dictionary(odd, json, { maxKeys: 6, noNullPrototype: true }).map((event) => plain(event as LogEvent));

  it('gives back events that are nothing like those it knows, of known and unknown log types, for known and unknown entities', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(alien, fc.constantFrom('sign-in', 'audit', 'new type', ''), fc.integer({ min: -1e6, max: 4e9 })), { maxLength: 4 }),
        fc.constantFrom('persona', 'personb', 'stranger', ''),
        (events, entity) => {
          const from = streams[0][0].time;
          const encoder = codec.startStream({ entity, time: from });
          const decoder = codec.startStream({ entity, time: from });
          for (const [event, logType, offset] of events) {
            const prepared = { entity, time: from + offset, logType, event };
            const encoded = encoder.encode(prepared);
            expect(decodeExactly(decoder, encoded)).toEqual({ event, time: prepared.time, logType });
          }
        }
      ),
      { numRuns: 400 }
    );
  });

  it('gives back known events with parts replaced, added and removed', () => {
    const known = streams.flat();
    fc.assert(
      fc.property(fc.nat(known.length - 1), alien, fc.subarray(Object.keys(known[0].event)), (index, change, removed) => {
        const prepared = { ...known[index], event: plain({ ...known[index].event, ...change }) };
        for (const key of removed) delete prepared.event[key];
        const encoded = startOf(codec, [prepared]).encode(prepared);
        expect(decodeExactly(startOf(codec, [prepared]), encoded).event).toEqual(prepared.event);
      }),
      { numRuns: 300 }
    );
  });

  it('holds when the codec was fitted on any events at all', () => {
    fc.assert(
      fc.property(fc.array(alien, { minLength: 1, maxLength: 30 }), (events) => {
        const stream = events.map((event, i) => ({ entity: 'someone', time: 1_767_600_000_000 + i * 1000, logType: i % 3 ? 'a' : 'b', event }));
        const fitted = fitCodec([stream], { timeField: 'ts', entityFields: [], entityNormalise: true });
        const encoder = startOf(fitted, stream);
        const decoder = startOf(codecFromJSON(JSON.parse(JSON.stringify(fitted.toJSON()))), stream);
        for (const prepared of stream) expect(decodeExactly(decoder, encoder.encode(prepared)).event).toEqual(prepared.event);
      }),
      { numRuns: 150 }
    );
  });

  it('handles one event of one user', () => {
    const one = [streams[0].slice(0, 1)];
    const fitted = fitOffice(one);
    expect(decodeExactly(startOf(fitted, one[0]), startOf(fitted, one[0]).encode(one[0][0])).event).toEqual(one[0][0].event);
  });

  it('writes deep nesting, long arrays and long texts', () => {
    let deep: LogEvent = { end: true };
    for (let i = 0; i < 200; i++) deep = { down: deep };
    const event = { deep, list: Array.from({ length: 5000 }, (_, i) => ({ i })), text: 'x'.repeat(200_000), user: { name: 'persona' } };
    const prepared = { entity: 'persona', time: streams[0][0].time, logType: 'sign-in', event };
    expect(decodeExactly(startOf(codec, [prepared]), startOf(codec, [prepared]).encode(prepared)).event).toEqual(event);
  });
});

describe('a codec of very many values', () => {
  it('stays within the token space and still gives every event back', () => {
    // 600 log types of 25 fields of their own with 12 values each would need 200,000 tokens.
    const stream = Array.from({ length: 600 * 24 }, (_, i) => {
      const type = i % 600;
      const event: LogEvent = Object.fromEntries(Array.from({ length: 25 }, (_, f) => [`f${type}_${f}`, `v${(i * 7919 + f * (i % 13)) % 12}x`]));
      return { entity: 'one', time: 1_767_600_000_000 + i * 1000, logType: `type ${type}`, event };
    });
    const fitted = fitCodec([stream], { timeField: 'ts', entityFields: [], entityNormalise: true });
    expect(fitted.vocabulary).toBeLessThan(65_536);
    expect(fitted.side.field).toBeLessThanOrEqual(1024);
    const encoder = startOf(fitted, stream);
    const decoder = startOf(fitted, stream);
    for (const prepared of stream.slice(0, 1500)) expect(decodeExactly(decoder, encoder.encode(prepared)).event).toEqual(prepared.event);
  });
});
