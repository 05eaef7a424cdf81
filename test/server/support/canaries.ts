import { readdir, readFile } from 'node:fs/promises';
import * as path from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { LogEvent } from '../../../common';

/** People that nobody is called: whatever holds one of these texts has seen the events. */
export const PEOPLE = ['zqvexor.wyrmling', 'kwijibo.hroznak', 'plimsholt', 'jyxquer', 'Fnordhild Quizzacious'].map((name, i) => {
  const user = name.toLowerCase().replace(' ', '.');
  return { user, fullName: name.replace(/(^|[. ])./g, (c) => c.toUpperCase()).replace('.', ' '), mail: `${user}@vrblx-grommet.io`, ip: `203.0.113.${17 + i * 40}`, host: `${user.split('.')[0].toUpperCase()}-PC` };
});

/** The fields that hold them; the others only mention them. */
export const IDENTIFIER_FIELDS = ['user.name', 'user.email', 'source.ip'];

/** Texts to look for. */
export const CANARIES = [
  ...new Set(PEOPLE.flatMap(({ user, fullName, mail, ip }) => [user, fullName, mail, ip])),
  'vrblx-grommet',
];

/** An event with canaries in names, mail addresses, IPs, messages, paths, keys, and encoded. */
export function canaryEvent(n: number, dataset: string): LogEvent {
  const person = PEOPLE[n % PEOPLE.length];
  const other = PEOPLE[(n + 1 + (n % 3)) % PEOPLE.length];
  return {
    '@timestamp': new Date(Date.UTC(2026, 0, 5) + n * 60_000).toISOString(),
    event: { dataset, action: n % 5 ? 'read' : 'login', outcome: n % 17 ? 'success' : 'failure' },
    user: { name: n % 4 ? person.user : `VRBLX\\${person.user}`, email: n % 3 ? person.mail : person.mail.toUpperCase() },
    source: { ip: person.ip },
    message: n % 2 ? `user ${person.user} shared a page with ${other.fullName} (${other.mail}) from ${person.ip}` : `session opened for "${person.fullName.toUpperCase()}"`,
    host: { name: person.host },
    file: { path: `C:\\Users\\${person.user}\\report.txt`, owner: other.user },
    url: { original: `https://wiki/find?q=${encodeURIComponent(other.mail)}&by=${person.user}` },
    http: { authorization: `Basic ${Buffer.from(`${person.user}:x`).toString('base64')}` },
    watchers: { [other.mail]: true, count: n % 3 },
    raw: JSON.stringify({ actor: `VRBLX\\${person.user}`, ip: person.ip }),
  };
}

/** Which of the canaries some bytes hold: in any case, percent-encoded, JSON-escaped, hexadecimal, UTF-16 or base64 at any offset. */
export function canariesIn(bytes: Buffer, canaries: readonly string[] = CANARIES): string[] {
  const exact = bytes.toString('latin1');
  const folded = exact.toLowerCase();
  return canaries.filter((canary) => spellings(canary).some(({ text, anyCase }) => (anyCase ? folded.includes(text.toLowerCase()) : exact.includes(text))));
}

function spellings(canary: string): Array<{ text: string; anyCase: boolean }> {
  const variants = [canary, canary.toLowerCase(), canary.toUpperCase()];
  return [
    ...[canary, encodeURIComponent(canary), JSON.stringify(canary).slice(1, -1), Buffer.from(canary.toLowerCase()).toString('hex'), Buffer.from(canary, 'utf16le').toString('latin1')].map((text) => ({ text, anyCase: true })),
    ...(/^[\d.]+$/.test(canary) ? [] : [' ', '.', '_', '+', '']).map((separator) => ({ text: canary.replace(/[ .]/g, separator), anyCase: true })),
    // The characters at either end depend on the neighbours; those between are the canary's own.
    ...variants.flatMap((text) => [0, 1, 2].map((offset) => ({ text: base64Core(text, offset), anyCase: false }))),
  ].filter(({ text }) => text.length >= 6);
}

function base64Core(text: string, offset: number): string {
  const encoded = Buffer.concat([Buffer.alloc(offset), Buffer.from(text)]).toString('base64').replace(/=+$/, '');
  const whole = Math.floor(((offset + text.length) * 8) / 6);
  return encoded.slice(Math.ceil((offset * 8) / 6), whole);
}

/** Every file below the folder, with what it holds; gzipped ones unpacked as well. */
export async function* filesBelow(folder: string): AsyncGenerator<{ file: string; bytes: Buffer }> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) yield* filesBelow(file);
    else if (entry.isFile()) {
      // A file of a job that is just ending may be gone.
      const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => (error.code === 'ENOENT' ? undefined : Promise.reject(error)));
      if (bytes === undefined) continue;
      yield { file, bytes: Buffer.from(entry.name) };
      yield { file, bytes };
      if (bytes[0] === 0x1f && bytes[1] === 0x8b) yield { file, bytes: gunzipSync(bytes) };
    }
  }
}
