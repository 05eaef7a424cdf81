import { Client, type ClientOptions } from '@elastic/elasticsearch';

export interface ElasticsearchOptions {
  url: string;
  apiKey?: string;
  username?: string;
  password?: string;
  /** PEM text of the authority that signed the cluster's certificate, when it is not a public one. */
  ca?: string;
}

/** One client: whoever started the host is both the current and the internal user. */
export function createElasticsearchClient({ url, apiKey, username, password, ca }: ElasticsearchOptions, more: ClientOptions = {}): Client {
  const auth = apiKey ? { apiKey } : username ? { username, password: password ?? '' } : undefined;
  return new Client({ node: url, auth, ...(ca ? { tls: { ca } } : {}), ...more });
}
