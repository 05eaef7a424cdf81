import ipaddr from 'ipaddr.js';
import { isIPv4, isIPv6 } from 'node:net';
import { CryptoPan, type Prefix } from './crypto_pan';

/** `[address][suffix]`: a port, a prefix length or a zone may follow. */
const WITH_SUFFIX = /^(.+?)((?:\/\d{1,3})|(?:%[\w.-]{1,32}))?$/;
const IPV4_PORT = /^(\d{1,3}(?:\.\d{1,3}){3})(:\d{1,5})$/;

const prefix = (text: string): Prefix => {
  const [address, length] = ipaddr.parseCIDR(text);
  return { bytes: address.toByteArray(), length };
};
/** Private addresses stay private, public ones public; hosts and networks within are pseudonymised. */
const KEPT = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', '2000::/3', 'fc00::/7', 'fe80::/10'].map(prefix);
/** Of no person: this host, loopback, link-local, multicast, reserved and broadcast. */
const UNTOUCHED = ['0.0.0.0/8', '127.0.0.0/8', '169.254.0.0/16', '224.0.0.0/4', '240.0.0.0/4', '::/8', 'ff00::/8'].map(prefix);
/** IPv6 prefixes (12 bytes) whose last four bytes are an IPv4 address: mapped (RFC 4291) and NAT64 (RFC 6052). */
const EMBEDDING = ['::ffff:0:0', '64:ff9b::'].map((text) => ipaddr.parse(text).toByteArray().slice(0, 12));

/** Splits `192.0.2.1:443`, `10.0.0.0/8`, `fe80::1%eth0` or a plain address; undefined for anything else. */
function splitAddress(text: string): { address: string; suffix: string } | undefined {
  if (text.length > 80 || !/^[0-9a-fA-F:]/.test(text)) return undefined;
  const port = IPV4_PORT.exec(text);
  if (port !== null && isIPv4(port[1])) return { address: port[1], suffix: port[2] };
  const found = WITH_SUFFIX.exec(text);
  if (found === null) return undefined;
  const [, address, suffix = ''] = found;
  if (isIPv4(address) ? suffix.startsWith('%') : !isIPv6(address)) return undefined;
  return { address, suffix };
}

export const isAddress = (text: string): boolean => splitAddress(text) !== undefined;

/** IP addresses as texts. IPv6 comes out in its canonical spelling (RFC 5952). */
export class Addresses {
  private readonly pan: CryptoPan;

  constructor(key: Buffer) {
    this.pan = new CryptoPan(key, { kept: KEPT, untouched: UNTOUCHED });
  }

  permute(text: string, direction: 'forward' | 'backward'): string {
    const { address, suffix } = splitAddress(text)!;
    const bytes = ipaddr.parse(address).toByteArray();
    const embeds = bytes.length === 16 && EMBEDDING.some((first) => first.every((byte, i) => byte === bytes[i]));
    const out = embeds ? [...bytes.slice(0, 12), ...this.pan[direction](Uint8Array.from(bytes.slice(12)))] : [...this.pan[direction](Uint8Array.from(bytes))];
    const parsed = ipaddr.fromByteArray(out);
    const dotted = embeds && address.includes('.');
    return `${dotted ? (parsed as ipaddr.IPv6).toRFC5952String().replace(/[0-9a-f]+:[0-9a-f]+$/, out.slice(12).join('.')) : spelled(parsed)}${suffix}`;
  }
}

const spelled = (address: ipaddr.IPv4 | ipaddr.IPv6) => (address.kind() === 'ipv6' ? (address as ipaddr.IPv6).toRFC5952String() : address.toString());
