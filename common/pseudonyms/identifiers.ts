import { letterCount } from './shaped_text';
import { lowerCase } from '../entity';
import { splitComposite, splitDomain, splitMail } from './kinds';
import type { Pseudonyms } from './pseudonyms';

/** Shorter names and numbers stand for themselves only: "al" and "404" are found in every log. */
const MIN_LETTERS = 3;
const MIN_DIGITS = 5;

/**
 * The parts of chosen values that are looked for in other texts, in lower case: users, hosts, domains, addresses, ids. Of
 * `jdoe@acme.org` these are `jdoe` and `acme.org`.
 */
export class Identifiers {
  private readonly atoms = new Set<string>();
  /** The same in the order in which they came. */
  private readonly order: string[] = [];

  constructor(private readonly pseudonyms: Pseudonyms) {}

  get size(): number {
    return this.order.length;
  }

  /** Those that came after the first `count`. */
  since(count: number): readonly string[] {
    return this.order.slice(count);
  }

  has(text: string): boolean {
    return this.atoms.has(lowerCase(text));
  }

  /** Takes a chosen value apart. */
  add(value: string): void {
    this.take(value.normalize('NFC').trim());
  }

  /** A part as `since` gave it. */
  load(part: string): void {
    const atom = lowerCase(part);
    if (this.atoms.has(atom)) return;
    this.atoms.add(atom);
    this.order.push(atom);
  }

  private take(value: string): void {
    if (value === '' || this.atoms.has(lowerCase(value))) return;
    switch (this.pseudonyms.kindOf(value)) {
      case 'kept':
        return;
      case 'arn': {
        const [, , , , account, ...resource] = value.split(':');
        this.take(account);
        return this.take(resource.join(':'));
      }
      case 'dn':
        for (const [, name] of value.matchAll(/=([^=,]+)/g)) this.take(name);
        return;
      case 'mail': {
        const [local, domain] = splitMail(value);
        const guest = /^(.+)_([^_]+\.[^_]+)#EXT#$/i.exec(local);
        if (guest !== null) {
          this.take(guest[1]);
          this.takeDomain(guest[2]);
        } else {
          this.take(local);
        }
        return this.takeDomain(domain);
      }
      case 'composite':
        splitComposite(value).forEach((piece, i) => i % 2 === 0 && this.take(piece.trim()));
        return;
      case 'domain':
        return this.takeDomain(value);
      case 'address':
        // With a port or prefix length it is the address that others mention.
        this.load(value.replace(/\/\d+$|%[\w.-]+$|^(\d+(?:\.\d+){3}):\d+$/, '$1'));
        return;
      case 'text':
      case 'second_level':
        if (/^\d+$/.test(value) ? value.length < MIN_DIGITS : letterCount(value) < MIN_LETTERS) return;
        this.load(value);
        return;
      default:
        this.load(value);
    }
  }

  /** A host and each domain it lies in; what is kept of them is nobody's. */
  private takeDomain(domain: string): void {
    const { labels, suffix } = splitDomain(domain);
    const own = labels.map((label) => label !== '' && this.pseudonyms.kindOf(label) !== 'kept');
    // The host's name alone, as machines call each other; the organisation's, as NetBIOS has it.
    for (const label of new Set([labels[0], labels[labels.length - 1]])) if (label) this.take(label);
    for (let at = 0; at < labels.length; at++) if (own.slice(at).includes(true) && suffix.length > 0) this.load([...labels.slice(at), ...suffix].join('.'));
  }
}
