import { Client, errors, type estypes } from '@elastic/elasticsearch';
import { LyrebirdError, type LogEvent } from '../../common';
import type { DatasetReader } from '../dataset';

const KEEP_ALIVE = '5m';
const PAGE = 1000;
const MAX_ANSWER_BYTES = 128 * 1024 * 1024;

/** A client for ELASTICSEARCH_URL with ELASTICSEARCH_API_KEY, or ELASTICSEARCH_USERNAME and ELASTICSEARCH_PASSWORD. */
export function clientFromEnvironment(env: NodeJS.ProcessEnv = process.env): Client {
  const { ELASTICSEARCH_URL: node, ELASTICSEARCH_API_KEY: apiKey, ELASTICSEARCH_USERNAME: username, ELASTICSEARCH_PASSWORD: password } = env;
  if (!node) throw new LyrebirdError('LYREBIRD_BAD_REQUEST', '--index needs ELASTICSEARCH_URL, which is not set.', 'For example: export ELASTICSEARCH_URL=http://127.0.0.1:9200');
  const auth = apiKey ? { apiKey } : username ? { username, password: password ?? '' } : undefined;
  return new Client({ node, auth, maxRetries: 5, requestTimeout: 120_000 });
}

/** The documents of an index pattern through a point in time, page by page. */
export function indexReader(client: Client, index: string): DatasetReader {
  return {
    source: index,
    skipped: {},
    async *hits() {
      let pit: string | undefined;
      try {
        pit = (await client.openPointInTime({ index, keep_alive: KEEP_ALIVE, allow_no_indices: false } as estypes.OpenPointInTimeRequest)).id;
        let size = PAGE;
        let after: estypes.SortResults | undefined;
        for (;;) {
          let page: estypes.SearchResponse<LogEvent>;
          try {
            page = await client.search<LogEvent>(
              { pit: { id: pit, keep_alive: KEEP_ALIVE }, size, sort: ['_shard_doc'], search_after: after, track_total_hits: false },
              { maxResponseSize: MAX_ANSWER_BYTES }
            );
          } catch (error) {
            // Large documents: fewer of them in one answer.
            if (!(error instanceof errors.RequestAbortedError) || size === 1) throw error;
            size = Math.ceil(size / 4);
            continue;
          }
          pit = page.pit_id ?? pit;
          if (page.hits.hits.length === 0) return;
          for (const { _id, _index, _source, sort } of page.hits.hits) {
            after = sort;
            if (_source !== undefined) yield { _id, _index, _source };
          }
        }
      } catch (error) {
        throw explain(error, index);
      } finally {
        if (pit !== undefined) await client.closePointInTime({ id: pit }).catch(() => undefined);
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
    return new LyrebirdError('LYREBIRD_ELASTICSEARCH_UNAVAILABLE', `Reading "${index}" from Elasticsearch has failed: ${error.message}.`, 'Check ELASTICSEARCH_URL and that Elasticsearch is up.', options);
  }
  return error;
}
