import fc from 'fast-check';
import { entityName } from '../../../common';
import { PseudonymKey, Pseudonyms } from '../../../common/pseudonyms';

const KEY = PseudonymKey.parse('00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff');
const pseudonyms = new Pseudonyms(KEY);
const of = (value: string) => pseudonyms.of(value);

const letters = 'abcdefghijklmnopqrstuvwxyz';
const word = fc.string({ unit: fc.constantFrom(...letters), minLength: 2, maxLength: 10 });
const name = fc.oneof(
  word,
  fc.tuple(word, fc.constantFrom('.', '_', '-', ' '), word).map((parts) => parts.join('')),
  fc.tuple(word, fc.integer({ min: 0, max: 999 })).map((parts) => parts.join('')),
  fc.tuple(word, word).map(([a, b]) => `${a[0].toUpperCase()}${a.slice(1)} ${b.toUpperCase()}`),
  fc.constantFrom('Jürgen Groß', 'Łukasz', 'Σωκράτης', 'Пётр Ильич', '田中太郎', '김철수', 'İpek', "O'Brien, Zoë")
);
const domain = fc.tuple(word, fc.constantFrom('com', 'de', 'co.uk', 'corp.local', 'onmicrosoft.com')).map((parts) => parts.join('.'));
const mail = fc.tuple(name.filter((text) => /^[a-z0-9._-]+$/.test(text)), domain).map((parts) => parts.join('@'));
const hex = (length: number) => fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: length, maxLength: length });
const value = fc.oneof(
  name,
  mail,
  domain,
  fc.tuple(word, domain).map(([host, rest]) => `${host}-01.${rest}`),
  fc.tuple(word, name).map(([netbios, user]) => `${netbios.toUpperCase()}\\${user}`),
  fc.ipV4(),
  fc.tuple(fc.ipV4(), fc.integer({ min: 1, max: 65535 })).map(([ip, port]) => `${ip}:${port}`),
  fc.uuid(),
  fc.uuid().map((id) => id.toUpperCase()),
  fc.constantFrom(16, 24, 32, 40, 64).chain(hex),
  hex(17).map((id) => `i-${id}`),
  fc.array(hex(2), { minLength: 6, maxLength: 6 }).map((parts) => parts.join(':').toUpperCase()),
  fc.bigInt({ min: 0n, max: 10n ** 20n }).map(String),
  fc.tuple(hex(12), name).map(([, user]) => `arn:aws:iam::123456789012:user/eu/${user}`),
  fc.tuple(...[0, 1, 2, 3].map(() => fc.integer({ min: 0, max: 0xffffffff }))).map((numbers) => `S-1-5-21-${numbers.join('-')}`),
  fc.tuple(name, word).map(([cn, ou]) => `CN=${cn.replace(/,/g, '')},OU=${ou},DC=corp,DC=local`),
  fc.string({ unit: fc.constantFrom(...letters, ...letters.toUpperCase(), ...'0123456789', 'Z', '2', '7'), minLength: 16, maxLength: 16 }).map((id) => `AIDA${id.toUpperCase()}`),
  fc.string({ unit: 'grapheme', maxLength: 30 }),
  fc.string({ maxLength: 30 })
);

test('every value comes back from its pseudonym, which is of the same kind', () => {
  fc.assert(
    fc.property(value, (text) => {
      const pseudonym = of(text);
      expect(pseudonyms.kindOf(pseudonym)).toBe(pseudonyms.kindOf(text.normalize('NFC')));
      expect(pseudonyms.reveal(pseudonym)).toBe(text.normalize('NFC'));
    }),
    { numRuns: 800 }
  );
});

test('hexadecimal values keep their case, also where a round of the permutation gives digits alone', () => {
  // Its first round has no letter.
  expect(pseudonyms.reveal(of('1D:86:76:D9:A3:F1'))).toBe('1D:86:76:D9:A3:F1');
  const upper = (text: string) => text.toUpperCase();
  const mac = fc.array(hex(2), { minLength: 6, maxLength: 6 }).map((parts) => parts.join(':'));
  fc.assert(
    fc.property(fc.oneof(mac, hex(16), fc.uuid()).map(upper), (text) => {
      expect(of(text)).toBe(upper(of(text)));
      expect(pseudonyms.reveal(of(text))).toBe(text);
    }),
    { numRuns: 2000 }
  );
});

test('lengths, separators, cases and digits stay where they are', () => {
  const shape = (text: string) => text.replace(/\p{Lo}/gu, 'o').replace(/\p{Ll}/gu, 'a').replace(/\p{Lu}/gu, 'A').replace(/\d/g, '0');
  fc.assert(
    fc.property(fc.oneof(name, mail), (text) => {
      expect(shape(of(text))).toBe(shape(text));
    })
  );
});

test('no two values get one pseudonym', () => {
  for (const shape of [(i: number) => i.toString(26).padStart(3, '0').replace(/./g, (c) => letters[parseInt(c, 26)]), (i: number) => `192.168.${i >> 8}.${i & 255}`, (i: number) => String(100_000 + i)]) {
    const values = Array.from({ length: 17_576 }, (_, i) => shape(i));
    expect(new Set(values).size).toBe(17_576);
    expect(new Set(values.map(of)).size).toBe(17_576);
  }
});

test('one name is one pseudonym in every spelling and inside of everything that holds it', () => {
  const user = of('jdoe');
  expect(user).not.toBe('jdoe');
  expect(of('JDoe').toLowerCase()).toBe(user);
  expect(of('jdoe@acme.org')).toBe(`${user}@${of('acme.org')}`);
  expect(of('ACME\\jdoe')).toBe(`${of('ACME')}\\${user}`);
  expect(of('acme.org').split('.')[0].toUpperCase()).toBe(of('ACME'));
  expect(of('arn:aws:iam::123456789012:user/jdoe')).toBe(`arn:aws:iam::${of('123456789012')}:user/${user}`);
  expect(of('/home/jdoe/x')).toContain(`/${user}/`);
  expect(of('jdoe_acme.org#EXT#@host.onmicrosoft.com')).toMatch(new RegExp(`^${user}_${of('acme.org')}#EXT#@`));
  expect(of('Jane Doe').replace(' ', '').toLowerCase()).toBe(of('janedoe'));
  expect(of('jane.doe').replace('.', '')).toBe(of('janedoe'));
  expect(pseudonyms.ofNumber(123456)).toBe(Number(of('123456')));
});

test('the entity of a pseudonym is the pseudonym of the entity', () => {
  fc.assert(
    fc.property(fc.oneof(name, mail, fc.constant('İpek'), fc.tuple(word, word).map(([a, b]) => `${a.toUpperCase()}\\${b}`), word.map((user) => `arn:aws:iam::123456789012:user/${user}`)), (text) => {
      expect(entityName(of(text), true)).toBe(of(entityName(text, true)));
    })
  );
});

test('public domains, top-level domains, system accounts and loopback addresses stay', () => {
  expect(of('jdoe@gmail.com')).toBe(`${of('jdoe')}@gmail.com`);
  expect(of('acme.onmicrosoft.com')).toBe(`${of('acme')}.onmicrosoft.com`);
  for (const kept of ['root', 'SYSTEM', 'NT AUTHORITY\\SYSTEM', 'localhost', '127.0.0.1', '::1', '0.0.0.0', '255.255.255.255', 'S-1-5-18', '00000000-0000-0000-0000-000000000000', '', '-']) {
    expect(of(kept)).toBe(kept);
  }
  expect(of('a.acme.co.uk')).toMatch(/^[a-z]\.[a-z]{4}\.co\.uk$/);
  const more = new Pseudonyms(KEY, { keptWords: ['Jenkins'], publicDomains: ['acme.org'] });
  expect(more.of('jenkins@acme.org')).toBe('jenkins@acme.org');
  expect(more.scheme).not.toBe(pseudonyms.scheme);
});

test('another key gives other pseudonyms', () => {
  const other = new Pseudonyms(PseudonymKey.generate());
  const values = ['jane.doe@acme.org', '203.0.113.77', 'f3c9a1d2-9b1e-4c2a-8f6d-0123456789ab', '123456789012', 'DESKTOP-8F3K2L1'];
  expect(values.filter((text) => other.of(text) === of(text))).toEqual([]);
  expect(other.scheme).not.toBe(pseudonyms.scheme);
});

test('ids keep their format', () => {
  const id = of('f3c9a1d2-9b1e-4c2a-8f6d-0123456789ab');
  expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(of('i-0a1b2c3d4e5f60718')).toMatch(/^i-[0-9a-f]{17}$/);
  expect(of('S-1-5-21-1004336348-1177238915-682003330-512')).toMatch(/^S-1-5-21-\d+-\d+-\d+-512$/);
  expect(of('AIDAJQABLZS4A3QDU576Q')).toMatch(/^AIDA[A-Z0-9]{17}$/);
  expect(of('000123456789')).toMatch(/^000[1-9]\d{8}$/);
  expect(of('02:42:AC:11:00:02')).toMatch(/^[0-9A-F]2|6|A|E/);
});

test('a key is 32 bytes; the error does not repeat it', () => {
  expect(PseudonymKey.parse(KEY.toText()).toText()).toBe(KEY.toText());
  expect(PseudonymKey.parse(Buffer.from(KEY.toText(), 'hex').toString('base64')).toText()).toBe(KEY.toText());
  try {
    PseudonymKey.parse('short-secret');
    throw new Error('accepted');
  } catch (error) {
    expect(error).toMatchObject({ code: 'LYREBIRD_BAD_REQUEST', message: expect.not.stringContaining('short-secret') });
  }
});
