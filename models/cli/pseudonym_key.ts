import { readFile } from 'node:fs/promises';
import { LyrebirdError } from '../../common';
import type { LogHit, ModelCard } from '../../common';
import { EventPseudonymiser, PseudonymKey, pseudonymisedHit, Pseudonyms } from '../../common/pseudonyms';
import type { DatasetReader } from '../dataset';
import { UsageError } from './exit_codes';

/** Pseudonyms under the key in a file. @throws LYREBIRD_NOT_FOUND, LYREBIRD_BAD_REQUEST */
export async function pseudonymsOf(keyFile: string, options: { keptWords?: readonly string[]; publicDomains?: readonly string[] } = {}): Promise<Pseudonyms> {
  const text = await readFile(keyFile, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new LyrebirdError('LYREBIRD_NOT_FOUND', `The key file ${keyFile} cannot be read: ${cause.code}.`, `Make a key with: (umask 077; openssl rand -hex 32 > ${keyFile})`, { cause });
  });
  return new Pseudonyms(PseudonymKey.parse(text, `The key in ${keyFile}`), options);
}

/** The dataset under pseudonyms. It is read once more, before the first time: for the identifiers. */
export function underPseudonyms(dataset: DatasetReader, pseudonymiser: EventPseudonymiser): DatasetReader {
  let collected = false;
  return {
    source: dataset.source,
    get skipped() {
      return dataset.skipped;
    },
    async *hits() {
      if (!collected) for await (const { _source } of dataset.hits()) pseudonymiser.collect(_source);
      collected = true;
      for await (const { _index, _source } of dataset.hits()) yield { _index, _source: pseudonymiser.apply(_source) };
    },
  };
}

/** Options of commands that give logs to a model. */
export interface PseudonymFlags {
  keyFile?: string;
  pseudonymised?: boolean;
}

/**
 * What puts logs under the pseudonyms that the model has learned; undefined where it has learned names as they are, or the logs carry its
 * pseudonyms already. Names as they are would be strangers to it, and would show up in what it answers.
 *
 * @throws UsageError when neither a key is named nor the logs are said to carry pseudonyms, LYREBIRD_CONFLICT under another key
 */
export async function pseudonymiserFor({ name, options: { pseudonymised } }: ModelCard, flags: PseudonymFlags): Promise<EventPseudonymiser | undefined> {
  if (pseudonymised === undefined) {
    if (flags.keyFile === undefined && !flags.pseudonymised) return undefined;
    throw new UsageError(`--key-file and --pseudonymised: the model "${name}" has learned its logs as they were, without pseudonyms`);
  }
  if (flags.keyFile === undefined && !flags.pseudonymised) {
    throw new UsageError(`the model "${name}" has learned pseudonyms in ${pseudonymised.fields.join(', ')}: give it the logs under the same ones with --key-file FILE, or say with --pseudonymised that they carry them already`);
  }
  if (flags.keyFile !== undefined && flags.pseudonymised) throw new UsageError('--key-file puts logs under pseudonyms, --pseudonymised says that they carry them: name one of the two');
  if (flags.keyFile === undefined) return undefined;
  const pseudonyms = await pseudonymsOf(flags.keyFile);
  if (pseudonyms.scheme !== pseudonymised.scheme) {
    throw new LyrebirdError('LYREBIRD_CONFLICT', `The model "${name}" was trained under the pseudonyms ${pseudonymised.scheme}; the key in ${flags.keyFile} makes ${pseudonyms.scheme}.`, 'Use the key that the model was trained with.');
  }
  return new EventPseudonymiser(pseudonyms, pseudonymised.fields);
}

/** What goes to a model in place of the hit. */
export const hitUnder = (pseudonymiser: EventPseudonymiser | undefined, hit: LogHit): LogHit =>
  pseudonymiser === undefined ? hit : pseudonymisedHit(pseudonymiser, hit);
