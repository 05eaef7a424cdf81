/** Runs the plugin on its host with the settings given as JSON; prints the log and, once it serves, its address. */
import pino from 'pino';
import * as lyrebird from '../../../server';
import { startHost, type HostOptions } from '../../../standalone/host';

async function main(): Promise<void> {
  const settings = JSON.parse(process.argv[2]) as Pick<HostOptions<never>, 'elasticsearch' | 'config'>;
  const host = await startHost({ ...settings, plugin: lyrebird, port: 0, logger: pino({ level: 'info' }, pino.destination({ dest: 1, sync: true })) });
  process.on('SIGTERM', () => void host.close().then(() => process.exit(0)));
  console.log(host.url);
}

void main();
