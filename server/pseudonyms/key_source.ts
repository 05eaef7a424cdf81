import { mkdir, open, readFile } from 'node:fs/promises';
import * as path from 'node:path';
import { LyrebirdError } from '../../common';
import { PseudonymKey } from '../../common/pseudonyms';
import type { LyrebirdConfig } from '../config';
import type { Logger } from '../kibana';

/**
 * The key from the settings, else from its file, which is made at the first use and readable by the server's own user only. It is never
 * sent anywhere.
 *
 * @throws LYREBIRD_BAD_REQUEST when it is no key
 */
export async function readKey({ key, keyFile }: LyrebirdConfig['pseudonyms'], logger: Logger): Promise<PseudonymKey> {
  if (key !== undefined) return PseudonymKey.parse(key, 'The setting lyrebird.pseudonyms.key');
  const known = await readIfThere(keyFile);
  if (known !== undefined) return PseudonymKey.parse(known, `The pseudonym key in ${keyFile}`);
  const made = PseudonymKey.generate();
  await mkdir(path.dirname(keyFile), { recursive: true, mode: 0o700 });
  try {
    // Of two that make one at once, the second finds the first one's.
    const file = await open(keyFile, 'wx', 0o600);
    try {
      await file.writeFile(`${made.toText()}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return PseudonymKey.parse((await readIfThere(keyFile)) ?? '', `The pseudonym key in ${keyFile}`);
  }
  logger.warn(`A new pseudonym key was made in ${keyFile}. Keep a copy in a safe place: without it no pseudonym can be mapped back and no new log can be compared with a model trained under it.`);
  return made;
}

/** Whether there is a key already. */
export async function hasKey({ key, keyFile }: LyrebirdConfig['pseudonyms']): Promise<boolean> {
  return key !== undefined || (await readIfThere(keyFile)) !== undefined;
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw new LyrebirdError('LYREBIRD_FORBIDDEN', `The pseudonym key in ${file} cannot be read: ${code}.`, "Check the file's owner and permissions, or lyrebird.pseudonyms.keyFile.", { cause: error });
  }
}
