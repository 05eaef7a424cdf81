import { DEFAULT_TIME_FIELDS } from '../../../common';
import { eventTime } from '../../../standalone/start/event_time';

const NOON = Date.UTC(2024, 4, 1, 12);

it.each([['2024-05-01T14:00:00.000+02:00'], ['2024-05-01 12:00:00,000'], ['Wed, 01 May 2024 12:00:00 GMT'], ['01/May/2024:12:00:00 +0000'], [NOON / 1000], [String(NOON)], [[NOON]]])(
  'reads %p as noon UTC',
  (timestamp) => expect(eventTime({ timestamp }, ['timestamp'])).toBe(NOON)
);

it.each([['yesterday'], ['a 1'], [''], [12], ['12'], [true], [null], [-5], ['0001-01-01T00:00:00Z'], ['2024-13-45T99:00:00Z']])('does not take %p for a time', (timestamp) =>
  expect(eventTime({ timestamp }, ['timestamp'])).toBeUndefined()
);

it('takes small numbers, as seconds, only from a field that counts them', () => {
  expect(eventTime({ time: 7 }, ['time'])).toBeUndefined();
  expect(eventTime({ second: 7 }, ['second'], 'second')).toBe(7000);
  expect(eventTime({ second: '7.5' }, ['second'], 'second')).toBe(7500);
  expect(eventTime({ second: -7 }, ['second'], 'second')).toBeUndefined();
  expect(eventTime({ time: NOON }, ['second'], 'second')).toBeUndefined();
});

it('goes on to the next common field when one holds no time, and finds fields by dotted path', () => {
  expect(eventTime({ time: 'soon', event: { created: '2024-05-01T12:00:00Z' } }, DEFAULT_TIME_FIELDS)).toBe(NOON);
  expect(eventTime({ 'event.created': '2024-05-01T12:00:00Z' }, DEFAULT_TIME_FIELDS)).toBe(NOON);
});
