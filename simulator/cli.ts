import { createWriteStream, type WriteStream } from 'node:fs';
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { SingleBar } from 'cli-progress';
import { Command, InvalidArgumentError } from 'commander';
import { LyrebirdError, toLyrebirdError } from '../common';
import { indexOf, type SampleEvent } from './events';
import { periodOf, simulate, type SimulateOptions } from './simulate';

interface Arguments {
  users: number;
  days: number;
  seed: number;
  end?: Date;
  eventsPerDay?: number;
  attacks?: number;
  labels?: string;
  out?: string;
  plain?: boolean;
}

const whole = (text: string): number => {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('Expected a whole number.');
  return Number(text);
};
const date = (text: string): Date => {
  const value = new Date(text);
  if (Number.isNaN(value.getTime())) throw new InvalidArgumentError('Expected an ISO 8601 date, for example 2026-01-31.');
  return value;
};

/** An NDJSON file (gzip when its name ends in .gz) or standard output, written with back-pressure. */
class LineWriter {
  private readonly head: Writable;
  private readonly tail: Writable;
  private chunk: string[] = [];
  private size = 0;
  private readonly failed: Promise<never>;

  constructor(path?: string) {
    this.tail = path === undefined ? process.stdout : (createWriteStream(path) as WriteStream);
    if (path?.endsWith('.gz')) {
      const gzip = createGzip({ level: 4 });
      gzip.pipe(this.tail);
      this.head = gzip;
    } else this.head = this.tail;
    this.failed = new Promise((_, reject) => {
      for (const stream of new Set([this.head, this.tail])) stream.on('error', reject);
    });
    // It is looked at when the next lines are written; until then it must not count as unhandled.
    this.failed.catch(() => undefined);
  }

  async write(line: string): Promise<void> {
    this.chunk.push(line);
    this.size += line.length;
    if (this.size >= 262_144) await this.flush();
  }
  private async flush(): Promise<void> {
    if (this.chunk.length === 0) return;
    const text = `${this.chunk.join('\n')}\n`;
    this.chunk = [];
    this.size = 0;
    // A turn of the event loop lets errors and other work through, even while the stream takes all.
    const ready = this.head.write(text) ? new Promise(setImmediate) : once(this.head, 'drain');
    await Promise.race([ready, this.failed]);
  }
  async close(): Promise<void> {
    await this.flush();
    if (this.tail === process.stdout) return;
    this.head.end();
    await Promise.race([finished(this.tail), this.failed]);
  }
}

const lineOf = (event: SampleEvent, plain?: boolean): string => JSON.stringify(plain ? event._source : { _id: event._id, _index: indexOf(event.dataset), _source: event._source });
const labelLine = (event: SampleEvent): string => JSON.stringify({ event_id: event._id, index: indexOf(event.dataset), dataset: event.dataset, entity: event.entity, timestamp: event.timestamp, ...event.label! });

async function run(options: Arguments): Promise<void> {
  const { users, days, seed, end, eventsPerDay, attacks } = options;
  const chosen: SimulateOptions = { users, days, seed, end, eventsPerDay, attacks };
  const period = periodOf(chosen);
  const out = new LineWriter(options.out);
  const labels = options.labels === undefined ? undefined : new LineWriter(options.labels);
  const bar = process.stderr.isTTY
    ? new SingleBar({ stream: process.stderr, format: 'simulating [{bar}] {percentage}% | {events} events | ETA {eta_formatted}', hideCursor: true, clearOnComplete: false })
    : undefined;
  bar?.start(1000, 0, { events: 0 });
  let events = 0;
  try {
    for (const event of simulate({ ...chosen, end: new Date(period.end) })) {
      await out.write(lineOf(event, options.plain));
      if (event.label) await labels?.write(labelLine(event));
      if (++events % 2000 === 0) bar?.update(Math.floor((1000 * (Date.parse(event.timestamp) - period.start)) / (period.end - period.start)), { events });
    }
    await out.close();
    await labels?.close();
    bar?.update(1000, { events });
  } finally {
    bar?.stop();
  }
  if (options.out) process.stderr.write(`${events} events written to ${options.out}\n`);
}

const command = new Command('simulate')
  .description('Write the logs of a sample organisation (Entra ID sign-ins, CloudTrail, Confluence audit) as NDJSON, with labelled attacks.')
  .option('--users <n>', 'accounts, people and services together', whole, 80)
  .option('--days <n>', 'length of the period', whole, 30)
  .option('--seed <n>', 'the same seed and end give the same bytes', whole, 1)
  .option('--end <date>', 'end of the period, excluded (default: the last UTC midnight)', date)
  .option('--events-per-day <n>', 'wanted mean number of events a day (default: about 17 per user)', whole)
  .option('--attacks <n>', 'attacks of each technique in the exercise, and as many at the end (default: 2 to 4)', whole)
  .option('--labels <file>', 'write which event belongs to which attack, as NDJSON')
  .option('--out <file>', 'write to a file, compressed when its name ends in .gz (default: standard output)')
  .option('--plain', 'bare documents instead of {_id, _index, _source}')
  .addHelpText('after', '\nExamples:\n  npm run -s simulate -- --users 10 --days 7 | head\n  npm run simulate -- --users 500 --days 90 --out logs.ndjson.gz --labels labels.ndjson');

command
  .parseAsync()
  .then((parsed) => run(parsed.opts<Arguments>()))
  .catch((error: unknown) => {
    const { code, path, message } = error as NodeJS.ErrnoException;
    // The reader has seen enough (`… | head`): not a failure.
    if (code === 'EPIPE') process.exit(0);
    const unwritable = code !== undefined && ['ENOENT', 'EACCES', 'EISDIR', 'EROFS', 'EPERM'].includes(code);
    const known = unwritable ? new LyrebirdError('LYREBIRD_BAD_REQUEST', `Cannot write ${path}: ${message}.`, 'Name a file in a folder that exists and that you may write to.') : toLyrebirdError(error);
    process.stderr.write(`simulate: ${known.message}${known.hint ? `\n${known.hint}` : ''}\n`);
    process.exitCode = 1;
  });
