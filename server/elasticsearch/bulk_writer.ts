import type { Client } from '@elastic/elasticsearch';
import { LyrebirdError } from '../../common';
import { callElasticsearch } from './call';
import { diskFull } from './errors';
import { Refusals, type Refusal } from './refusals';
import { DEFAULT_RETRY, pause, retryDelay, throwIfCancelled, type RetryPolicy } from './retry';

const MAX_OPERATIONS = 5_000;
const BUSY = new Set([429, 503]);

export interface BulkOperation {
  /** `create` leaves a document that is there alone (a duplicate); `index` replaces it. */
  type: 'create' | 'index';
  index: string;
  id: string;
  document: object;
}

export interface BulkCounts {
  /** Documents that the index took. */
  written: number;
  /** `create` of an id that is there already. */
  duplicate: number;
  refused: number;
  /** Refused documents by Elasticsearch's error type and reason. */
  refusals: Record<string, number>;
}

export interface BulkWriterOptions {
  client: Client;
  /** Upper bound of one request, bytes; a larger document goes alone. */
  maxBytes: number;
  signal?: AbortSignal;
  policy?: RetryPolicy;
}

interface Pending {
  operation: BulkOperation;
  lines: [string, string];
}

/**
 * Writes documents with `_bulk` in requests of bounded size. Items that the cluster is too busy for are sent again with
 * back-off; documents that it refuses are counted with their reason and never stop the rest. What `create` finds to be there
 * already counts as a duplicate, so a repeated run doubles nothing.
 */
export class BulkWriter {
  private readonly refusals = new Refusals();
  private written = 0;
  private duplicate = 0;
  private pending: Pending[] = [];
  private bytes = 0;
  /** Why a document was last turned away by a busy cluster; it is sent again. */
  private busy?: { type?: string; reason?: string | null };

  constructor(private readonly options: BulkWriterOptions) {}

  get counts(): BulkCounts {
    return { written: this.written, duplicate: this.duplicate, refused: this.refusals.count, refusals: { ...this.refusals.byReason } };
  }
  /** A few of the refused documents. */
  get samples(): Refusal[] {
    return [...this.refusals.samples];
  }

  /** Waits for the request that the document fills, if it fills one: callers feel the cluster's pace. */
  async add(operation: BulkOperation): Promise<void> {
    const action = JSON.stringify({ [operation.type]: { _index: operation.index, _id: operation.id } });
    const document = JSON.stringify(operation.document);
    const size = Buffer.byteLength(action) + Buffer.byteLength(document) + 2;
    if (this.pending.length > 0 && this.bytes + size > this.options.maxBytes) await this.flush();
    this.pending.push({ operation, lines: [action, document] });
    this.bytes += size;
    if (this.pending.length >= MAX_OPERATIONS || this.bytes >= this.options.maxBytes) await this.flush();
  }

  /** Sends what is waiting. Throws LYREBIRD_ELASTICSEARCH_UNAVAILABLE when the cluster stays too busy, LYREBIRD_DISK_FULL. */
  async flush(): Promise<void> {
    let batch = this.pending;
    this.pending = [];
    this.bytes = 0;
    const policy = this.options.policy ?? DEFAULT_RETRY;
    for (let attempt = 0; batch.length > 0; attempt++) {
      if (attempt >= policy.attempts) throw this.givenUp(batch.length, attempt);
      if (attempt > 0) await pause(retryDelay(policy, attempt - 1), this.options.signal);
      batch = await this.send(batch);
    }
  }

  /** Returns the items to send again. */
  private async send(batch: Pending[]): Promise<Pending[]> {
    const { client, signal, policy } = this.options;
    throwIfCancelled(signal);
    let items;
    try {
      const operations = batch.flatMap(({ lines }) => lines);
      const answer = await callElasticsearch(
        (transport) => client.bulk({ operations: operations as unknown as object[], refresh: false }, transport),
        { doing: 'write documents', signal, policy }
      );
      items = answer.items;
    } catch (error) {
      if (!(error instanceof LyrebirdError) || error.code !== 'LYREBIRD_TOO_LARGE') throw error;
      if (batch.length > 1) {
        const half = Math.ceil(batch.length / 2);
        return [...(await this.send(batch.slice(0, half))), ...(await this.send(batch.slice(half)))];
      }
      this.refusals.add(batch[0].operation.id, { type: 'request_too_large', reason: 'the document alone is larger than the cluster takes' });
      return [];
    }
    const again: Pending[] = [];
    items.forEach((item, position) => {
      const { operation } = batch[position];
      const result = item[operation.type]!;
      if (result.status < 300) this.written++;
      else if (result.status === 409 && operation.type === 'create') this.duplicate++;
      else if (BUSY.has(result.status)) {
        again.push(batch[position]);
        this.busy = result.error;
      }
      else this.refusals.add(operation.id, result.error);
    });
    return again;
  }

  private givenUp(documents: number, attempts: number): LyrebirdError {
    return (
      diskFull(this.busy?.type, this.busy?.reason ?? '', `write ${documents} documents`) ??
      new LyrebirdError(
        'LYREBIRD_ELASTICSEARCH_UNAVAILABLE',
        `Elasticsearch was too busy for ${documents} documents ${attempts} times in a row.`,
        'The cluster is overloaded: resume the job later. What is written already is not written twice.'
      )
    );
  }
}
