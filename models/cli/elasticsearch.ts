import { Client, errors, type estypes } from '@elastic/elasticsearch';
import { LyrebirdError, toLyrebirdError, type LogEvent, type Skipped } from '../../common';
import { clusterOf } from '../../common/cluster';
import { count, type DatasetReader } from '../dataset';
import { withRetry } from './retry';

const KEEP_ALIVE = '5m';
const PAGE = 1000;
const MAX_ANSWER_BYTES = 128 * 1024 * 1024;

/** A client for the cluster that ELASTICSEARCH_URL and its companions name. @throws LYREBIRD_BAD_REQUEST */
export function clientFromEnvironment(env: NodeJS.ProcessEnv = process.env): Client {
  const cluster = clusterOf(env);
  if (!cluster) throw new LyrebirdError('LYREBIRD_BAD_REQUEST', '--index needs ELASTICSEARCH_URL, which is not set.', 'For example: export ELASTICSEARCH_URL=http://127.0.0.1:9200');
  const { url, apiKey, username, password, ca } = cluster;
  const auth = apiKey ? { apiKey } : username ? { username, password: password! } : undefined;
  return new Client({ node: url, auth, ...(ca ? { tls: { ca } } : {}), maxRetries: 0, requestTimeout: 120_000 });
}

/**
 * The documents of an index pattern through a point in time, page by page. Waits when Elasticsearch is busy or restarts;
 * a shard that fails is an error, never a silent gap.
 */
export function indexReader(client: Client, index: string, signal?: AbortSignal): DatasetReader {
  let skipped: Skipped = {};
  const call = <T>(request: () => Promise<T>) => withRetry(request, signal);

  async function* pages(open: { pit?: string }): AsyncGenerator<Array<estypes.SearchHit<LogEvent>>> {
    const request = { index, keep_alive: KEEP_ALIVE, allow_no_indices: false } as estypes.OpenPointInTimeRequest;
    open.pit = (await call(() => client.openPointInTime(request, { signal }))).id;
    let size = PAGE;
    let after: estypes.SortResults | undefined;
    for (;;) {
      let page: estypes.SearchResponse<LogEvent>;
      try {
        page = await call(() =>
          client.search<LogEvent>(
            { pit: { id: open.pit!, keep_alive: KEEP_ALIVE }, size, sort: ['_shard_doc'], search_after: after, track_total_hits: false, allow_partial_search_results: false },
            { maxResponseSize: MAX_ANSWER_BYTES, signal }
          )
        );
      } catch (error) {
        // Large documents: fewer of them in one answer.
        if (!(error instanceof errors.RequestAbortedError) || signal?.aborted || size === 1) throw error;
        size = Math.ceil(size / 4);
        continue;
      }
      open.pit = page.pit_id ?? open.pit;
      if (page.hits.hits.length === 0) return;
      yield page.hits.hits;
      after = page.hits.hits.at(-1)!.sort;
    }
  }

  return {
    source: index,
    get skipped() {
      return skipped;
    },
    async *hits() {
      skipped = {};
      const open: { pit?: string } = {};
      try {
        for await (const hits of pages(open)) {
          for (const { _id, _index, _source } of hits) {
            // An index may be set not to keep the documents themselves.
            if (_source === undefined) count(skipped, 'no_source');
            else yield { _id, _index, _source };
          }
        }
      } catch (error) {
        throw signal?.aborted ? new LyrebirdError('LYREBIRD_CANCELLED', `Reading "${index}" was cancelled.`, undefined, { cause: error }) : explain(error, index);
      } finally {
        if (open.pit !== undefined) await client.closePointInTime({ id: open.pit }).catch(() => undefined);
      }
    },
  };
}

function explain(error: unknown, index: string): unknown {
  const options = { cause: error };
  if (error instanceof errors.ResponseError) {
    if (error.statusCode === 404) return new LyrebirdError('LYREBIRD_NOT_FOUND', `Elasticsearch has no index "${index}" (or it went away).`, 'Check the name and that it exists.', options);
    if (error.statusCode === 401) return new LyrebirdError('LYREBIRD_UNAUTHORIZED', 'Elasticsearch does not accept the credentials.', 'Set ELASTICSEARCH_API_KEY, or ELASTICSEARCH_USERNAME and ELASTICSEARCH_PASSWORD.', options);
    if (error.statusCode === 403) return new LyrebirdError('LYREBIRD_FORBIDDEN', `The credentials may not read "${index}".`, 'Give them the read privilege on it.', options);
  }
  if (error instanceof errors.ElasticsearchClientError) {
    const untrusted = /self.signed|issuer|first certificate|certificate chain/i.test(error.message);
    const hint = untrusted ? 'Name the authority that signed the certificate, a PEM file, in ELASTICSEARCH_CA_FILE.' : 'Check ELASTICSEARCH_URL and that Elasticsearch is up.';
    return new LyrebirdError('LYREBIRD_ELASTICSEARCH_UNAVAILABLE', `Reading "${index}" from Elasticsearch has failed: ${error.message.trim().replace(/\.$/, '')}.`, hint, options);
  }
  return toLyrebirdError(error);
}
