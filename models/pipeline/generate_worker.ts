import { parentPort, workerData } from 'node:worker_threads';
import { serveGroups } from '../generate';
import { openGenerator, type GenerateWorkerData } from './open_generator';

serveGroups(parentPort!, async () => (await openGenerator(workerData as GenerateWorkerData, 1)).generator);
