import { Presets, SingleBar } from 'cli-progress';

export interface Progress {
  update(share: number, text: string, etaSeconds?: number): void;
  stop(): void;
}

const clock = (seconds: number) => (seconds >= 3600 ? `${Math.floor(seconds / 3600)}h${Math.round((seconds % 3600) / 60)}m` : seconds >= 60 ? `${Math.floor(seconds / 60)}m${Math.round(seconds % 60)}s` : `${Math.round(seconds)}s`);

/** A bar with ETA on a terminal; elsewhere one line when the text before the first comma changes; nothing with --json. */
export function startProgress(json: boolean): Progress {
  if (json) return { update: () => undefined, stop: () => undefined };
  if (!process.stderr.isTTY) {
    let last = '';
    return {
      update: (_share, text) => {
        const stage = text.split(',')[0];
        if (stage !== last) process.stderr.write(`${stage}\n`);
        last = stage;
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
