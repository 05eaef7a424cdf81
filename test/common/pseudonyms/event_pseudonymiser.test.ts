import fc from 'fast-check';
import type { LogEvent } from '../../../common';
import { EventPseudonymiser, PseudonymKey, Pseudonyms } from '../../../common/pseudonyms';

const pseudonyms = new Pseudonyms(PseudonymKey.parse('5a'.repeat(32)));
const of = (value: string) => pseudonyms.of(value);
const pseudonymiser = (fields: string[], ...events: LogEvent[]) => {
  const made = new EventPseudonymiser(pseudonyms, fields);
  events.forEach((event) => made.collect(event));
  return made;
};

test('chosen fields are replaced wherever they stand, nested, flat, in lists and below', () => {
  const made = pseudonymiser(['user.name', 'related']);
  expect(made.apply({ user: { name: 'jdoe', roles: ['ops'] } })).toEqual({ user: { name: of('jdoe'), roles: ['ops'] } });
  expect(made.apply({ 'user.name': ['jdoe', 'ana'], n: null, ok: true })).toEqual({ 'user.name': [of('jdoe'), of('ana')], n: null, ok: true });
  expect(made.apply({ related: { ip: ['192.0.2.9'], n: 1234567 } })).toEqual({ related: { ip: [of('192.0.2.9')], n: pseudonyms.ofNumber(1234567) } });
});

test('identifiers in other fields follow, in any case and before their own event came', () => {
  const own: LogEvent = { user: { name: 'jane.doe', email: 'Jane.Doe@Acme-Corp.io' }, source: { ip: '198.51.100.23' } };
  const made = pseudonymiser(['user.name', 'user.email', 'source.ip'], own);
  const [name, joined, domain, ip] = [of('jane.doe'), of('janedoe'), of('acme-corp.io'), of('198.51.100.23')];
  const capital = (text: string) => text.replace(/(^|[. ])\p{Ll}/gu, (c) => c.toUpperCase());
  const said = (text: string) => made.apply({ message: text }).message;
  expect(said('user jane.doe logged in from 198.51.100.23.')).toBe(`user ${name} logged in from ${ip}.`);
  expect(said('Display: Jane Doe (JANE.DOE@ACME-CORP.IO)')).toBe(`Display: ${capital(name).replace('.', ' ')} (${name.toUpperCase()}@${domain.toUpperCase()})`);
  expect(said('C:\\Users\\janedoe\\x')).toBe(`C:\\Users\\${joined}\\x`);
  expect(said('JANEDOE-PC, janedoe2024, xjanedoey')).toBe(`${joined.toUpperCase()}-PC, ${joined}2024, x${joined}y`);
  expect(said('https://x/?u=jane.doe%40acme-corp.io')).toBe(`https://x/?u=${name}%40${domain}`);
  expect(said(Buffer.from('jane.doe:secret').toString('base64'))).toBe(Buffer.from(`${name}:secret`).toString('base64'));
  expect(said('{"u":"ACME\\\\jane.doe","m":"1"}')).toBe(`{"u":"ACME\\\\${name}","m":"1"}`);
  expect(made.apply({ members: { 'jane.doe': 1, 'Jane.Doe@Acme-Corp.io': 2 } })).toEqual({ members: { [name]: 1, [of('Jane.Doe@Acme-Corp.io')]: 2 } });
});

test('words that only look alike, and names of fields, stay', () => {
  const made = pseudonymiser(['user.name'], { user: { name: 'ana' } }, { user: { name: 'source' } }, { user: { name: 'al' } }, { user: { name: '404' } });
  const event: LogEvent = { message: 'banana analysis Ana-1 al 404 anab', source: { ip: '192.0.2.1' }, event: { dataset: 'ana.log' }, '@timestamp': '2026-01-01T00:00:00Z' };
  expect(made.apply(event)).toEqual({ ...event, message: `banana analysis ${of('Ana')}-1 al 404 anab` });
});

test('numbers that are ids follow like their digits', () => {
  const made = pseudonymiser(['account.id'], { account: { id: '123456789012' } });
  expect(made.apply({ owner: 123456789012, bytes: 123456, text: 'acct 123456789012' })).toEqual({
    owner: pseudonyms.ofNumber(123456789012),
    bytes: 123456,
    text: `acct ${of('123456789012')}`,
  });
});

test('what was pseudonymised can be revealed, mentions and keys as well', () => {
  const word = fc.string({ unit: fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz'), minLength: 5, maxLength: 9 });
  fc.assert(
    fc.property(word, word, fc.ipV4(), fc.integer({ min: 10_000, max: 9_999_999 }), (user, org, ip, id) => {
      const event: LogEvent = {
        user: { name: `${user}.x`, email: `${user}.x@${org}.io`, id },
        source: { ip },
        message: `${user}.x from ${ip} as ${id}`,
        path: [`/home/${user}.x/a`, { deep: `DOM\\${user}.x` }],
      };
      const made = pseudonymiser(['user', 'source.ip'], event);
      expect(made.reveal(made.apply(event))).toEqual(event);
    }),
    { numRuns: 300 }
  );
});

test('what one collected another can load', () => {
  const first = pseudonymiser(['user.name'], { user: { name: 'jane.doe' } });
  const second = new EventPseudonymiser(pseudonyms, ['user.name']);
  second.load(first.collected());
  expect(second.apply({ message: 'Jane Doe' })).toEqual(first.apply({ message: 'Jane Doe' }));
  expect(second.revealValue('message', of('jane.doe'))).toBe('jane.doe');
  expect(second.value('user.name', 'someone')).toBe(of('someone'));
});
