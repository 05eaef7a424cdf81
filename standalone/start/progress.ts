import { SingleBar } from 'cli-progress';

/** Progress of the stages, on standard error: a bar on a terminal, now and then a plain line elsewhere. */
export interface Progress {
  /** Runs one stage, measures it and remembers its seconds under `key`. */
  stage<T>(key: string, title: string, work: (report: Report) => Promise<T>): Promise<T>;
  note(line: string): void;
  /** Wall-clock seconds by stage, in the order they ran. */
  readonly seconds: Record<string, number>;
}

/** `share` 0-1 of the stage; `eta` seconds, when known better than from the share. */
export type Report = (share: number, detail?: string, eta?: number) => void;

const PLAIN_EVERY_MS = 10_000;

export function createProgress(stream: NodeJS.WriteStream = process.stderr): Progress {
  const seconds: Record<string, number> = {};
  const note = (line: string) => void stream.write(`${line}\n`);
  return {
    seconds,
    note,
    async stage(key, title, work) {
      const began = Date.now();
      const meter = stream.isTTY ? barMeter(stream, title) : plainMeter(note, title);
      const report: Report = (share, detail = '', eta) => {
        const elapsed = (Date.now() - began) / 1000;
        const known = eta ?? (share > 0.02 && share < 1 ? (elapsed / share) * (1 - share) : undefined);
        meter.update(Math.min(1, Math.max(0, share)), detail, known);
      };
      try {
        const result = await work(report);
        meter.done();
        seconds[key] = (seconds[key] ?? 0) + round((Date.now() - began) / 1000);
        note(`${title}: done in ${duration((Date.now() - began) / 1000)}`);
        return result;
      } catch (error) {
        meter.done();
        throw error;
      }
    },
  };
}

interface Meter {
  update(share: number, detail: string, eta: number | undefined): void;
  done(): void;
}

function barMeter(stream: NodeJS.WriteStream, title: string): Meter {
  const bar = new SingleBar({ stream, format: `${title} {bar} {percentage}% {left} {detail}`, hideCursor: true, clearOnComplete: true, barCompleteChar: '█', barIncompleteChar: '░', barsize: 24 });
  bar.start(100, 0, { left: '', detail: '' });
  return {
    update: (share, detail, eta) => bar.update(Math.round(share * 100), { detail, left: eta === undefined ? '' : `${duration(eta)} left` }),
    done: () => bar.stop(),
  };
}

function plainMeter(note: (line: string) => void, title: string): Meter {
  let last = Date.now();
  note(`${title} …`);
  return {
    update(share, detail, eta) {
      if (Date.now() - last < PLAIN_EVERY_MS) return;
      last = Date.now();
      note(`${title}: ${Math.round(share * 100)}%${eta === undefined ? '' : `, ${duration(eta)} left`}${detail ? `, ${detail}` : ''}`);
    },
    done: () => undefined,
  };
}

const round = (value: number) => Math.round(value * 10) / 10;

export function duration(seconds: number): string {
  if (seconds < 60) return `${round(seconds)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
