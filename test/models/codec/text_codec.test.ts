import { codecFromJSON, fitTextCodec, type PreparedEvent } from '../../../models/codec';
import { decodeExactly, drawEvent, officeStreams, seeded, startOf } from './samples';

const options = { timeField: '@timestamp', entityFields: ['user.name'], entityNormalise: true };
const streams = officeStreams(3, 30);
const lines: PreparedEvent[][] = [
  ['kernel: eth0 up', 'kernel: eth0 down', 'sshd[12]: Accepted password for root', '{"not": "a message"}', 'naïve ☃ \ud800'].map((message, i) => ({
    entity: 'host',
    time: 1_767_600_000_000 + i * 1000,
    logType: 'syslog',
    event: { message },
  })),
];

describe.each(['bpe', 'char'] as const)('the %s tokeniser', (kind) => {
  it.each([
    ['events as JSON', streams],
    ['plain messages', lines],
  ])('gives back %s', (_name, input) => {
    const codec = fitTextCodec(input, { ...options, kind });
    const reloaded = codecFromJSON(JSON.parse(JSON.stringify(codec.toJSON())));
    for (const stream of input) {
      const encoder = startOf(codec, stream);
      const decoder = startOf(reloaded, stream);
      for (const prepared of stream) {
        const encoded = encoder.encode(prepared);
        expect(encoded.spans).toEqual([{ path: codec.fieldPath(0), from: 0, to: encoded.tokens.length, actual: expect.any(String), reason: 'unlikely' }]);
        const decoded = decodeExactly(decoder, encoded);
        expect(decoded.event).toEqual(prepared.event);
        expect(decoded.time).toBe(prepared.time);
      }
    }
  });

  it('ends every event within the cap, and says when the text is no JSON object', () => {
    const codec = fitTextCodec(streams, { ...options, kind, maxTokens: 50 });
    const random = seeded(5);
    const stream = startOf(codec, streams[0], random);
    for (let i = 0; i < 20; i++) {
      const { event, tokens } = drawEvent(stream, random);
      expect(event).toBeUndefined();
      expect(tokens.length).toBeLessThanOrEqual(51);
    }
  });

  it('takes the time and the log type from the text', () => {
    const codec = fitTextCodec(streams, { ...options, kind });
    const signIn = streams[0].find(({ logType }) => logType === 'sign-in')!;
    const { tokens } = startOf(codec, [signIn]).encode(signIn);
    const decoder = codec.startStream({ entity: 'persona', time: 0 }).decode();
    for (const token of tokens) decoder.push(token);
    expect(decoder.result()).toEqual({ event: signIn.event, time: signIn.time, logType: 'sign-in' });
  });

  it('cannot have pins', () => {
    const codec = fitTextCodec(streams, { ...options, kind });
    expect(() => codec.checkPins(new Map([['user.name', 'x']]))).toThrow(expect.objectContaining({ code: 'LYREBIRD_UNKNOWN_FIELD' }));
    expect(() => codec.checkPins(new Map())).not.toThrow();
  });
});

it('subwords make shorter lines than bytes', () => {
  const length = (kind: 'bpe' | 'char'): number => startOf(fitTextCodec(streams, { ...options, kind }), streams[0]).encode(streams[0][0]).tokens.length;
  expect(length('bpe')).toBeLessThan(0.5 * length('char'));
});
