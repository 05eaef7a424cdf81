import * as fc from 'fast-check';
import { hours, utcOffset, weekdays, where } from '../../../models/cli/conditions';

const field = fc.stringMatching(/^[a-z_@][a-z0-9_.@]{0,20}$/);
const scalar = fc.oneof(fc.string(), fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }).filter((value) => !Object.is(value, -0)), fc.boolean(), fc.constant(null));

describe('where', () => {
  test('any value, written as JSON, is taken as it is', () => fc.assert(fc.property(field, scalar, (name, value) => expect(where(`${name}=${JSON.stringify(value)}`, {})).toEqual({ [name]: value }))));

  test('so is each of several', () =>
    fc.assert(fc.property(field, fc.array(scalar, { minLength: 2, maxLength: 5 }), (name, values) => expect(where(`${name}=${values.map((value) => JSON.stringify(value)).join(',')}`, {})).toEqual({ [name]: values }))));

  test('plain text needs no quotation marks', () =>
    fc.assert(fc.property(field, fc.stringMatching(/^[A-Za-z][A-Za-z0-9 /:=<>-]{0,20}$/).filter((text) => !['true', 'false', 'null'].includes(text)), (name, text) => expect(where(`${name}=${text}`, {})).toEqual({ [name]: text }))));

  test('two bounds make an interval; other fields stay', () =>
    fc.assert(
      fc.property(field, fc.integer(), fc.integer(), fc.constantFrom(['>=', 'gte'], ['>', 'gt']), fc.constantFrom(['<=', 'lte'], ['<', 'lt']), (name, lo, hi, [above, lower], [below, upper]) =>
        expect(where(`${name}${below}${hi}`, where(`${name}${above}${lo}`, { '-other': 'x' }))).toEqual({ '-other': 'x', [name]: { [lower]: lo, [upper]: hi } })
      )
    ));

  test.each(['', 'country', '=DE', 'took>', 'took<=true', 'took>null'])('%p is refused', (text) => expect(() => where(text, {})).toThrow('Expected'));
});

test('hours, days and offsets', () => {
  expect(hours('22:00-06:15')).toEqual({ from: '22:00', to: '06:15' });
  expect(weekdays('Mon, tuesday,sun')).toEqual([1, 2, 0]);
  expect([utcOffset('+02:00'), utcOffset('-0330'), utcOffset('+00:00')]).toEqual([120, -210, 0]);
  for (const wrong of [() => hours('8-18'), () => weekdays('mon,xyz'), () => utcOffset('2')]) expect(wrong).toThrow('Expected');
});
