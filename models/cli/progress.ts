import { Presets, SingleBar } from 'cli-progress';

export interface Progress {
  update(share: number, text: string, etaSeconds?: number): void;
  stop(): void;
}

const clock = (seconds: number) => (seconds >= 3600 ? `${Math.floor(seconds / 3600)}h${Math.round((seconds % 3600) / 60)}m` : seconds >= 60 ? `${Math.floor(seconds / 60)}m${Math.round(seconds % 60)}s` : `${Math.round(seconds)}s`);

/** Milliseconds between two lines of one stage where there is no terminal. */
const LINE_EVERY = 5_000;

/** A bar with ETA on a terminal; elsewhere a line when the text before the first comma changes, and one every few seconds; nothing with --json. */
export function startProgress(json: boolean): Progress {
  if (json) return { update: () => undefined, stop: () => undefined };
  if (!process.stderr.isTTY) {
    let last = '';
    let written = 0;
    return {
      update: (share, text, eta) => {
        const stage = text.split(',')[0];
        if (stage === last && performance.now() - written < LINE_EVERY) return;
        const left = eta === undefined ? '' : `, ${clock(eta)} left`;
        process.stderr.write(stage === last ? `${text}, ${Math.floor(Math.min(1, share) * 100)}%${left}\n` : `${stage}\n`);
        last = stage;
        written = performance.now();
      },
      stop: () => undefined,
    };
  }
  const bar = new SingleBar({ format: '{bar} {percentage}% | {text} | ETA {left}', stream: process.stderr, hideCursor: true, fps: 4 }, Presets.shades_classic);
  bar.start(1, 0, { text: '', left: '?' });
  return {
    update: (share, text, eta) => bar.update(Math.min(1, share), { text, left: eta === undefined ? '?' : clock(eta) }),
    stop: () => bar.stop(),
  };
}
