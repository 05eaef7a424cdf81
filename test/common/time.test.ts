import fc from 'fast-check';
import { parseTime } from '../../common';

describe('parseTime', () => {
  const second = Date.UTC(2022, 7, 27, 0, 59, 39);

  it.each([
    ['2022-08-27T00:59:39Z', second],
    ['2022-08-27T00:59:39.181811Z', second + 181],
    ['2022-08-27 00:59:39,5', second + 500],
    ['2022-08-27T02:59:39+02:00', second],
    ['2022-08-27T02:59:39+0200', second],
    ['2022-08-27', Date.UTC(2022, 7, 27)],
    ['27/Aug/2022:00:59:39 +0000', second],
    ['Sat, 27 Aug 2022 00:59:39 GMT', second],
    ['27 Aug 2022 00:59:39', second],
    ['27 Aug 2022 02:59:39 +0200', second],
    [second / 1000, second],
    [second, second],
    [String(second), second],
    [String(second * 1000), second],
    [`${second}000000`, second],
  ])('reads %p', (value, expected) => expect(parseTime(value)).toBe(expected));

  it.each(['', 'word 1', 'error 404', '12345', 'Aug 27', '2022-13-01T00:00:00Z', null, true, {}, 12, Number.NaN])('leaves %p alone', (value) =>
    expect(parseTime(value as never)).toBeUndefined()
  );

  it('reads back every ISO string', () => {
    fc.assert(
      fc.property(fc.date({ noInvalidDate: true, min: new Date('0001-01-01'), max: new Date('9999-12-31') }), (date) => {
        expect(parseTime(date.toISOString())).toBe(date.getTime());
      })
    );
  });
});
