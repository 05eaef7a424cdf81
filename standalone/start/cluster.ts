import { errors, type Client, type estypes } from '@elastic/elasticsearch';
import { LyrebirdError } from '../../common';
import { fromElasticsearch, statusOf } from '../../server/elasticsearch';
import { DATASETS, indexOf } from '../../simulator';
import { createElasticsearchClient, type ElasticsearchOptions } from '../host';

/** Elasticsearch majors that the 8.19 client speaks with. */
const MAJORS = [8, 9];
/** A cluster that is there answers at once; a wrong address must not be waited for. */
const TIMEOUT_MS = 10_000;

interface Rights {
  cluster: estypes.SecurityClusterPrivilege[];
  index: { names: string[]; privileges: estypes.SecurityIndexPrivilege[] }[];
}

/** Exactly what a start does in a cluster: with these rights and no others it runs to its end. */
export function neededRights(sample: boolean): Rights {
  const own = { names: ['lyrebird-*'], privileges: ['read', 'write', 'manage'] as estypes.SecurityIndexPrivilege[] };
  if (!sample) return { cluster: ['monitor'], index: [own] };
  return {
    cluster: ['monitor', 'manage_index_templates'],
    index: [own, { names: DATASETS.map((dataset) => indexOf(dataset)), privileges: ['read', 'create_doc', 'auto_configure', 'view_index_metadata', 'maintenance'] }],
  };
}

/**
 * Sees that a cluster that is there already can be used: it answers, is Elasticsearch 8 or 9, takes the log-in, and grants what
 * a start needs.
 * @throws LyrebirdError LYREBIRD_ELASTICSEARCH_UNAVAILABLE (no answer, TLS), LYREBIRD_UNSUPPORTED (not Elasticsearch, or another
 * version), LYREBIRD_UNAUTHORIZED, LYREBIRD_FORBIDDEN (naming each missing privilege).
 */
export async function requireCluster(options: ElasticsearchOptions, { sample, signal }: { sample: boolean; signal?: AbortSignal }): Promise<void> {
  const client = createElasticsearchClient(options, { requestTimeout: TIMEOUT_MS, maxRetries: 1 });
  const leave = () => void client.close();
  signal?.addEventListener('abort', leave);
  try {
    await requireVersion(client, options);
    await requireRights(client, options, neededRights(sample));
    await client.cluster.health({ wait_for_status: 'yellow', timeout: '8s' });
  } catch (error) {
    throw explained(error, options);
  } finally {
    signal?.removeEventListener('abort', leave);
    await client.close();
  }
}

async function requireVersion(client: Client, { url }: ElasticsearchOptions): Promise<void> {
  let version: string;
  try {
    version = (await client.info()).version.number;
  } catch (error) {
    // Whoever may not ask for the version is told so with all other missing rights; distributions made for tests do not say it.
    if (statusOf(error) === 403 || statusOf(error) === 405) return;
    // Elasticsearch 7 does not know the client's media type, and says which version it is.
    const [, older] = /Accept version must be either version (\d+) or less/.exec(String((error as Error).message)) ?? [];
    if (!older) throw error;
    version = older;
  }
  if (!MAJORS.includes(Number.parseInt(version, 10))) {
    throw new LyrebirdError('LYREBIRD_UNSUPPORTED', `Elasticsearch at ${url} has version ${version}: Lyrebird works with ${MAJORS.join(' and ')}.`, 'Name another cluster in ELASTICSEARCH_URL, or leave it out to use the embedded one.');
  }
}

async function requireRights(client: Client, options: ElasticsearchOptions, { cluster, index }: Rights): Promise<void> {
  let answer: estypes.SecurityHasPrivilegesResponse;
  try {
    answer = await client.security.hasPrivileges({ cluster, index });
  } catch (error) {
    // Without security the endpoint is not there.
    if (statusOf(error) === 400 || statusOf(error) === 405) return;
    throw error;
  }
  if (answer.has_all_requested) return;
  const missing = (granted: Record<string, boolean>) => Object.keys(granted).filter((name) => !granted[name]).join(', ');
  const places = new Map<string, string[]>();
  const note = (privileges: string, place: string) => privileges && places.set(privileges, [...(places.get(privileges) ?? []), place]);
  note(missing(answer.cluster), 'the cluster');
  for (const [name, granted] of Object.entries(answer.index)) note(missing(granted as Record<string, boolean>), name);
  throw new LyrebirdError(
    'LYREBIRD_FORBIDDEN',
    `${identity(options)} lacks rights in the cluster at ${options.url}: ${[...places].map(([privileges, names]) => `${privileges} on ${names.join(', ')}`).join('; ')}.`,
    'The README has a role with exactly the rights that are needed.'
  );
}

const identity = ({ apiKey, username }: ElasticsearchOptions) => (apiKey ? 'The API key' : username ? `The user "${username}"` : 'Whoever does not log in');

function explained(error: unknown, options: ElasticsearchOptions): LyrebirdError {
  if (error instanceof LyrebirdError) return error;
  const { url } = options;
  if (error instanceof errors.ProductNotSupportedError) {
    return new LyrebirdError('LYREBIRD_UNSUPPORTED', `What answers at ${url} is not Elasticsearch.`, 'Check the host and the port in ELASTICSEARCH_URL.', { cause: error });
  }
  if (statusOf(error) === 401) {
    const { apiKey, username } = options;
    const given = apiKey ? 'the API key' : username ? `the password of "${username}"` : 'requests without a log-in';
    return new LyrebirdError('LYREBIRD_UNAUTHORIZED', `Elasticsearch at ${url} does not accept ${given}.`, 'Check ELASTICSEARCH_API_KEY (the "encoded" form of the key), or ELASTICSEARCH_USERNAME and ELASTICSEARCH_PASSWORD.', { cause: error });
  }
  const connection = error instanceof errors.ConnectionError || error instanceof errors.TimeoutError || error instanceof errors.NoLivingConnectionsError;
  if (!connection) return fromElasticsearch(error, `use Elasticsearch at ${url}`);
  // OpenSSL adds its source file, undici the addresses of the socket.
  const reason = (error as Error).message.replace(/:\.\.\/deps[\s\S]*| - Local:.*/, '').trim();
  return new LyrebirdError('LYREBIRD_ELASTICSEARCH_UNAVAILABLE', `Elasticsearch at ${url} cannot be reached: ${reason}`, connectionHint(reason, url), { cause: error });
}

function connectionHint(reason: string, url: string): string {
  if (/self.signed|issuer|first certificate|certificate chain/i.test(reason)) return 'Name the authority that signed the certificate, a PEM file, in ELASTICSEARCH_CA_FILE.';
  if (/altnames|does not match/i.test(reason)) return 'Use a name in ELASTICSEARCH_URL that is in the certificate.';
  if (/certificate has expired/i.test(reason)) return 'The cluster needs a new certificate.';
  if (/wrong version number|EPROTO|packet length/i.test(reason)) return `Nothing there speaks TLS: use ${url.replace(/^https/, 'http')}.`;
  if (url.startsWith('http:') && /socket hang up|other side closed|ECONNRESET/i.test(reason)) return `It may speak TLS only: try ${url.replace(/^http/, 'https')}.`;
  return 'Check that it runs and that ELASTICSEARCH_URL is right.';
}
