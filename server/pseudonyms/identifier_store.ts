import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip as gunzipCallback, gzip as gzipCallback } from 'node:zlib';
import type { Client, estypes } from '@elastic/elasticsearch';
import { LyrebirdError, PSEUDONYMS_INDEX } from '../../common';
import type { PseudonymKey } from '../../common/pseudonyms';
import { callElasticsearch, changeDocuments, ensureIndex } from '../elasticsearch';

const gzip = promisify(gzipCallback);
const gunzip = promisify(gunzipCallback);
/** Identifiers in one document: some hundred kilobytes. */
const PART = 20_000;
/** Documents asked for at once. */
const PAGE = 50;
const NONCE = 12;
const TAG = 16;

const MAPPING: estypes.MappingTypeMapping = {
  dynamic: false,
  properties: { model_id: { type: 'keyword' }, part: { type: 'keyword' }, created_at: { type: 'date' }, identifiers: { type: 'binary' } },
};
interface Stored {
  model_id: string;
  created_at: string;
  /** Random, the document's own id. */
  part: string;
  /** Nonce, ciphertext and tag of AES-256-GCM, base64. */
  identifiers: string;
}

/**
 * The identifiers that a model's logs held, so that later logs get their mentions replaced and pseudonyms in texts can be found again.
 * They lie encrypted under a key derived from the pseudonym key: the index alone tells how many there are, no more.
 */
export class IdentifierStore {
  constructor(private readonly index: string = PSEUDONYMS_INDEX) {}

  async add(client: Client, key: PseudonymKey, modelId: string, identifiers: readonly string[], signal?: AbortSignal): Promise<void> {
    if (identifiers.length === 0) return;
    const settings = { hidden: true, number_of_shards: 1, auto_expand_replicas: '0-1' };
    await ensureIndex(client, { index: this.index, mappings: MAPPING, settings }, { signal });
    for (let from = 0; from < identifiers.length; from += PART) {
      const sealed = await seal(key, modelId, identifiers.slice(from, from + PART));
      const id = `${modelId}-${randomBytes(9).toString('base64url')}`;
      const document: Stored = { model_id: modelId, created_at: new Date().toISOString(), part: id, identifiers: sealed };
      await callElasticsearch((transport) => client.index({ index: this.index, id, document, refresh: 'wait_for' }, transport), { doing: 'store the identifiers of the model', signal });
    }
  }

  /** @throws LYREBIRD_CORRUPT when a document was changed or sealed under another key */
  async *of(client: Client, key: PseudonymKey, modelId: string, signal?: AbortSignal): AsyncGenerator<string[]> {
    let after: estypes.SortResults | undefined;
    for (;;) {
      const answer = await callElasticsearch(
        (transport) =>
          client.search<Stored>(
            {
              index: this.index,
              ignore_unavailable: true,
              allow_no_indices: true,
              size: PAGE,
              query: { term: { model_id: modelId } },
              sort: [{ part: { order: 'asc' as const, unmapped_type: 'keyword' } }],
              ...(after ? { search_after: after } : {}),
            },
            transport
          ),
        { doing: 'read the identifiers of the model', signal }
      );
      for (const { _source } of answer.hits.hits) yield await unseal(key, modelId, _source!.identifiers);
      if (answer.hits.hits.length < PAGE) return;
      after = answer.hits.hits[answer.hits.hits.length - 1].sort;
    }
  }

  /** Documents of a model: more of them, more identifiers. */
  async count(client: Client, modelId: string, signal?: AbortSignal): Promise<number> {
    const answer = await callElasticsearch(
      (transport) => client.count({ index: this.index, ignore_unavailable: true, allow_no_indices: true, query: { term: { model_id: modelId } } }, transport),
      { doing: 'count the identifiers of the model', signal }
    );
    return answer.count;
  }

  async forget(client: Client, modelId: string, signal?: AbortSignal): Promise<void> {
    for (;;) {
      const query = { term: { model_id: modelId } };
      const found = await callElasticsearch(
        (transport) => client.search({ index: this.index, ignore_unavailable: true, allow_no_indices: true, size: 1_000, _source: false, query }, transport),
        { doing: 'look for the identifiers of the model', signal }
      );
      if (found.hits.hits.length === 0) return;
      const operations = found.hits.hits.map(({ _id }) => ({ delete: { _index: this.index, _id } }));
      await changeDocuments(client, operations, { doing: 'delete the identifiers of the model', signal, refresh: true, fine: [404] });
    }
  }
}

async function seal(key: PseudonymKey, modelId: string, identifiers: readonly string[]): Promise<string> {
  const nonce = randomBytes(NONCE);
  const cipher = createCipheriv('aes-256-gcm', key.derive('identifiers'), nonce);
  // Bound to its model: a document that was moved to another one does not open.
  cipher.setAAD(Buffer.from(modelId));
  const sealed = cipher.update(await gzip(JSON.stringify(identifiers)));
  return Buffer.concat([nonce, sealed, cipher.final(), cipher.getAuthTag()]).toString('base64');
}

async function unseal(key: PseudonymKey, modelId: string, text: string): Promise<string[]> {
  const bytes = Buffer.from(text, 'base64');
  try {
    const decipher = createDecipheriv('aes-256-gcm', key.derive('identifiers'), bytes.subarray(0, NONCE), { authTagLength: TAG });
    decipher.setAAD(Buffer.from(modelId));
    decipher.setAuthTag(bytes.subarray(-TAG));
    const opened = Buffer.concat([decipher.update(bytes.subarray(NONCE, -TAG)), decipher.final()]);
    return JSON.parse((await gunzip(opened)).toString()) as string[];
  } catch (cause) {
    throw new LyrebirdError('LYREBIRD_CORRUPT', `The stored identifiers of model "${modelId}" cannot be opened.`, 'They were changed, or the pseudonym key is not the one that they were stored under.', { cause });
  }
}
