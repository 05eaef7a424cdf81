import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import * as path from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import pino from 'pino';
import { DEVICES, LyrebirdError } from '../../common';
import { startNode } from './server';

interface Flags {
  host: string;
  port: number;
  data: string;
  tokenFile?: string;
  tlsCert?: string;
  tlsKey?: string;
  device?: Array<(typeof DEVICES)[number]>;
  threads?: number;
  autoResume: boolean;
  exitWithParent?: boolean;
  logLevel: string;
}

const integer = (min: number, max: number) => (text: string) => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < min || value > max) throw new InvalidArgumentError(`Expected a whole number from ${min} to ${max}.`);
  return value;
};

async function pem(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new LyrebirdError('LYREBIRD_NOT_FOUND', `${file} cannot be read: ${(cause as NodeJS.ErrnoException).code}.`, 'Check the path and its permissions.', { cause });
  });
  if (!text.includes('-----BEGIN ')) throw new LyrebirdError('LYREBIRD_BAD_REQUEST', `${file} is not PEM: it has no "-----BEGIN" line.`, 'Convert it, for example: openssl x509 -inform der -in cert.der -out cert.pem');
  return text;
}

/** The options of `lyrebird node`, and what it does: serve until SIGTERM or SIGINT (or the parent's end). */
export function runNode(command: Command): Command {
  return command
    .description('Serve the model node: training, generation and scoring over HTTP')
    .option('--host <host>', 'address to listen on; other than loopback needs --token-file', '127.0.0.1')
    .option('--port <port>', 'port; 0 takes a free one', integer(0, 65535), 9280)
    .option('--data <folder>', 'datasets, jobs and models', path.join(homedir(), '.lyrebird'))
    .option('--token-file <file>', 'bearer token; created when missing (default: <data>/token)')
    .option('--tls-cert <file>', 'certificate chain, PEM')
    .option('--tls-key <file>', 'private key, PEM')
    .addOption(new Option('--device <device...>', 'devices that jobs may use; the first one generates and scores').choices(DEVICES))
    .option('--threads <n>', 'threads for generation and scoring', integer(1, 256))
    .option('--no-auto-resume', 'leave interrupted jobs as they are')
    .addOption(new Option('--log-level <level>', 'log on standard error').choices(['silent', 'error', 'warn', 'info', 'debug']).default('info'))
    .option('--exit-with-parent', 'stop when standard input closes')
    .action(async (flags: Flags) => {
      if ((flags.tlsCert === undefined) !== (flags.tlsKey === undefined)) command.error('error: --tls-cert and --tls-key go together', { exitCode: 2 });
      // Standard output carries one line for the program that started us; the log goes to standard error.
      const logger = pino({ level: flags.logLevel }, pino.destination({ fd: 2, sync: true }));
      const node = await startNode({
        host: flags.host,
        port: flags.port,
        dataDir: path.resolve(flags.data),
        tokenFile: flags.tokenFile,
        tls: flags.tlsCert && flags.tlsKey ? { cert: await pem(flags.tlsCert), key: await pem(flags.tlsKey) } : undefined,
        devices: flags.device,
        threads: flags.threads,
        autoResume: flags.autoResume,
        logger,
      });
      const stop = (why: string) => {
        logger.info({ why }, 'stopping');
        node.close().then(
          () => process.exit(0),
          (error: unknown) => {
            logger.error({ err: error }, 'could not stop cleanly');
            process.exit(1);
          }
        );
      };
      process.on('SIGTERM', () => stop('SIGTERM'));
      process.on('SIGINT', () => stop('SIGINT'));
      if (flags.exitWithParent) {
        process.stdin.on('end', () => stop('parent has gone')).on('error', () => stop('parent has gone'));
        process.stdin.resume();
      }
      process.stdout.write(`${JSON.stringify({ event: 'listening', url: node.url, pid: process.pid })}\n`);
    });
}
