import { eventTime, parseTime, valueAt } from '../../../standalone/start/event_time';

const NOON = Date.UTC(2024, 4, 1, 12);

describe('parseTime', () => {
  it.each([
    ['2024-05-01T12:00:00Z'],
    ['2024-05-01T14:00:00.000+02:00'],
    ['2024-05-01 12:00:00'],
    ['2024-05-01T12:00:00'],
    ['2024-05-01 12:00:00,000'],
    ['Wed, 01 May 2024 12:00:00 GMT'],
    ['01 May 2024 12:00:00'],
    [NOON / 1000],
    [NOON],
    [NOON * 1000],
    [String(NOON)],
    [`${NOON / 1000}.0`],
  ])('reads %p as noon UTC', (value) => expect(parseTime(value)).toBe(NOON));

  it.each([['yesterday'], ['a 1'], [''], [12], ['12'], [true], [null], [[NOON]], [-5], ['0001-01-01T00:00:00Z'], ['2024-13-45T99:00:00Z']])('does not take %p for a time', (value) =>
    expect(parseTime(value)).toBeUndefined()
  );
});

it('takes small numbers only from a field that was named', () => {
  expect(eventTime({ second: 7 })).toBeUndefined();
  expect(eventTime({ second: 7 }, 'second')).toBe(7000);
});

it('goes on to the next common field when one holds no time', () => {
  expect(eventTime({ time: 'soon', event: { created: '2024-05-01T12:00:00Z' } })).toBe(NOON);
});

it('finds members by dotted path, nested or literal', () => {
  expect(valueAt({ 'a.b': 1 }, 'a.b')).toBe(1);
  expect(valueAt({ a: { 'b.c': 2 } }, 'a.b.c')).toBe(2);
  expect(valueAt({ a: 'x' }, 'a.b')).toBeUndefined();
});
