import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import type { EventFields } from '../../models/prepare';
import { prepareHit } from '../../models/prepare';
import { writeLines, writtenFile } from './events';
import type { Events } from './events';
import type { Attempt, Made, Task } from './settings';

export type PeerScript = 'realtabformer_rows' | 'par_sequences';

/**
 * A generator in Python on the same training events: each as a row of its leaf fields, with the entity and time that Lyrebird reads
 * from it. Where Python or the package is not there, the reason instead.
 */
export async function runPeer(script: PeerScript, { train }: Events, fields: EventFields, { settings, period, folder }: Task): Promise<Attempt> {
  const python = process.env.PYTHON ?? 'python3';
  const input = path.join(folder, 'train.ndjson');
  const rows = train.map((hit) => prepareHit(hit, fields)).filter((event) => typeof event !== 'string');
  await writeLines(input, rows.map(({ entity, time, logType, event }) => ({ entity, time, log_type: logType, event })));
  const job = {
    train: input,
    out: writtenFile(folder),
    from: Date.parse(period.from),
    to: Date.parse(period.to),
    minutes: settings.minutes,
    writing_minutes: settings.writingMinutes,
    seed: settings.seed,
    threads: availableParallelism(),
  };
  // On a busy machine, threads that spin while they wait for each other slow PyTorch down by an order of magnitude.
  const env = { OMP_WAIT_POLICY: 'passive', ...process.env };
  const child = spawn(python, [path.join(__dirname, 'peers', `${script}.py`), JSON.stringify(job)], { cwd: folder, env, stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  const result = await new Promise<number | null | Error>((resolve) => child.once('error', resolve).once('close', resolve));
  if (typeof result === 'object' && result !== null) return { missing: `no Python (${result.message}); name one in PYTHON` };
  // The others' figures are none the worse for it.
  if (result !== 0) return { missing: `${script}.py ended with ${String(result)}, and with its messages on standard error` };
  const answer = output.trim().split('\n').at(-1)!;
  const made = JSON.parse(answer) as Made | { missing: string };
  return 'missing' in made ? made : { made };
}
