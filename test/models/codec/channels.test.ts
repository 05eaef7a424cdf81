import type { EncodedEvent, Position, PreparedEvent } from '../../../models/codec';
import { fitCodec } from '../../../models/codec';
import { seeded, startOf } from './samples';

const MINUTE = 60_000;
const START = Date.UTC(2026, 5, 1, 8);
const TECHNIQUE = 'T1530';

/** Sessions of five events two minutes apart, two hours between them; actions in a fixed order, one team. */
const streams = Array.from({ length: 6 }, (_, person) =>
  Array.from({ length: 60 }, (_, i): PreparedEvent => {
    const time = START + Math.floor(i / 5) * 120 * MINUTE + (i % 5) * 2 * MINUTE + person;
    const technique = i >= 40 && i < 44 ? TECHNIQUE : undefined;
    return { entity: `user-${person}`, time, logType: 'audit', technique, event: { '@timestamp': new Date(time).toISOString(), user: { name: `user-${person}` }, action: `act-${(i * (person + 1)) % 7}`, team: i % 29 === 28 ? 'blue' : 'red' } };
  })
);
const codec = fitCodec(streams, { timeField: '@timestamp', entityFields: ['user.name'], entityNormalise: true });
const encodeAll = (stream: readonly PreparedEvent[]): EncodedEvent[] => {
  const encoder = startOf(codec, stream);
  return stream.map((event) => encoder.encode(event));
};
const of = ({ tokens, positions }: EncodedEvent, path: string): Array<Position & { token: number }> =>
  positions.flatMap((position, i) => (codec.fieldPath(position.field) === path ? [{ ...position, token: tokens[i] }] : []));

describe('beside a token stands', () => {
  test('the token of the event before, where a field changes', () => {
    const actions = encodeAll(streams[1]).map((event) => of(event, 'action')[0]);
    expect(actions[0].former).toBe(codec.bos);
    for (let i = 1; i < actions.length; i++) expect(actions[i].former).toBe(actions[i - 1].token);
  });

  test('none where a field mostly stays, and none of times', () => {
    for (const path of ['team', '@gap', '@day', '@slot', '@structure']) {
      for (const position of encodeAll(streams[0]).flatMap((event) => of(event, path))) expect(position.former).toBe(codec.bos);
    }
  });

  test('how many events the session has had: the gap knows it, too, and after a long one it begins anew', () => {
    const events = encodeAll(streams[2].slice(0, 40));
    events.forEach((event, i) => {
      const places = event.positions.map(({ place }) => place);
      if (i % 5 === 0) {
        if (i > 0) expect(of(event, '@gap')[0].place).toBe(places[0]);
        expect(places.slice(i > 0 ? 1 : 0)).toEqual(places.slice(i > 0 ? 1 : 0).map(() => 0));
      } else expect(new Set(places)).toEqual(new Set([i % 5]));
    });
    // Five events are a step of their own.
    expect(of(events[5], '@gap')[0].place).toBe(5);
  });

  test('how many events an attack has left, across long gaps, or that this is not known', () => {
    const stream = codec.startStream({ entity: 'user-0', time: START });
    for (const event of streams[0].slice(0, 38)) stream.encode(event);
    stream.technique = codec.techniques.indexOf(TECHNIQUE);
    const places = streams[0].slice(38, 42).map((event, i) => {
      stream.left = 4 - i;
      return new Set(stream.encode(event).positions.map(({ place }) => place));
    });
    const [four, three, two, one] = places.map((each) => [...each]);
    expect([four, three, two, one].map((each) => each.length)).toEqual([1, 1, 1, 1]);
    expect([four[0] - three[0], three[0] - two[0], two[0] - one[0]]).toEqual([1, 1, 1]);
    stream.left = undefined;
    const unknown = stream.encode(streams[0][42]).positions[0].place;
    expect(unknown).toBe(one[0] - 1);
    expect(one[0]).toBeLessThan(codec.side.place);
    stream.technique = 0;
    const back = stream.encode(streams[0][43]).positions[0].place;
    expect(back).toBeLessThan(unknown);
  });

  test('in a drawn event, what stands there when the event is read back', () => {
    const random = seeded(5);
    const [writing, reading] = [startOf(codec, streams[3], random), startOf(codec, streams[3])];
    const first = writing.encode(streams[3][0]);
    expect(reading.encode(streams[3][0])).toEqual(first);
    for (let i = 0; i < 50; i++) {
      const decoder = writing.decode();
      const drawn: Position[] = [];
      while (decoder.next) {
        const { candidates, ...position } = decoder.next;
        drawn.push(position);
        const allowed = Array.from({ length: candidates.hi - candidates.lo }, (_, j) => candidates.lo + j).filter((token) => !candidates.mask || candidates.mask[token - candidates.lo] === 1);
        decoder.push(allowed[Math.floor(random() * allowed.length)]);
      }
      const { time, logType, event } = decoder.result();
      const { positions } = reading.encode({ entity: 'user-3', time, logType, event: event! });
      expect(positions.map(({ former }) => former)).toEqual(drawn.map(({ former }) => former));
    }
  });
});

