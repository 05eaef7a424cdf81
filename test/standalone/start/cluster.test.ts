import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { neededRights, requireCluster } from '../../../standalone/start/cluster';
import { clusterOf } from '../../../common/cluster';
import { testElasticsearch } from '../../support/elasticsearch';
import { securedElasticsearch, type SecuredElasticsearch } from '../../support/secured_elasticsearch';

let secured: SecuredElasticsearch;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'lyrebird-cluster-'));
  secured = await securedElasticsearch();
}, 180_000);
afterAll(async () => {
  await secured?.admin.close();
  rmSync(folder, { recursive: true, force: true });
});

const sample = { sample: true };
const admin = () => ({ url: secured.url, ca: secured.ca, username: 'admin', password: secured.adminPassword });

async function keyWith(rights: object): Promise<string> {
  return (await secured.admin.security.createApiKey({ name: `${secured.prefix}key`, role_descriptors: { role: rights } })).encoded;
}
const rightsOf = ({ cluster, index }: ReturnType<typeof neededRights>) => ({ cluster, indices: index });

/** Answers every request with this, as the named thing would. */
async function answering(status: number, headers: Record<string, string>, body: string): Promise<{ url: string; close: () => void }> {
  const server = http.createServer((request, response) => void request.resume().on('end', () => response.writeHead(status, headers).end(body)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => (server.closeAllConnections(), server.close()) };
}

describe('what the environment says', () => {
  const env = { ELASTICSEARCH_URL: 'https://es.example:9200/' };
  it('is a cluster with an API key, or a user and a password, and the authority of its certificate', () => {
    const file = path.join(folder, 'ca.pem');
    writeFileSync(file, secured.ca);
    expect(clusterOf({})).toBeUndefined();
    expect(clusterOf({ ...env, ELASTICSEARCH_API_KEY: 'k', ELASTICSEARCH_CA_FILE: file })).toEqual({ url: 'https://es.example:9200', apiKey: 'k', ca: secured.ca });
    expect(clusterOf({ ...env, ELASTICSEARCH_USERNAME: 'ada', ELASTICSEARCH_PASSWORD: 'p' })).toMatchObject({ username: 'ada', password: 'p' });
  });
  it('may hold the log-in in the address, which is then not shown with it', () => {
    expect(clusterOf({ ELASTICSEARCH_URL: 'https://ada:p%40ss@es.example' })).toMatchObject({ url: 'https://es.example', username: 'ada', password: 'p@ss' });
  });
  it.each([
    [{ ELASTICSEARCH_URL: 'es.example' }, /ELASTICSEARCH_URL is "es.example"/],
    [{ ...env, ELASTICSEARCH_USERNAME: 'ada' }, /ELASTICSEARCH_PASSWORD is not/],
    [{ ...env, ELASTICSEARCH_PASSWORD: 'p' }, /ELASTICSEARCH_USERNAME is not/],
    [{ ...env, ELASTICSEARCH_CA_FILE: '/nowhere/ca.pem' }, /"\/nowhere\/ca.pem", which cannot be read: ENOENT/],
    [{ ...env, ELASTICSEARCH_CA_FILE: __filename }, /holds no certificate in PEM/],
  ])('is refused when it is %j', (wrong, message) => {
    const refused = () => clusterOf(wrong);
    expect(refused).toThrow(message);
    expect(refused).toThrow(expect.objectContaining({ code: 'LYREBIRD_BAD_REQUEST', hint: expect.any(String) }));
  });
});

describe('a cluster is taken', () => {
  it('without security', async () => {
    await expect(requireCluster({ url: (await testElasticsearch()).url }, sample)).resolves.toBeUndefined();
  }, 120_000);
  it('with a key that has exactly the rights that are needed, for the sample and for logs of one\'s own', async () => {
    const apiKey = await keyWith(rightsOf(neededRights(true)));
    await expect(requireCluster({ url: secured.url, ca: secured.ca, apiKey }, sample)).resolves.toBeUndefined();
    const own = await keyWith(rightsOf(neededRights(false)));
    await expect(requireCluster({ url: secured.url, ca: secured.ca, apiKey: own }, { sample: false })).resolves.toBeUndefined();
    await expect(requireCluster({ url: secured.url, ca: secured.ca, apiKey: own }, sample)).rejects.toMatchObject({
      code: 'LYREBIRD_FORBIDDEN',
      message: expect.stringMatching(/^The API key lacks rights .*: manage_index_templates on the cluster; .*create_doc.* on logs-aws.cloudtrail-default, .*\.$/),
    });
  });
});

describe('a cluster is refused, with what to do', () => {
  it('that does not take the key, the password, or nobody\'s name', async () => {
    const { url, ca } = secured;
    const unauthorized = (what: string) => ({ code: 'LYREBIRD_UNAUTHORIZED', message: `Elasticsearch at ${url} does not accept ${what}.`, hint: expect.stringContaining('ELASTICSEARCH_API_KEY') });
    await expect(requireCluster({ url, ca, apiKey: 'bm90OmE=' }, sample)).rejects.toMatchObject(unauthorized('the API key'));
    await expect(requireCluster({ ...admin(), password: 'wrong' }, sample)).rejects.toMatchObject(unauthorized('the password of "admin"'));
    await expect(requireCluster({ url, ca }, sample)).rejects.toMatchObject(unauthorized('requests without a log-in'));
  });
  it('whose log-in has no rights at all: all that are missing are named at once', async () => {
    const name = `${secured.prefix}nobody`;
    await secured.admin.security.putRole({ name, cluster: [] });
    await secured.admin.security.putUser({ username: name, password: 'nobody-at-all', roles: [name] });
    await expect(requireCluster({ ...admin(), username: name, password: 'nobody-at-all' }, { sample: false })).rejects.toMatchObject({
      code: 'LYREBIRD_FORBIDDEN',
      message: `The user "${name}" lacks rights in the cluster at ${secured.url}: monitor on the cluster; manage, read, write on lyrebird-*.`,
      hint: expect.stringContaining('README'),
    });
  });
  it('whose certificate nobody vouches for, or that is asked by another name or without TLS', async () => {
    const unavailable = (hint: string) => ({ code: 'LYREBIRD_ELASTICSEARCH_UNAVAILABLE', hint: expect.stringContaining(hint) });
    await expect(requireCluster({ ...admin(), ca: undefined }, sample)).rejects.toMatchObject(unavailable('ELASTICSEARCH_CA_FILE'));
    await expect(requireCluster({ ...admin(), url: secured.url.replace('127.0.0.1', 'localhost') }, sample)).rejects.toMatchObject(unavailable('a name in ELASTICSEARCH_URL'));
    await expect(requireCluster({ url: secured.url.replace('https', 'http') }, sample)).rejects.toMatchObject(unavailable(`try ${secured.url}`));
    const { url } = await testElasticsearch();
    await expect(requireCluster({ url: url.replace('http', 'https') }, sample)).rejects.toMatchObject(unavailable(`use ${url}`));
  });
  it('that is not there', async () => {
    const { url, close } = await answering(200, {}, '');
    close();
    await expect(requireCluster({ url }, sample)).rejects.toMatchObject({ code: 'LYREBIRD_ELASTICSEARCH_UNAVAILABLE', message: expect.stringContaining(`${url} cannot be reached: connect ECONNREFUSED`) });
  });
  it('that is no Elasticsearch', async () => {
    const other = await answering(200, { 'content-type': 'text/html' }, '<h1>It works!</h1>');
    await expect(requireCluster({ url: other.url }, sample)).rejects.toMatchObject({ code: 'LYREBIRD_UNSUPPORTED', message: `What answers at ${other.url} is not Elasticsearch.` });
    other.close();
  });
  const product = { 'content-type': 'application/json', 'x-elastic-product': 'Elasticsearch' };
  it.each([
    ['7', 400, { 'content-type': 'application/json' }, { error: { type: 'media_type_header_exception', reason: 'Invalid media-type value on headers [Accept]', caused_by: { type: 'status_exception', reason: 'Accept version must be either version 7 or less, but found 8. Accept=application/vnd.elasticsearch+json; compatible-with=8' } }, status: 400 }],
    ['10.0.1', 200, product, { name: 'n', cluster_name: 'c', cluster_uuid: 'u', version: { number: '10.0.1' }, tagline: 'You Know, for Search' }],
  ])('of version %s', async (version, status, headers, body) => {
    const other = await answering(status as number, headers as Record<string, string>, JSON.stringify(body));
    await expect(requireCluster({ url: other.url }, sample)).rejects.toMatchObject({ code: 'LYREBIRD_UNSUPPORTED', message: expect.stringContaining(`has version ${version}: Lyrebird works with 8 and 9`) });
    other.close();
  });
});
