/** `npm start`: everything, from nothing to the app. */
import { once } from 'node:events';
import { toLyrebirdError } from '../../common';
import { parseSettings } from './options';
import { createProgress, duration } from './progress';
import { run } from './run';

const CANCELLED = 130;

async function main(): Promise<number> {
  const progress = createProgress();
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      if (!stop.signal.aborted) progress.note('\nStopping …');
      stop.abort();
    });
  }
  // Killed without a word, npm cannot tell; whoever lost its parent has nobody left to work for.
  const parent = process.ppid;
  const watch = setInterval(() => process.ppid === parent || stop.abort(), 1_000);
  watch.unref();
  try {
    const settings = parseSettings(process.argv.slice(2));
    await run({
      settings,
      progress,
      signal: stop.signal,
      async serve(url, summary) {
        if (settings.once) {
          process.stdout.write(`${JSON.stringify(summary)}\n`);
          return;
        }
        const { read, loss, tokens_per_event, written, scored, anomalies } = { read: summary.events_read, ...summary };
        const took = duration(Object.values(summary.seconds).reduce((sum, seconds) => sum + seconds, 0));
        progress.note(
          `\n${read} events read, ${tokens_per_event} tokens each, loss ${loss.nats_per_token} nats (${loss.bits_per_token} bits) a token; ` +
            `${written} synthetic events written; ${scored} scored, ${anomalies} anomalies. ${took}.\n\nThe app: ${url}\nCtrl-C stops everything.`
        );
        if (!stop.signal.aborted) await once(stop.signal, 'abort');
      },
    });
    return 0;
  } catch (error) {
    if (stop.signal.aborted) {
      progress.note('Stopped. The next start goes on from here.');
      return CANCELLED;
    }
    const { code, message, hint, cause } = toLyrebirdError(error);
    progress.note(`${message}${hint ? `\n${hint}` : ''}\n(${code})`);
    if (code === 'LYREBIRD_INTERNAL') progress.note(cause instanceof Error ? (cause.stack ?? '') : '');
    return 1;
  }
}

void main().then((code) => {
  process.exit(code);
});
