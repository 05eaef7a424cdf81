import { writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { version } from '../../package.json';
import { openApiDocument } from './openapi';

/** Writes docs/node-api.openapi.json: npx tsx models/node/write_openapi.ts */
writeFileSync(path.join(__dirname, '../../docs/node-api.openapi.json'), `${JSON.stringify(openApiDocument(version), null, 2)}\n`);
