import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { CryptoPan, PseudonymKey, Pseudonyms } from '../../../common/pseudonyms';

/** Key and traces of the authors' reference implementation (Crypto-PAn 1.0, sample_trace_sanitized). */
const REFERENCE_KEY = Uint8Array.from([21, 34, 23, 141, 51, 164, 207, 128, 19, 10, 91, 22, 73, 144, 125, 16, 216, 152, 143, 131, 121, 121, 101, 39, 98, 87, 76, 45, 42, 132, 34, 2]);
const REFERENCE: Array<[string, string]> = [
  ['128.11.68.132', '135.242.180.132'],
  ['129.118.74.4', '134.136.186.123'],
  ['130.132.252.244', '133.68.164.234'],
  ['141.223.7.43', '141.167.8.160'],
  ['141.233.145.108', '141.129.237.235'],
  ['152.163.225.39', '151.140.114.167'],
  ['156.29.3.236', '147.225.12.42'],
  ['165.247.96.84', '162.9.99.234'],
  ['166.107.77.190', '160.132.178.185'],
  ['192.102.249.13', '252.138.62.131'],
  ['192.215.32.125', '252.43.47.189'],
  ['192.233.80.103', '252.25.108.8'],
  ['192.41.57.43', '252.222.221.184'],
  ['193.150.244.223', '253.169.52.216'],
  ['195.205.63.100', '255.186.223.5'],
  ['198.200.171.101', '249.199.68.213'],
  ['198.26.132.101', '249.36.123.202'],
  ['198.36.213.5', '249.7.21.132'],
  ['198.51.77.238', '249.18.186.254'],
  ['199.217.79.101', '248.38.184.213'],
  ['202.49.198.20', '245.206.7.234'],
  ['203.12.160.252', '244.248.163.4'],
  ['204.184.162.189', '243.192.77.90'],
  ['204.202.136.230', '243.178.4.198'],
  ['204.29.20.4', '243.33.20.123'],
  ['205.178.38.67', '242.108.198.51'],
  ['205.188.147.153', '242.96.16.101'],
  ['205.188.248.25', '242.96.88.27'],
  ['205.245.121.43', '242.21.121.163'],
  ['207.105.49.5', '241.118.205.138'],
  ['207.135.65.238', '241.202.129.222'],
  ['207.155.9.214', '241.220.250.22'],
  ['207.188.7.45', '241.255.249.220'],
  ['207.25.71.27', '241.33.119.156'],
  ['207.33.151.131', '241.1.233.131'],
  ['208.147.89.59', '227.237.98.191'],
  ['208.234.120.210', '227.154.67.17'],
  ['208.28.185.184', '227.39.94.90'],
  ['208.52.56.122', '227.8.63.165'],
  ['209.12.231.7', '226.243.167.8'],
  ['209.238.72.3', '226.6.119.243'],
  ['209.246.74.109', '226.22.124.76'],
  ['209.68.60.238', '226.184.220.233'],
  ['209.85.249.6', '226.170.70.6'],
  ['212.120.124.31', '228.135.163.231'],
  ['212.146.8.236', '228.19.4.234'],
  ['212.186.227.154', '228.59.98.98'],
  ['212.204.172.118', '228.71.195.169'],
  ['212.206.130.201', '228.69.242.193'],
  ['216.148.237.145', '235.84.194.111'],
  ['216.157.30.252', '235.89.31.26'],
  ['216.184.159.48', '235.96.225.78'],
  ['216.227.10.221', '235.28.253.36'],
  ['216.254.18.172', '235.7.16.162'],
  ['216.32.132.250', '235.192.139.38'],
  ['216.35.217.178', '235.195.157.81'],
  ['24.0.250.221', '100.15.198.226'],
  ['24.13.62.231', '100.2.192.247'],
  ['24.14.213.138', '100.1.42.141'],
  ['24.5.0.80', '100.9.15.210'],
  ['24.7.198.88', '100.10.6.25'],
  ['24.94.26.44', '100.88.228.35'],
  ['38.15.67.68', '64.3.66.187'],
  ['4.3.88.225', '124.60.155.63'],
  ['63.14.55.111', '95.9.215.7'],
  ['63.195.241.44', '95.179.238.44'],
  ['63.97.7.140', '95.97.9.123'],
  ['64.14.118.196', '0.255.183.58'],
  ['64.34.154.117', '0.221.154.117'],
  ['64.39.15.238', '0.219.7.41'],
];
const bytes = (text: string) => Uint8Array.from(ipaddr.parse(text).toByteArray());
const text = (address: Uint8Array) => ipaddr.fromByteArray([...address]).toString();

test("addresses come out as in the authors' sample trace", () => {
  const pan = new CryptoPan(REFERENCE_KEY);
  for (const [address, pseudonym] of REFERENCE) {
    expect(text(pan.forward(bytes(address)))).toBe(pseudonym);
    expect(text(pan.backward(bytes(pseudonym)))).toBe(address);
  }
});

test('IPv6 addresses come out as other implementations have them', () => {
  const pan = new CryptoPan(REFERENCE_KEY);
  expect(text(pan.forward(bytes('::1')))).toBe('78ff:f001:9fc0:20df:8380:b1f1:704:ed');
  expect(text(pan.forward(bytes('::2')))).toBe('78ff:f001:9fc0:20df:8380:b1f1:704:ef');
  expect(text(pan.forward(bytes('2001:db8::1')))).toBe('4401:2bc:603f:d91d:27f:ff8e:e6f1:dc1e');
  expect(text(pan.forward(bytes('2001:db8::2')))).toBe('4401:2bc:603f:d91d:27f:ff8e:e6f1:dc1c');
});

const pseudonyms = new Pseudonyms(PseudonymKey.parse('ff'.repeat(32)));
const commonBits = (a: Uint8Array, b: Uint8Array) => {
  for (let i = 0; i < a.length * 8; i++) if (((a[i >> 3] ^ b[i >> 3]) >> (7 - (i & 7))) & 1) return i;
  return a.length * 8;
};
const near = (address: fc.Arbitrary<string>) =>
  fc.tuple(address, fc.integer({ min: 0, max: 127 }), address).map(([a, bits, b]) => {
    const [one, other] = [bytes(a), bytes(b)];
    const mixed = one.map((byte, i) => {
      const own = Math.max(0, Math.min(8, bits - i * 8));
      const mask = (0xff00 >> own) & 0xff;
      return (byte & mask) | (other[i] & ~mask);
    });
    return [text(one), text(mixed)] as const;
  });

test.each([
  ['IPv4', near(fc.ipV4())],
  ['IPv6', near(fc.ipV6().map((address) => text(bytes(address))).filter((address) => !address.includes('.') && !/^(::ffff:|64:ff9b:)/.test(address)))],
])('%s: two addresses share as many leading bits as their pseudonyms do', (_, pairs) => {
  fc.assert(
    fc.property(pairs, ([a, b]) => {
      expect(commonBits(bytes(pseudonyms.of(a)), bytes(pseudonyms.of(b)))).toBe(commonBits(bytes(a), bytes(b)));
      expect(pseudonyms.reveal(pseudonyms.of(a))).toBe((ipaddr.parse(a) as ipaddr.IPv6).kind() === 'ipv6' ? (ipaddr.parse(a) as ipaddr.IPv6).toRFC5952String() : a);
    }),
    { numRuns: 500 }
  );
});

test('private addresses stay in their range, public ones stay public', () => {
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.constantFrom('10.', '192.168.', '172.20.', '100.64.').chain((start) => fc.ipV4().map((ip) => [...start.split('.').slice(0, -1), ...ip.split('.')].slice(0, 4).join('.')))), (address) => {
      expect(ipaddr.parse(pseudonyms.of(address)).range()).toBe(ipaddr.parse(address).range() === 'reserved' ? ipaddr.parse(pseudonyms.of(address)).range() : ipaddr.parse(address).range());
    }),
    { numRuns: 1000 }
  );
  expect(pseudonyms.of('10.1.2.3')).toMatch(/^10\./);
  expect(pseudonyms.of('::ffff:198.51.100.7')).toBe(`::ffff:${pseudonyms.of('198.51.100.7')}`);
  expect(pseudonyms.of('198.51.100.7:443')).toBe(`${pseudonyms.of('198.51.100.7')}:443`);
  expect(pseudonyms.of('fd00::1')).toMatch(/^f[cd]/);
});
