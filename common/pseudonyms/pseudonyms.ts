import { Addresses } from './addresses';
import { lowerCase } from '../entity';
import { DEFAULT_KEPT_WORDS, DEFAULT_PUBLIC_DOMAINS } from './kept_words';
import type { PseudonymKey } from './key';
import { Kinds, splitComposite, splitDomain, splitMail, type Kind } from './kinds';
import { Permutations } from './permutation';
import { permuteHex, permuteText } from './shaped_text';

export interface PseudonymOptions {
  /** Further words that stay as they are. */
  keptWords?: readonly string[];
  /** Domains that stay as they are, instead of DEFAULT_PUBLIC_DOMAINS; what stands before them is pseudonymised. */
  publicDomains?: readonly string[];
}

type Direction = 'forward' | 'backward';
/** Values remembered, per direction. */
const CACHE = 50_000;
/** Longer values are not worth remembering. */
const CACHED_LENGTH = 256;
/** Position of the version digit of a UUID, which stays, and of the variant, whose first two bits stay (RFC 9562). */
const UUID_FIXED = new Map([
  [14, 0],
  [19, 0b0011],
]);
/** The second digit of a MAC address holds the multicast and the locally-administered bit (IEEE 802). */
const MAC_FIXED = new Map([[1, 0b1100]]);
/** Relative ids below this are built in (500 Administrator, 512 Domain Admins). */
const FIRST_RELATIVE_ID = 1000n;

/**
 * Pseudonyms of identifiers: a keyed permutation of the values of each kind. Format and references are kept, no two values get one
 * pseudonym, and with the key each can be mapped back; no table is kept. Same key and options, same pseudonyms.
 */
export class Pseudonyms {
  /** Name of this mapping; see PseudonymKey.scheme. */
  readonly scheme: string;
  private readonly kinds: Kinds;
  private readonly permutations: Permutations;
  private readonly addresses: Addresses;
  private readonly caches = { forward: new Map<string, string>(), backward: new Map<string, string>() };

  constructor(key: PseudonymKey, { keptWords = [], publicDomains = DEFAULT_PUBLIC_DOMAINS }: PseudonymOptions = {}) {
    const ofDomains = publicDomains.flatMap((domain) => splitDomain(domain).labels);
    const kept = new Set([...DEFAULT_KEPT_WORDS, ...keptWords, ...ofDomains].map(lowerCase));
    this.scheme = key.scheme([...kept]);
    this.kinds = new Kinds(kept);
    this.permutations = new Permutations(key.derive('text'));
    this.addresses = new Addresses(key.derive('addresses'));
  }

  kindOf(value: string): Kind {
    return this.kinds.of(value);
  }

  /** The pseudonym of a value. */
  of(value: string): string {
    return this.map(value, 'forward');
  }

  /** The value behind a pseudonym. IPv6 addresses come back in their canonical spelling, accented letters in composed form. */
  reveal(pseudonym: string): string {
    return this.map(pseudonym, 'backward');
  }

  /** Whole numbers are permuted like their digits, so 1001 and "1001" stay equal; other numbers stay. */
  ofNumber(value: number): number {
    return this.mapNumber(value, 'forward');
  }

  revealNumber(pseudonym: number): number {
    return this.mapNumber(pseudonym, 'backward');
  }

  private mapNumber(value: number, direction: Direction): number {
    if (!Number.isSafeInteger(value) || value === 0) return value;
    let digits = String(Math.abs(value));
    // Of the 16-digit numbers not all are exact in JavaScript: those that are not are walked past.
    do digits = this.map(digits, direction);
    while (!Number.isSafeInteger(Number(digits)));
    return Math.sign(value) * Number(digits);
  }

  private map(text: string, direction: Direction): string {
    const cache = this.caches[direction];
    const known = cache.get(text);
    if (known !== undefined) return known;
    // One spelling for one name, whether é came as one character or as two.
    const value = text.normalize('NFC');
    const kind = this.kinds.of(value);
    // Taken from the value itself: on the walk below, digits alone would forget it.
    const upper = HEXADECIMAL.has(kind) && /[A-F]/.test(value);
    const step = (from: string) => {
      const to = this.step(from, kind, direction);
      return upper ? to.toUpperCase() : to;
    };
    let result = step(value);
    // Cycle walking: what left its kind (a text that came out as an IP address) goes on until it is back, which keeps the mapping one to one.
    while (kind !== 'kept' && !(this.kinds.of(result) === kind && hasCase(result, kind) === hasCase(value, kind))) result = step(result);
    if (text.length <= CACHED_LENGTH) {
      if (cache.size >= CACHE) cache.clear();
      cache.set(text, result);
    }
    return result;
  }

  /** One round of the permutation of a kind. */
  private step(value: string, kind: Kind, direction: Direction): string {
    const { permutations } = this;
    const part = (text: string) => (text === '' ? '' : this.map(text, direction));
    switch (kind) {
      case 'kept':
        return value;
      case 'address':
        return this.addresses.permute(value, direction);
      case 'uuid':
        return permuteHex(value, permutations, direction, UUID_FIXED);
      case 'mac':
        return permuteHex(value, permutations, direction, MAC_FIXED);
      case 'sid':
        return this.sid(value, direction);
      case 'cloud_id':
        return value.slice(0, 4) + permuteText(value.slice(4), permutations, direction);
      case 'resource_id': {
        const at = value.lastIndexOf('-') + 1;
        return value.slice(0, at) + permuteHex(value.slice(at), permutations, direction);
      }
      case 'hex':
        return permuteHex(value, permutations, direction);
      case 'arn': {
        const [arn, partition, service, region, account, ...resource] = value.split(':');
        return [arn, partition, service, region, part(account), part(resource.join(':'))].join(':');
      }
      case 'dn':
        return value.replace(/=([^=,]+)/g, (_, name: string) => `=${part(name)}`);
      case 'mail': {
        const [local, domain] = splitMail(value);
        return `${this.local(local, direction)}@${this.domain(domain, direction)}`;
      }
      case 'composite':
        return splitComposite(value)
          .map((piece, i) => (i % 2 === 1 ? piece : part(piece)))
          .join('');
      case 'domain':
        return this.domain(value, direction);
      case 'second_level':
      case 'text':
        return permuteText(value, permutations, direction);
    }
  }

  /** A guest's UPN (`jdoe_example.org#EXT#`) holds his own address. */
  private local(local: string, direction: Direction): string {
    const guest = /^(.+)_([^_]+\.[^_]+)(#EXT#)$/i.exec(local);
    if (guest === null) return this.map(local, direction);
    return `${this.map(guest[1], direction)}_${this.domain(guest[2], direction)}${guest[3]}`;
  }

  private domain(domain: string, direction: Direction): string {
    const { labels, suffix } = splitDomain(domain);
    return [...labels.map((label) => (label === '' ? '' : this.map(label, direction))), ...suffix].join('.');
  }

  /** One domain stays one domain; built-in relative ids stay. */
  private sid(sid: string, direction: Direction): string {
    const [a, b, c, relative] = sid.slice('S-1-5-21-'.length).split('-').map(BigInt);
    let domain = this.permutations.of('sid', 1n << 96n)[direction]((a << 64n) | (b << 32n) | c);
    const numbers: bigint[] = [];
    for (let i = 0; i < 3; i++) {
      numbers.unshift(domain & 0xffff_ffffn);
      domain >>= 32n;
    }
    const size = (1n << 32n) - FIRST_RELATIVE_ID;
    const account = relative < FIRST_RELATIVE_ID ? relative : this.permutations.of('relative id', size)[direction](relative - FIRST_RELATIVE_ID) + FIRST_RELATIVE_ID;
    return `S-1-5-21-${numbers.join('-')}-${account}`;
  }
}

/** Kinds of hexadecimal digits in one case throughout. */
const HEXADECIMAL: ReadonlySet<Kind> = new Set<Kind>(['uuid', 'mac', 'hex']);
/** Hexadecimal digits have a case only where there are letters among them. */
const hasCase = (value: string, kind: Kind) => (kind === 'uuid' || kind === 'mac') && /[a-f]/i.test(value);
