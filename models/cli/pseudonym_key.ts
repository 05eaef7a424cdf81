import { readFile } from 'node:fs/promises';
import { LyrebirdError } from '../../common';
import type { LogHit, ModelCard } from '../../common';
import { EventPseudonymiser, PseudonymKey, Pseudonyms } from '../../common/pseudonyms';
import type { DatasetReader } from '../dataset';
import { UsageError } from './exit_codes';

/** Pseudonyms under the key in a file. @throws LYREBIRD_NOT_FOUND, LYREBIRD_BAD_REQUEST */
export async function pseudonymsOf(keyFile: string, options: { keptWords?: readonly string[]; publicDomains?: readonly string[] } = {}): Promise<Pseudonyms> {
  const text = await readFile(keyFile, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new LyrebirdError('LYREBIRD_NOT_FOUND', `The key file ${keyFile} cannot be read: ${cause.code}.`, `Make a key with: (umask 077; openssl rand -hex 32 > ${keyFile})`, { cause });
  });
  return new Pseudonyms(PseudonymKey.parse(text, `The key in ${keyFile}`), options);
}

/** The dataset under pseudonyms. It is read twice: first for the identifiers, then for the events. */
export function underPseudonyms(dataset: DatasetReader, pseudonymiser: EventPseudonymiser): DatasetReader {
  return {
    source: dataset.source,
    get skipped() {
      return dataset.skipped;
    },
    async *hits() {
      for await (const { _source } of dataset.hits()) pseudonymiser.collect(_source);
      for await (const { _index, _source } of dataset.hits()) yield { _index, _source: pseudonymiser.apply(_source) };
    },
  };
}

/** As the model's own logs were pseudonymised. @throws LYREBIRD_CONFLICT under another key */
export async function pseudonymiserOf(card: ModelCard, keyFile: string): Promise<EventPseudonymiser> {
  const { pseudonymised } = card.options;
  if (pseudonymised === undefined) throw new UsageError(`--key-file: the model "${card.name}" has learned its logs as they were, without pseudonyms`);
  const pseudonyms = await pseudonymsOf(keyFile);
  if (pseudonyms.scheme !== pseudonymised.scheme) {
    throw new LyrebirdError('LYREBIRD_CONFLICT', `The model "${card.name}" was trained under the pseudonyms ${pseudonymised.scheme}; the key in ${keyFile} makes ${pseudonyms.scheme}.`, 'Use the key that the model was trained with.');
  }
  return new EventPseudonymiser(pseudonyms, pseudonymised.fields);
}

/** What goes to a model in place of the hit. */
export const hitUnder = (pseudonymiser: EventPseudonymiser | undefined, hit: LogHit): LogHit =>
  pseudonymiser === undefined ? hit : { _index: hit._index, _source: pseudonymiser.apply(hit._source) };
