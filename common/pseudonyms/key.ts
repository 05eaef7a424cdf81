import { createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { LyrebirdError } from '../errors';

const KEY_BYTES = 32;
/** Raised when the same key would give other pseudonyms: models remember the scheme that they were trained under. */
const SCHEME_VERSION = 1;

/** The secret that turns identifiers into pseudonyms and back. 32 bytes; whoever holds it can map every pseudonym back. */
export class PseudonymKey {
  private constructor(private readonly bytes: Buffer) {}

  /**
   * Reads a key as people keep it: 64 hexadecimal digits, or 32 bytes in base64 (43 characters, padding optional).
   * @throws LYREBIRD_BAD_REQUEST; the message never repeats the key
   */
  static parse(text: string, where = 'The pseudonym key'): PseudonymKey {
    const trimmed = text.trim();
    const bytes = /^[0-9a-f]{64}$/i.test(trimmed)
      ? Buffer.from(trimmed, 'hex')
      : /^[A-Za-z0-9+/_-]{43}=?$/.test(trimmed)
        ? Buffer.from(trimmed, 'base64')
        : undefined;
    if (bytes?.length !== KEY_BYTES) {
      throw new LyrebirdError(
        'LYREBIRD_BAD_REQUEST',
        `${where} has ${trimmed.length} characters; expected ${KEY_BYTES} bytes as 64 hexadecimal digits or as base64.`,
        'Make one with: openssl rand -hex 32'
      );
    }
    return new PseudonymKey(bytes);
  }

  static generate(): PseudonymKey {
    return new PseudonymKey(randomBytes(KEY_BYTES));
  }

  /** 64 hexadecimal digits, for the file that keeps it. */
  toText(): string {
    return this.bytes.toString('hex');
  }

  /** A key of its own for one purpose (HKDF with SHA-256, RFC 5869): what one part leaks says nothing about another. */
  derive(purpose: string, length = KEY_BYTES): Buffer {
    return Buffer.from(hkdfSync('sha256', this.bytes, Buffer.alloc(0), `lyrebird/pseudonyms/${purpose}`, length));
  }

  /**
   * Name of the mapping that this key makes together with the words that are kept: 16 hexadecimal digits of an HMAC-SHA-256, which
   * tell two mappings apart and nothing else. Two schemes with one name give the same pseudonyms.
   */
  scheme(kept: readonly string[]): string {
    const text = JSON.stringify([SCHEME_VERSION, [...kept].sort()]);
    return createHmac('sha256', this.derive('scheme')).update(text).digest('hex').slice(0, 16);
  }
}
