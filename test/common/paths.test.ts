import * as fc from 'fast-check';
import { entityName, getPath, onlyPaths, withoutPaths, type LogEvent } from '../../common';

describe('getPath', () => {
  it.each([
    [{ user: { name: 'a' } }, 'user.name', 'a'],
    [{ 'user.name': 'a' }, 'user.name', 'a'],
    [{ user: { 'name.full': 'a' } }, 'user.name.full', 'a'],
    [{ 'a.b': { c: 1 } }, 'a.b.c', 1],
    [{ a: { x: 1 }, 'a.b': 2 }, 'a.b', 2],
    [{ related: { user: ['a', 'b'] } }, 'related.user', 'a'],
    [{ a: [{ b: 1 }, { b: 2 }] }, 'a.b', 1],
    [{ a: null }, 'a', null],
    [{ a: [] }, 'a', undefined],
    [{ a: 1 }, 'a.b', undefined],
    [{}, 'constructor', undefined],
  ])('%j at %s is %j', (event, path, expected) => expect(getPath(event as never, path)).toEqual(expected));
});

describe('withoutPaths', () => {
  it('removes nested and flat values and leaves the event itself alone', () => {
    const event = { a: { b: 1, c: 2 }, 'a.b': 3, list: [{ x: 1, y: 2 }] };
    expect(withoutPaths(event, ['a.b', 'list.x'])).toEqual({ a: { c: 2 }, list: [{ y: 2 }] });
    expect(event).toEqual({ a: { b: 1, c: 2 }, 'a.b': 3, list: [{ x: 1, y: 2 }] });
  });
});

test('withoutPaths removes what lies below a path, written flat', () => expect(withoutPaths({ 'user.name': 'a', 'user.id': 1, users: 2 }, ['user'])).toEqual({ users: 2 }));

describe('onlyPaths', () => {
  it.each([
    [{ source: { geo: { city: 'Graz' }, geology: 1 } }, ['source.geo.*'], { source: { geo: { city: 'Graz' } } }],
    [{ 'source.geo.city': 'Graz', source: { ip: 1 } }, ['source.geo'], { 'source.geo.city': 'Graz' }],
    [{ list: [{ x: 1, y: 2 }, { y: 3 }], other: 1 }, ['list.x'], { list: [{ x: 1 }] }],
    [{ a: null, b: [] }, ['a', 'b'], { a: null, b: [] }],
    [{ a: { b: 1 } }, ['a.b.c', 'c'], {}],
  ])('%j of %j is %j', (event, fields, expected) => expect(onlyPaths(event as LogEvent, fields)).toEqual(expected));

  const key = fc.constantFrom('a', 'b', 'c', 'a.b', '__proto__');
  const { event } = fc.letrec<{ event: unknown; value: unknown }>((tie) => ({
    event: fc.dictionary(key, tie('value'), { maxKeys: 3 }),
    value: fc.oneof({ maxDepth: 3 }, fc.integer(), fc.constant(null), fc.array(tie('value'), { maxLength: 2 }), tie('event')),
  }));
  const fields = fc.array(fc.constantFrom('a', 'b', 'a.b', 'b.a.*', 'c.b.a'), { minLength: 1, maxLength: 3 });

  it('keeps what withoutPaths takes away: without that, no value of what was kept is left', () =>
    fc.assert(
      fc.property(event, fields, (value, chosen) => {
        const kept = onlyPaths(value as LogEvent, chosen);
        expect(onlyPaths(kept, chosen)).toEqual(kept);
        const left = withoutPaths(kept, chosen.map((field) => field.replace('.*', '')));
        // Braces and keys alone.
        expect(JSON.stringify(left)).toMatch(/^(?:[{}[\],:]|"[^"]*":)*$/);
      })
    ));
});

describe('entityName', () => {
  it.each(['jdoe@example.com', 'EXAMPLE\\jdoe', 'JDoe', ' jdoe ', 'arn:aws:iam::1:user/jdoe', 'arn:aws:sts::1:assumed-role/admin/jdoe@example.com'])(
    '%p is jdoe',
    (value) => expect(entityName(value, true)).toBe('jdoe')
  );
  it.each(['10.1.2.3', 'fe80::1', 'web-01'])('%p stays', (value) => expect(entityName(value, true)).toBe(value));
  it('only trims when told to leave names as they are', () => expect(entityName(' EXAMPLE\\JDoe ', false)).toBe('EXAMPLE\\JDoe'));
});
