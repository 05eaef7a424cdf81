import { Client, type ClientOptions } from '@elastic/elasticsearch';
import type { ClusterOptions } from '../../common/cluster';

export type ElasticsearchOptions = ClusterOptions;

/** One client: whoever started the host is both the current and the internal user. */
export function createElasticsearchClient({ url, apiKey, username, password, ca }: ElasticsearchOptions, more: ClientOptions = {}): Client {
  const auth = apiKey ? { apiKey } : username ? { username, password: password ?? '' } : undefined;
  return new Client({ node: url, auth, ...(ca ? { tls: { ca } } : {}), ...more });
}
