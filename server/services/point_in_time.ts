import type { Client, estypes } from '@elastic/elasticsearch';
import { LyrebirdError } from '../../common';
import { callElasticsearch, statusOf, type RetryPolicy } from '../elasticsearch';

const KEEP_ALIVE = '10m';
/** Size of one answer, bytes: pages shrink until they fit, so documents of any size pass in bounded memory. */
const MAX_RESPONSE = 48 * 1024 * 1024;
/** One document alone may be larger than a page. */
const MAX_SINGLE_RESPONSE = 400 * 1024 * 1024;

export type SortValues = estypes.SortResults;
export interface SearchHit {
  _id: string;
  _index: string;
  _source: Record<string, unknown>;
  sort: SortValues;
}
export interface SearchPage {
  hits: SearchHit[];
  /** Shards whose documents are missing from the page. */
  failedShards: number;
}
export interface PageRequest {
  query: estypes.QueryDslQueryContainer;
  sort: estypes.Sort;
  size: number;
  after?: SortValues;
  slice?: { id: number; max: number };
  /** Dotted paths of the parts of the documents that are wanted; default: all. */
  fields?: readonly string[];
}

export interface PointInTimeOptions {
  client: Client;
  index: string;
  signal?: AbortSignal;
  policy?: RetryPolicy;
}

/** A frozen view of the indices: pages of one search fit together whatever is written meanwhile. Close it always. */
export class PointInTime {
  private constructor(
    private id: string,
    private readonly options: PointInTimeOptions
  ) {}

  /** LYREBIRD_NOT_FOUND when no index has the name, LYREBIRD_FORBIDDEN when the user may not read it. */
  static async open(options: PointInTimeOptions): Promise<PointInTime> {
    const { client, index, signal, policy } = options;
    const answer = await callElasticsearch(
      (transport) => client.openPointInTime({ index, keep_alive: KEEP_ALIVE, ignore_unavailable: false }, transport),
      { doing: `open "${index}" for reading`, signal, policy }
    );
    return new PointInTime(answer.id, options);
  }

  async count(query: estypes.QueryDslQueryContainer): Promise<number> {
    const answer = await this.search({ size: 0, query, track_total_hits: true });
    const { total } = answer.hits;
    return typeof total === 'number' ? total : (total?.value ?? 0);
  }

  async page({ query, sort, size, after, slice, fields }: PageRequest): Promise<SearchPage> {
    for (let wanted = size; ; wanted = Math.max(1, Math.floor(wanted / 4))) {
      try {
        const answer = await this.search(
          { size: wanted, query, sort, search_after: after, slice: slice && { id: String(slice.id), max: slice.max }, track_total_hits: false, ...(fields ? { _source: { includes: [...fields] } } : {}) },
          wanted === 1 ? MAX_SINGLE_RESPONSE : MAX_RESPONSE
        );
        return { hits: answer.hits.hits as SearchHit[], failedShards: answer._shards.failed };
      } catch (error) {
        if (!isTooLarge(error) || wanted === 1) throw error;
      }
    }
  }

  /** Frees what the cluster holds for it. Errors are of no use: it expires by itself. */
  async close(): Promise<void> {
    await this.options.client.closePointInTime({ id: this.id }, { maxRetries: 0, requestTimeout: 10_000 }).catch(() => undefined);
  }

  private async search(request: estypes.SearchRequest, maxResponseSize = MAX_RESPONSE): Promise<estypes.SearchResponse> {
    const { client, index, signal, policy } = this.options;
    const answer = await callElasticsearch(
      async (transport) => {
        try {
          return await client.search({ ...request, pit: { id: this.id, keep_alive: KEEP_ALIVE } }, { ...transport, maxResponseSize });
        } catch (error) {
          const status = statusOf(error);
          if (status === 404 || status === 503) await this.explainLoss(status);
          throw isTooLarge(error) ? new PageTooLarge() : error;
        }
      },
      { doing: `read "${index}"`, signal, policy }
    );
    if (answer.pit_id) this.id = answer.pit_id;
    if (answer._shards.failed > 0) await this.explainLoss(answer._shards.failures?.[0]?.reason.type === 'search_context_missing_exception' ? 404 : 503);
    return answer;
  }

  /** Throws when the reason that shards do not answer is final: their index was deleted, or the view has expired. */
  private async explainLoss(status: number): Promise<void> {
    const { client, index, signal, policy } = this.options;
    const opened = await callElasticsearch(
      async (transport) => {
        try {
          return (await client.openPointInTime({ index, keep_alive: '1s', ignore_unavailable: false }, transport)).id;
        } catch (error) {
          if (statusOf(error) === 404) return undefined;
          throw error;
        }
      },
      { doing: `read "${index}"`, signal, policy }
    );
    if (opened === undefined) {
      throw new LyrebirdError('LYREBIRD_INDEX_GONE', `The index "${index}" was deleted while it was read.`, 'Choose another index, or start again when it is back.');
    }
    if (status === 404) {
      throw new LyrebirdError('LYREBIRD_INDEX_GONE', `The view of "${index}" ended while it was read: it expired, or one of its indices was deleted.`, 'Resume the job or start it again.');
    }
  }
}

class PageTooLarge extends Error {}

/** The client refuses an answer over `maxResponseSize` by this error; it has no code of its own. */
function isTooLarge(error: unknown): boolean {
  let current = error as (Error & { cause?: unknown }) | undefined;
  for (; current instanceof Error; current = current.cause as Error | undefined) {
    if (current instanceof PageTooLarge || (current.name === 'RequestAbortedError' && current.message.includes('content length'))) return true;
  }
  return false;
}
