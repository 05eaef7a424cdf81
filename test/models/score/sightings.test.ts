import fc from 'fast-check';
import { keyOf, SHARED, Sightings } from '../../../models/score/sightings';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

describe('Sightings', () => {
  it('remembers since when an entity has a value', () => {
    const sightings = new Sightings();
    const key = keyOf('user_agent.version', '159.0');
    expect(sightings.see(key, 'ann', 1_000)).toEqual({ since: undefined, others: 0 });
    expect(sightings.see(key, 'ann', 2_000)).toEqual({ since: 1_000, others: 0 });
    expect(sightings.see(keyOf('user_agent.version', '160.0'), 'ann', 3_000).since).toBeUndefined();
    expect(sightings.see(keyOf('other.version', '159.0'), 'ann', 3_000).since).toBeUndefined();
  });

  it('counts others only once they have had the value for a day', () => {
    const sightings = new Sightings();
    // One address tries four accounts within minutes: that must not make it common.
    for (const [i, name] of ['a', 'b', 'c', 'd'].entries()) expect(sightings.see(1, name, i * 60_000).others).toBe(0);
    expect(sightings.see(1, 'e', DAY + HOUR).others).toBe(SHARED);
  });

  it('takes what was learned as known, and leaves it unchanged for others who build on it', () => {
    const learned = new Sightings();
    for (const name of ['a', 'b', 'c']) learned.learn(1, name);
    learned.learn(2, 'a');
    learned.learnEvents('a', 40);
    const [one, two] = [new Sightings(learned), new Sightings(learned)];
    expect(one.see(1, 'a', 0)).toEqual({ since: -Infinity, others: 2 });
    expect(one.see(1, 'new', 0)).toEqual({ since: undefined, others: 3 });
    expect(one.see(2, 'b', 5)).toEqual({ since: undefined, others: 1 });
    expect(one.see(2, 'b', 9)).toEqual({ since: 5, others: 1 });
    expect(two.see(2, 'b', 9)).toEqual({ since: undefined, others: 1 });
    one.countEvent('a');
    expect([one.eventsOf('a'), two.eventsOf('a'), one.eventsOf('nobody')]).toEqual([41, 40, 0]);
  });

  it('knows after JSON all that was learned and seen', () => {
    const learned = new Sightings();
    learned.learn(1, 'a');
    const seen = new Sightings(learned);
    seen.see(1, 'b', 10);
    seen.see(2, 'c', 20);
    seen.countEvent('c');
    const back = Sightings.fromJSON(JSON.parse(JSON.stringify(seen)));
    const next = new Sightings(back);
    expect(next.see(1, 'a', 0)).toEqual({ since: -Infinity, others: 0 });
    expect(next.see(1, 'b', 11)).toEqual({ since: 10, others: 1 });
    expect(next.see(2, 'd', DAY + HOUR)).toEqual({ since: undefined, others: 1 });
    expect(next.eventsOf('c')).toBe(1);
  });

  it('finds the same new when the events that it was learned from are read again', () => {
    const learned = new Sightings();
    learned.learn(1, 'a');
    const events: Array<[key: number, entity: string, time: number]> = [[1, 'b', 10], [1, 'b', 10], [2, 'a', 20], [2, 'c', DAY + HOUR], [2, 'a', DAY + 2 * HOUR]];
    const read = (sightings: Sightings) => events.map(([key, entity, time]) => sightings.see(key, entity, time));
    const first = new Sightings(learned);
    const seen = read(first);
    expect(seen.map(({ since }) => since)).toEqual([undefined, 10, undefined, undefined, 20]);
    expect(read(new Sightings(Sightings.fromJSON(JSON.parse(JSON.stringify(first)))))).toEqual(seen);
  });

  it('treats what hundreds have had as everybody’s, and keeps it so in JSON', () => {
    const sightings = new Sightings();
    for (let i = 0; i < 300; i++) sightings.see(1, `user${i}`, i);
    expect(sightings.see(1, 'another', 400)).toEqual({ since: -Infinity, others: SHARED });
    expect(new Sightings(Sightings.fromJSON(JSON.parse(JSON.stringify(sightings)))).see(1, 'another', 500).since).toBe(-Infinity);
  });

  it('forgets what it met first when there is too much', () => {
    const sightings = new Sightings(undefined, 3);
    for (const key of [1, 2, 3, 4]) sightings.see(key, 'a', key);
    expect(sightings.see(4, 'a', 10).since).toBe(4);
    expect(sightings.see(1, 'a', 10).since).toBeUndefined();
  });

  it('tells values apart by key', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(fc.string(), fc.string()), { selector: ([a, b]) => `${a}\u0000${b}`, maxLength: 500 }), (values) => {
        const keys = new Set(values.map(([path, text]) => keyOf(path, text)));
        expect(keys.size).toBe(values.length);
        for (const key of keys) expect(Number.isSafeInteger(key)).toBe(true);
      })
    );
  });
});
