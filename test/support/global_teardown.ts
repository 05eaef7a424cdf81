import { rm } from 'node:fs/promises';
import path from 'node:path';
import { stopElasticsearch } from '../../standalone/elasticsearch';
import { RUN_FOLDER, securedFolder } from './elasticsearch';

export default async function globalTeardown(): Promise<void> {
  const folder = process.env[RUN_FOLDER];
  if (!folder) return;
  await Promise.all([stopElasticsearch(folder), stopElasticsearch(securedFolder())]);
  await rm(path.dirname(folder), { recursive: true, force: true });
}
