import fc from 'fast-check';
import { Drain, DEFAULT_MASKS, groupingAccuracy, WILDCARD } from '../../../bench/detect/drain';
import { maskLine } from '../../../bench/detect/drain/masking';

const wordsOf = (line: string): string[] => maskLine(line, DEFAULT_MASKS).split(/\s+/).filter(Boolean);

describe('Drain', () => {
  it('puts the lines of the paper to its templates', () => {
    const drain = new Drain();
    const lines = ['Receive from node 4', 'Receive block blk_3587 of size 67108864 from 10.251.42.84', 'Receive from node 17', 'Receive block blk_-5 of size 10 from 10.251.42.85', 'Verification succeeded for blk_1'];
    expect(lines.map((line) => drain.add(line).id)).toEqual([0, 1, 0, 1, 2]);
    expect(drain.templates.map(({ words, lines: count }) => [words.join(' '), count])).toEqual([
      ['Receive from node <*>', 2],
      ['Receive block <*> of size <*> from <*>', 2],
      ['Verification succeeded for <*>', 1],
    ]);
  });

  it('makes a wildcard of what differs in lines that are alike enough', () => {
    const drain = new Drain({ similarity: 0.5 });
    for (const user of ['ada', 'bob', 'eve']) drain.add(`session opened for user ${user} by root`);
    expect(drain.templates.map(({ words }) => words.join(' '))).toEqual([`session opened for user ${WILDCARD} by root`]);
    expect(drain.add('session refused at gate nine without ticket').id).toBe(1);
  });

  it('matches without learning', () => {
    const drain = new Drain();
    drain.add('user ada logged in');
    expect(drain.match('user bob logged in')?.id).toBe(0);
    expect(drain.match('nothing of the kind was ever seen')).toBeUndefined();
    expect(drain.templates.map(({ words, lines }) => [words.join(' '), lines])).toEqual([['user ada logged in', 1]]);
  });

  it('lets all words beyond the most that a place tells apart go one way', () => {
    const drain = new Drain({ maxChildren: 3 });
    const ids = ['a', 'b', 'c', 'd', 'e'].map((first) => drain.add(`${first} went to the very same place`).id);
    expect(ids).toEqual([0, 1, 2, 2, 2]);
  });

  const line = fc.array(fc.constantFrom('open', 'close', 'user', 'from', '10.0.0.1', '42', 'blk_7', 'node7', '<*>'), { minLength: 1, maxLength: 6 }).map((words) => words.join(' '));

  it('covers each line by the template that it was put to', () => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 40 }), (lines) => {
        const drain = new Drain();
        const ids = lines.map((text) => drain.add(text).id);
        lines.forEach((text, i) => {
          const words = wordsOf(text);
          const template = drain.templates[ids[i]].words;
          expect(template).toHaveLength(words.length);
          template.forEach((word, at) => expect([WILDCARD, words[at]]).toContain(word));
        });
        expect(drain.templates.reduce((sum, { lines: count }) => sum + count, 0)).toBe(lines.length);
      })
    );
  });

  it('gives the same templates for the same lines', () => {
    const mine = (lines: readonly string[]) => {
      const drain = new Drain();
      return [lines.map((text) => drain.add(text).id), drain.templates.map(({ words }) => words)];
    };
    fc.assert(fc.property(fc.array(line, { maxLength: 40 }), (lines) => expect(mine(lines)).toEqual(mine(lines))));
  });
});

describe('masks', () => {
  it.each([
    ['block blk_-1608999687919862906 of 10.250.19.102:54106', `block ${WILDCARD} of ${WILDCARD}`],
    ['instance 3edec1e4-9678-4a3a-a21b-a145a4ee5e61 at 0x7ffe1c', `instance ${WILDCARD} at ${WILDCARD}`],
    ['took 0.25 s on node7, -3 left', `took ${WILDCARD} s on node7, ${WILDCARD} left`],
  ])('%s', (text, masked) => expect(maskLine(text, DEFAULT_MASKS)).toBe(masked));
});

describe('grouping accuracy', () => {
  it('counts lines whose group is exactly a true one', () => {
    // Group 1 is whole; a true group is split into 2 and 3; group 4 mixes two.
    expect(groupingAccuracy([1, 1, 2, 3, 4, 4], ['a', 'a', 'b', 'b', 'c', 'd'])).toBeCloseTo(2 / 6);
    expect(groupingAccuracy(['x', 'y'], [0, 1])).toBe(1);
  });
});
