import fc from 'fast-check';
import type { LogEvent } from '../../../common';
import { codecFromJSON, fitCodec, type Codec, type PreparedEvent } from '../../../models/codec';
import type { FieldCodecSpec } from '../../../models/codec/spec';
import { cutText } from '../../../models/codec/kinds/template';
import { decodeExactly, drawEvent, seeded, startOf } from './samples';

const TIME = Date.UTC(2026, 0, 5, 8);
const random = seeded(5);
const number = (most: number): number => Math.floor(random() * most);
const pick = <T>(...list: T[]): T => list[number(list.length)];
const hex = (length: number): string => Array.from({ length }, () => number(16).toString(16)).join('');

const MESSAGES: Array<() => string> = [
  () => `acquire lock=${number(1e8)}, flags=0x1, tag="${pick('View Lock', 'Sync')}", uid=${number(5) + 10_000}`,
  () => `Connection from 10.0.${number(200)}.${number(200)} closed after ${number(1000)} ms (session ${hex(8)}-${hex(4)})`,
  () => `Process accessed:\r\nRuleName: -\r\nProcessId: ${number(9000)}\r\nImage: C:\\Windows\\${pick('svchost.exe', 'lsass.exe')}\r\nCallTrace: ${hex(60)}`,
  () => `user ${pick('root', 'admin', 'guest')} said ${pick('yes', 'no')}`,
  () => pick('', '   ', '\ue000 \ue100x', 'x'.repeat(9000)) + hex(3),
];
const message = () => pick(MESSAGES[0], MESSAGES[0], MESSAGES[1], MESSAGES[1], MESSAGES[2], MESSAGES[2], MESSAGES[3], MESSAGES[4])();
const streamOf = (messages: readonly string[]): PreparedEvent[] =>
  messages.map((text, i) => ({ entity: 'ada', time: TIME + i * 60_000, logType: 'app', event: { level: pick('info', 'warn'), message: text } }));
const learn = (stream: PreparedEvent[]): Codec => {
  const fitted = fitCodec([stream], { timeField: '@timestamp', entityFields: ['user'], entityNormalise: true });
  return codecFromJSON(JSON.parse(JSON.stringify(fitted.toJSON())));
};
const stream = streamOf(Array.from({ length: 800 }, message));
const codec = learn(stream);
const templates = (codec.toJSON() as FieldCodecSpec).types[0].fields.flatMap(({ rich }) => (rich?.kind === 'text' ? (rich.templates ?? []) : []));

describe('texts that are put together', () => {
  it('cost a token for their template, and one for each word that comes back', () => {
    const encoded = startOf(codec, stream).encode(streamOf([`acquire lock=${number(1e8)}, flags=0x1, tag="Sync", uid=10003`])[0]);
    const { from, to } = encoded.spans.find(({ path }) => path === 'message')!;
    expect(to - from).toBeLessThanOrEqual(4);
    expect(templates.map(({ pieces }) => pieces.join(''))).toContain('acquire lock=, flags=0x1, tag="Sync", uid=');
  });

  it('come back exactly', () => {
    const encoder = startOf(codec, stream);
    const decoder = startOf(codec, stream);
    for (const prepared of stream) expect(decodeExactly(decoder, encoder.encode(prepared)).event).toEqual(prepared.event);
  });

  it('come back exactly when they follow a template only nearly, or none', () => {
    const near = fc.tuple(fc.constantFrom(...MESSAGES), fc.nat(60), fc.string({ unit: 'binary', maxLength: 4 }), fc.nat(5)).map(([make, at, extra, removed]) => {
      const text = make();
      return text.slice(0, at) + extra + text.slice(at + removed);
    });
    fc.assert(
      fc.property(fc.oneof(near, fc.string({ unit: 'binary', maxLength: 80 })), (text) => {
        const event: LogEvent = { level: 'info', message: text };
        const prepared = { ...stream[7], event };
        expect(decodeExactly(startOf(codec, [prepared]), startOf(codec, [prepared]).encode(prepared)).event).toEqual(event);
      }),
      { numRuns: 500 }
    );
  });

  it('cost no more than their start when they are long and follow none', () => {
    for (const length of [126, 127, 128, 129, 130, 4000]) {
      const text = 'é'.repeat(length / 2) + '€'.repeat(length % 2);
      const prepared = streamOf([text])[0];
      const encoded = startOf(codec, stream).encode(prepared);
      expect(encoded.tokens.length).toBeLessThan(150);
      expect(decodeExactly(startOf(codec, stream), encoded).event).toEqual(prepared.event);
    }
  });

  it('are made up in the form of those seen', () => {
    const draw = seeded(3);
    const drawing = startOf(codec, stream, draw);
    const drawn = Array.from({ length: 300 }, () => drawEvent(drawing, draw).event.message as string);
    const whole = /^acquire lock=\d+, flags=0x1, tag="(View Lock|Sync)", uid=1000\d$/;
    expect(drawn.filter((text) => text.startsWith('acquire')).length).toBeGreaterThan(5);
    expect(drawn.filter((text) => text.startsWith('acquire') && !whole.test(text))).toEqual([]);
    const known = new Set(stream.map(({ event }) => event.message));
    const closed = drawn.filter((text) => /^Connection from 10\.0\.\d+\.\d+ closed after \d+ ms \(session [0-9a-f]{8}-[0-9a-f]{4}\)$/.test(text));
    expect(closed.some((text) => !known.has(text))).toBe(true);
  });
});

it('numbers, however many, do not keep a line from having a template', () => {
  const requests = streamOf(Array.from({ length: 200 }, () => `10.11.10.${number(9)} "${pick('GET', 'POST')} /v2/${hex(32)}/servers" status: ${200 + number(4)} len: ${number(2000)} time: 0.${number(1e6)}`));
  const encoded = startOf(learn(requests), requests).encode(requests[7]);
  const { from, to } = encoded.spans.find(({ path }) => path === 'message')!;
  expect(to - from).toBeLessThanOrEqual(5);
});

describe('cutText', () => {
  it('gives separators and words in turn that joined are the text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary', maxLength: 60 }), fc.array(fc.constantFrom('a', 'b: c', ':', '\n', '\r\n', ' ', '=', 'Key:\tv', '\u2028'), { maxLength: 20 }).map((parts) => parts.join(''))), (text) => {
        const pieces = cutText(text)!;
        expect(pieces.join('')).toBe(text);
        expect(pieces.length % 2).toBe(1);
        expect(pieces.filter((piece, i) => i % 2 === 1 && piece === '')).toEqual([]);
      }),
      { numRuns: 1000 }
    );
  });
});
