import { fitTextCodec, sideSizes, type PreparedEvent } from '../../../models/codec';
import { EntityWriter, seededRandom } from '../../../models/generate/entity_writer';
import { channelCount } from '../../../models/gpt';

const START = Date.UTC(2026, 0, 5);
/** A line of 80 characters takes 81 tokens: more than half of the context. One of 200 is longer than all of it. */
const [line, longLine] = [80, 200].map((length) => 'a'.repeat(length - 1).replace(/a/g, (_, i: number) => String.fromCharCode(97 + (i % 26))) + '.');
const history: PreparedEvent[] = [line, longLine].map((message, i) => ({ entity: 'ann', time: START + i, logType: 'logs', event: { message } }));
const codec = fitTextCodec([history], { timeField: '@timestamp', entityFields: ['user.name'], entityNormalise: true, kind: 'char' });
const CONFIG = { context: 128, side: sideSizes(codec.side), former: codec.side.former };
const tokensOf = (event: PreparedEvent) => codec.startStream({ entity: 'ann', time: START }).encode(event).tokens;

function writerAfter(tokens: readonly number[]): EntityWriter {
  const plan = { voice: 'ann', name: 'ann', key: 'ann', decode: {}, history: [], start: START, from: START, to: Infinity };
  const writer = new EntityWriter(codec, plan, 1, CONFIG);
  for (const token of tokens) writer.push(token);
  return writer;
}

/** What is read for tokens that follow each other from the start of a prefix on. */
const inputsFor = (tokens: readonly number[]) => Int32Array.of(...[codec.bos, ...tokens].slice(0, tokens.length));

describe('after the context is full, a stream is read', () => {
  const [event, longEvent] = history.map(tokensOf);

  test.each([1, 40, 63, 64, 65, 80])('from the start of the event that is being written, %d tokens into it', (written) => {
    const prefix = writerAfter([...event, ...event.slice(0, written)]).prefix();
    expect(prefix.tokens).toEqual(inputsFor(event.slice(0, written)));
    expect(prefix.side).toHaveLength(channelCount(CONFIG) * written);
  });

  test('from the start of an event as long as the context but for the room to go on', () => {
    expect(writerAfter(longEvent.slice(0, 120)).prefix().tokens).toEqual(inputsFor(longEvent.slice(0, 120)));
  });

  test.each([121, 127, 128, 190])('half a context back in an event that leaves no room, %d tokens into it', (written) => {
    expect(writerAfter(longEvent.slice(0, written)).prefix().tokens).toEqual(inputsFor(longEvent.slice(written - 64, written)));
  });

  test('from the oldest whole event within half a context', () => {
    const short: PreparedEvent = { ...history[0], event: { message: 'a b c.' } };
    const tokens = tokensOf(short);
    const many = Array.from({ length: 20 }, () => tokens).flat();
    expect(writerAfter([...event, ...many]).prefix().tokens).toEqual(inputsFor(Array.from({ length: Math.floor(64 / tokens.length) }, () => tokens).flat()));
  });

  test('and goes on as though nothing had been left out', () => {
    const writer = writerAfter(event.slice(0, 70));
    writer.prefix();
    for (const token of event.slice(70)) writer.push(token);
    expect(writer.ready.map(({ json }) => JSON.parse(json) as unknown)).toEqual([{ message: line }]);
  });
});

describe('an event that would be read as another entity\'s', () => {
  const own: PreparedEvent = { ...history[0], event: { message: 'mine.' } };
  const foreign: PreparedEvent = { ...history[0], event: { message: 'theirs.' } };
  const begin = () => {
    const plan = { voice: 'ann', name: 'ann', key: 'ann', decode: {}, history: [], start: START, from: START, to: Infinity };
    const writer = new EntityWriter(codec, plan, 1, CONFIG, undefined, 0, ({ message }) => message === 'mine.');
    /** Positions taken back with the event's last token. */
    const write = (event: PreparedEvent): number => tokensOf(event).map((token) => writer.push(token)).at(-1)!;
    return { writer, write };
  };
  const messages = (writer: EntityWriter) => writer.ready.map(({ json }) => (JSON.parse(json) as { message: string }).message);

  test('is drawn anew, and the stream goes on as though it had not been', () => {
    const { writer, write } = begin();
    expect(write(foreign)).toBe(tokensOf(foreign).length);
    expect(write(own)).toBe(0);
    expect(messages(writer)).toEqual(['mine.']);
    expect(writer.omitted.misnamed).toBe(0);
  });

  test('is left out and counted when nothing else is drawn', () => {
    const { writer, write } = begin();
    for (let i = 0; i < 9; i++) write(foreign);
    write(own);
    expect(messages(writer)).toEqual(['mine.']);
    expect(writer.omitted.misnamed).toBe(1);
  });

  test('is kept where the stream has no others', () => {
    const { writer, write } = begin();
    for (let i = 0; i < 9 * 20; i++) write(foreign);
    expect(messages(writer)).toEqual([]);
    write(foreign);
    write(foreign);
    expect(messages(writer)).toEqual(['theirs.', 'theirs.']);
    expect(writer.omitted.misnamed).toBe(20);
  });
});

test('streams whose names or seeds are alike begin with numbers that are not', () => {
  const first = [...Array.from({ length: 300 }, (_, i) => seededRandom(1, `length ann variant ${i}`)()), ...Array.from({ length: 300 }, (_, seed) => seededRandom(seed, 'ann')())];
  for (const part of [first.slice(0, 300), first.slice(300)]) {
    for (let tenth = 0; tenth < 10; tenth++) {
      const share = part.filter((value) => Math.floor(value * 10) === tenth).length / part.length;
      expect(Math.abs(share - 0.1)).toBeLessThan(0.06);
    }
    // Neighbours: the mean product of what is above and below the middle.
    const correlation = part.slice(1).reduce((sum, value, i) => sum + (value - 0.5) * (part[i] - 0.5), 0) / (part.length / 12);
    expect(Math.abs(correlation)).toBeLessThan(0.2);
  }
});
