import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import * as http from 'node:http';
import * as https from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { makeCertificate, type Certificate } from '../../support/certificate';
import { testElasticsearch, type TestElasticsearch } from '../../support/elasticsearch';
import { EVENTS } from '../node/running_node';
import { run } from './run_lyrebird';

jest.setTimeout(120_000);

let root: string;
let elastic: TestElasticsearch;
beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'lyrebird-index-'));
  elastic = await testElasticsearch();
  await elastic.client.bulk({ refresh: true, operations: EVENTS.flatMap((event) => [{ index: { _index: `${elastic.prefix}logs` } }, event]) });
}, 180_000);
afterAll(() => rm(root, { recursive: true, force: true }));

const train = (url: string | undefined, pattern: string, out: string, env: NodeJS.ProcessEnv = {}) =>
  run(root, ['train', '--index', pattern, '--entity', 'user.name', '--out', out, '--size', 'tiny', '--max-steps', '1', '--json'], { ELASTICSEARCH_URL: url, ...env });
const failure = ({ code, stderr }: { code: number | null; stderr: string }) => [code, JSON.parse(stderr.trim().split('\n').at(-1)!)];

/** Elasticsearch behind a gateway that answers with the statuses first, one request each; by TLS where there is a certificate. */
async function gateway(statuses: number[], certificate?: Certificate) {
  const pass: http.RequestListener = (request, response) => {
    const status = statuses.shift();
    if (status !== undefined) {
      request.resume();
      response.writeHead(status, { 'content-type': 'application/json', 'x-elastic-product': 'Elasticsearch' }).end('{}');
      return;
    }
    const onward = http.request(elastic.url + request.url, { method: request.method, headers: request.headers }, (answer) => {
      response.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(response);
    });
    request.pipe(onward);
  };
  const server = certificate ? https.createServer(certificate, pass) : http.createServer(pass);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http${certificate ? 's' : ''}://127.0.0.1:${(server.address() as AddressInfo).port}`, left: statuses, close: () => server.close() };
}

test('learns from an index, and waits while Elasticsearch is busy', async () => {
  const busy = await gateway([429, 503]);
  try {
    const trained = await train(busy.url, `${elastic.prefix}lo*`, 'model');
    expect(trained).toMatchObject({ code: 0, stderr: '' });
    expect(busy.left).toEqual([]);
    expect(JSON.parse(trained.stdout)).toMatchObject({ entities: 3, events: { train: 528, heldout: 72 }, log_types: [{ name: `${elastic.prefix}logs`, events: 600 }] });
  } finally {
    busy.close();
  }
});

test('a cluster with a private authority is trusted by its file', async () => {
  const certificate = makeCertificate();
  const secure = await gateway([], certificate);
  const [file, other] = [path.join(root, 'ca.pem'), path.join(root, 'no.pem')];
  await writeFile(file, certificate.cert);
  await writeFile(other, 'no certificate');
  try {
    const trusted = await train(secure.url, `${elastic.prefix}logs`, 'by-tls', { ELASTICSEARCH_CA_FILE: file });
    expect(trusted).toMatchObject({ code: 0, stderr: '' });
    expect(failure(await train(secure.url, 'logs', 'g'))).toEqual([1, expect.objectContaining({ code: 'LYREBIRD_ELASTICSEARCH_UNAVAILABLE', hint: expect.stringContaining('ELASTICSEARCH_CA_FILE') })]);
    expect(failure(await train(secure.url, 'logs', 'h', { ELASTICSEARCH_CA_FILE: other }))).toEqual([3, expect.objectContaining({ code: 'LYREBIRD_BAD_REQUEST', message: expect.stringContaining('no.pem') })]);
  } finally {
    secure.close();
  }
});

test('what is wrong with the reading is said, and what to do', async () => {
  const refused = await gateway([401]);
  const forbidden = await gateway([403]);
  try {
    const answers = await Promise.all([
      train(elastic.url, `${elastic.prefix}nothing`, 'a'),
      train(elastic.url, `${elastic.prefix}nothing*`, 'b'),
      train(undefined, 'logs', 'c'),
      train('not a url', 'logs', 'd'),
      train(refused.url, 'logs', 'e'),
      train(forbidden.url, 'logs', 'f'),
    ]);
    const hint = (text: string) => expect.stringContaining(text);
    expect(answers.map(failure)).toEqual([
      [3, expect.objectContaining({ code: 'LYREBIRD_NOT_FOUND', message: hint('nothing') })],
      [3, expect.objectContaining({ code: 'LYREBIRD_NOT_FOUND', message: hint('nothing*') })],
      [3, expect.objectContaining({ code: 'LYREBIRD_BAD_REQUEST', hint: hint('ELASTICSEARCH_URL=') })],
      [3, expect.objectContaining({ code: 'LYREBIRD_BAD_REQUEST', message: hint('not a url') })],
      [1, expect.objectContaining({ code: 'LYREBIRD_UNAUTHORIZED', hint: hint('ELASTICSEARCH_API_KEY') })],
      [1, expect.objectContaining({ code: 'LYREBIRD_FORBIDDEN', hint: hint('read privilege') })],
    ]);
  } finally {
    refused.close();
    forbidden.close();
  }
});
