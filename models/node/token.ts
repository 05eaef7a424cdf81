import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import * as path from 'node:path';
import ipaddr from 'ipaddr.js';
import { LyrebirdError } from '../../common';

const MIN_LENGTH = 16;

/** The token of a file; a missing file is created with a random one that only its owner can read. */
export async function readOrCreateToken(file: string): Promise<string> {
  await mkdir(path.dirname(file), { recursive: true });
  try {
    await writeFile(file, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const token = (await readFile(file, 'utf8')).trim();
  return checkToken(token, `the token in ${file}`);
}

export function checkToken(token: string, what = 'the token'): string {
  if (token.length < MIN_LENGTH || /\s/.test(token)) {
    throw new LyrebirdError('LYREBIRD_BAD_REQUEST', `Cannot use ${what}: it has ${token.length} characters; expected at least ${MIN_LENGTH}, without spaces.`, 'Delete the file to have a random token written, or put a longer one there.');
  }
  return token;
}

const digest = (text: string) => createHash('sha256').update(text).digest();

/** Compares an Authorization header with the token in constant time: digests have one length whatever was sent. */
export function authorizer(token: string): (header: string | undefined) => boolean {
  const expected = digest(token);
  return (header) => {
    const sent = /^Bearer +(\S+) *$/i.exec(header ?? '')?.[1];
    return timingSafeEqual(digest(sent ?? ''), expected) && sent !== undefined;
  };
}

export function isLoopback(host: string): boolean {
  if (host === 'localhost') return true;
  return isIP(host) !== 0 && ipaddr.process(host).range() === 'loopback';
}
