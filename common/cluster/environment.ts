import { readFileSync } from 'node:fs';
import { LyrebirdError } from '../errors';

/** How a cluster of Elasticsearch is reached. */
export interface ClusterOptions {
  url: string;
  apiKey?: string;
  username?: string;
  password?: string;
  /** PEM text of the authority that signed the cluster's certificate, when it is not a public one. */
  ca?: string;
}

/**
 * The cluster that the environment names; undefined when it names none.
 * @throws LyrebirdError LYREBIRD_BAD_REQUEST for an address that is none, half of a log-in, a certificate that cannot be read.
 */
export function clusterOf(env: NodeJS.ProcessEnv): ClusterOptions | undefined {
  const { ELASTICSEARCH_URL: address, ELASTICSEARCH_API_KEY: apiKey, ELASTICSEARCH_USERNAME, ELASTICSEARCH_PASSWORD, ELASTICSEARCH_CA_FILE: caFile } = env;
  if (!address) return undefined;
  if (!URL.canParse(address) || !/^https?:$/.test(new URL(address).protocol)) {
    throw new LyrebirdError('LYREBIRD_BAD_REQUEST', `ELASTICSEARCH_URL is "${address}", expected an http or https address.`, 'For example ELASTICSEARCH_URL=http://127.0.0.1:9200.');
  }
  const url = new URL(address);
  // A log-in inside the address must not be shown wherever the address is.
  const username = ELASTICSEARCH_USERNAME || decodeURIComponent(url.username) || undefined;
  const password = ELASTICSEARCH_PASSWORD || decodeURIComponent(url.password) || undefined;
  url.username = url.password = '';
  if (!apiKey && (username === undefined) !== (password === undefined)) {
    const [given, missing] = username === undefined ? ['ELASTICSEARCH_PASSWORD', 'ELASTICSEARCH_USERNAME'] : ['ELASTICSEARCH_USERNAME', 'ELASTICSEARCH_PASSWORD'];
    throw new LyrebirdError('LYREBIRD_BAD_REQUEST', `${given} is set, ${missing} is not.`, 'Set both, or ELASTICSEARCH_API_KEY instead of them.');
  }
  return {
    url: url.href.replace(/\/+$/, ''),
    ...(apiKey ? { apiKey } : { username, password }),
    ca: caFile ? certificate(caFile) : undefined,
  };
}

function certificate(file: string): string {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new LyrebirdError('LYREBIRD_BAD_REQUEST', `ELASTICSEARCH_CA_FILE is "${file}", which cannot be read: ${(cause as NodeJS.ErrnoException).code}.`, 'Check the path and its permissions.', { cause });
  }
  if (!text.includes('-----BEGIN CERTIFICATE-----')) {
    throw new LyrebirdError('LYREBIRD_BAD_REQUEST', `ELASTICSEARCH_CA_FILE is "${file}", which holds no certificate in PEM.`, 'Expected a file with a line "-----BEGIN CERTIFICATE-----", such as config/certs/http_ca.crt of the cluster.');
  }
  return text;
}
