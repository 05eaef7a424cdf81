import type { PreparedEvent } from '../../../models/codec/types';
import { heldoutFrom, leftInAttacks, SequenceLengths, sequencesOf } from '../../../models/pipeline/attack_sequences';

const HOUR = 3_600_000;
const stream = (...events: Array<[hours: number, technique?: string]>): PreparedEvent[] =>
  events.map(([hours, technique]) => ({ entity: 'ann', time: hours * HOUR, logType: 'a', technique, event: {} }));

test('an attack goes from its first labelled event to its last, whatever lies between', () => {
  const found = sequencesOf(stream([0], [1, 'T1530'], [2], [3, 'T1530'], [4], [5, 'T1621'], [6, 'T1530']));
  expect(found).toEqual([
    { technique: 'T1530', time: HOUR, from: 1, to: 7, events: 3 },
    { technique: 'T1621', time: 5 * HOUR, from: 5, to: 6, events: 1 },
  ]);
});

test('each event of an attack knows how many are left, whatever lies between', () => {
  const events = stream([0], [1, 'T1530'], [2], [3, 'T1530'], [4, 'T1621'], [5, 'T1530'], [20, 'T1530']);
  const left = leftInAttacks(events, sequencesOf(events));
  expect(events.map((event) => left.get(event))).toEqual([undefined, 3, undefined, 2, 1, 1, 1]);
});

test('a long pause ends an attack', () => {
  expect(sequencesOf(stream([0, 'T1530'], [6, 'T1530'], [12.1, 'T1530'])).map(({ from, to }) => [from, to])).toEqual([[0, 2], [2, 3]]);
});

test.each([
  [[5], 0.2, Infinity],
  [[5, 1], 0.2, 5],
  [[3, 3, 3], 0.2, Infinity],
  [[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 0.2, 9],
  [[1, 2, 3], 0.5, 2],
  [[1, 2], 0.5, 2],
])('of sequences at %j, the newest %d are those from %d on', (times, share, from) => {
  expect(heldoutFrom(times, share)).toBe(from);
});

test('a card lists how many events attacks have, of very many some from short to long', () => {
  const lengths = new SequenceLengths();
  lengths.add(sequencesOf(stream([0, 'T1621'], [1, 'T1621'], [9, 'T1621'], [9, 'T1530'])));
  expect(lengths.listed()).toEqual({ T1621: [1, 2], T1530: [1] });
  for (let events = 1; events <= 2000; events++) lengths.add([{ technique: 'T1110', time: 0, from: 0, to: events, events }]);
  const many = lengths.listed().T1110;
  expect(many).toHaveLength(200);
  expect(many).toEqual([...many].sort((a, b) => a - b));
  expect([many[0], many[199]]).toEqual([6, 1996]);
});
