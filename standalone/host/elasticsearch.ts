import { Client } from '@elastic/elasticsearch';

export interface ElasticsearchOptions {
  url: string;
  apiKey?: string;
  username?: string;
  password?: string;
}

/** One client: whoever started the host is both the current and the internal user. */
export function createElasticsearchClient({ url, apiKey, username, password }: ElasticsearchOptions): Client {
  const auth = apiKey ? { apiKey } : username ? { username, password: password ?? '' } : undefined;
  return new Client({ node: url, auth });
}
