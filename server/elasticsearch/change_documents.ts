import type { Client } from '@elastic/elasticsearch';
import { LyrebirdError } from '../../common';
import { callElasticsearch } from './call';

export interface ChangeOptions {
  /** What goes on, for errors: `change buckets`. */
  doing: string;
  signal?: AbortSignal;
  /** Whether searches see it at once. */
  refresh?: boolean;
  /** HTTP status of items that need no change: 409 where somebody else's is as good, 404 where what is to be deleted is gone. */
  fine?: readonly number[];
}

/**
 * Changes or deletes documents that are there, in one request; for new ones, and for many, there is `BulkWriter`.
 *
 * @param operations as the `_bulk` API takes them
 * @throws LYREBIRD_ELASTICSEARCH_UNAVAILABLE when an item fails; the others are changed all the same
 */
export async function changeDocuments(client: Client, operations: readonly object[], { doing, signal, refresh, fine = [] }: ChangeOptions): Promise<void> {
  if (operations.length === 0) return;
  const { errors, items } = await callElasticsearch((transport) => client.bulk({ operations: [...operations], refresh }, transport), { doing, signal });
  if (!errors) return;
  const failed = items.flatMap((item) => Object.values(item)).find(({ status }) => status >= 300 && !fine.includes(status));
  if (failed) throw new LyrebirdError('LYREBIRD_ELASTICSEARCH_UNAVAILABLE', `Could not ${doing}: ${failed.error?.reason ?? `status ${failed.status}`}.`, 'Try again, or resume the job: what is done already stays.');
}
