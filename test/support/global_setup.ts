import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { RUN_FOLDER, RUN_OWNER } from './elasticsearch';

/** Names the folder of this run's Elasticsearch; workers inherit the environment. Nothing is started here. */
export default function globalSetup(): void {
  process.env[RUN_FOLDER] = path.join(mkdtempSync(path.join(tmpdir(), 'lyrebird-test-')), 'elasticsearch');
  process.env[RUN_OWNER] = String(process.pid);
}
