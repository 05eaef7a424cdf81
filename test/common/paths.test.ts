import { entityName, getPath, withoutPaths } from '../../common';

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

describe('entityName', () => {
  it.each(['jdoe@example.com', 'EXAMPLE\\jdoe', 'JDoe', ' jdoe ', 'arn:aws:iam::1:user/jdoe', 'arn:aws:sts::1:assumed-role/admin/jdoe@example.com'])(
    '%p is jdoe',
    (value) => expect(entityName(value, true)).toBe('jdoe')
  );
  it.each(['10.1.2.3', 'fe80::1', 'web-01'])('%p stays', (value) => expect(entityName(value, true)).toBe(value));
  it('only trims when told to leave names as they are', () => expect(entityName(' EXAMPLE\\JDoe ', false)).toBe('EXAMPLE\\JDoe'));
});
