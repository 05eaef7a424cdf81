import { randomBytes } from 'node:crypto';
import { Client } from '@elastic/elasticsearch';
import { startElasticsearch } from '../../standalone/elasticsearch';

/** Folder of the run's Elasticsearch and the process that owns it; global_setup.ts sets both. */
export const RUN_FOLDER = 'LYREBIRD_TEST_ELASTICSEARCH';
export const RUN_OWNER = 'LYREBIRD_TEST_OWNER';

export interface TestElasticsearch {
  url: string;
  client: Client;
  /** Lower case, unique to this caller: begin every index name with it. */
  prefix: string;
}

/** Where the run's Elasticsearch with security on has its data. */
export const securedFolder = (): string => `${process.env[RUN_FOLDER]}-secured`;

let running: Promise<{ url: string; client: Client }> | undefined;

/**
 * One real Elasticsearch for all workers of a Jest run, started by the first test that asks. It stops at the end of
 * the run, and also when Jest is killed. Give `beforeAll` 120 seconds: the first caller waits for the start.
 */
export async function testElasticsearch(): Promise<TestElasticsearch> {
  running ??= start();
  return { ...(await running), prefix: `t${randomBytes(5).toString('hex')}-` };
}

async function start(): Promise<{ url: string; client: Client }> {
  const dataDir = process.env[RUN_FOLDER];
  const owner = Number(process.env[RUN_OWNER]);
  if (!dataDir || !owner) throw new Error(`${RUN_FOLDER} and ${RUN_OWNER} are not set: Jest's globalSetup did not run`);
  const { url } = await startElasticsearch({ dataDir, owner, heap: '384m', disposable: true });
  return { url, client: new Client({ node: url }) };
}
