import { parentPort } from 'node:worker_threads';
import { serveGroups } from '../../../models/generate';
import { office } from './office_model';

serveGroups(parentPort!, () => Promise.resolve(office));
