import { generateOptionsSchema } from '../../common';
import { loadModel } from '../pipeline';
import { UsageError } from './exit_codes';
import { Output } from './output';
import { startProgress } from './progress';

export interface GenerateFlags {
  model: string;
  count: number;
  entity: string[];
  logType: string[];
  technique?: string;
  where: Record<string, string | number | boolean | null>;
  from?: string;
  temperature: number;
  topP: number;
  seed: number;
  device: 'cpu' | 'cuda' | 'webgpu';
  json?: boolean;
}

export async function generate(flags: GenerateFlags, signal: AbortSignal): Promise<void> {
  const parsed = generateOptionsSchema.safeParse({
    count: flags.count,
    entities: flags.entity,
    log_types: flags.logType,
    technique: flags.technique,
    where: flags.where,
    from: flags.from === undefined ? undefined : isoTime(flags.from),
    temperature: flags.temperature,
    top_p: flags.topP,
    seed: flags.seed,
  });
  if (!parsed.success) throw new UsageError(parsed.error.issues.map((issue) => `--${issue.path.join('.')}: ${issue.message}`).join('; '));
  const began = Date.now();
  const model = await loadModel(flags.model, { device: flags.device });
  const reader = new AbortController();
  const output = new Output(() => reader.abort());
  const progress = startProgress(flags.json ?? false);
  let generated = 0;
  let malformed = 0;
  try {
    const events = model.generate(parsed.data, { signal: AbortSignal.any([signal, reader.signal]), onMalformed: (n) => (malformed += n) });
    for await (const event of events) {
      await output.line(event._source);
      if (output.isClosed) break;
      generated += 1;
      const seconds = (Date.now() - began) / 1000;
      progress.update(generated / flags.count, `generate, ${generated} events`, (seconds / generated) * (flags.count - generated));
    }
  } catch (error) {
    if (!output.isClosed) throw error;
  } finally {
    progress.stop();
    await model.dispose();
  }
  const seconds = (Date.now() - began) / 1000;
  if (flags.json) process.stderr.write(`${JSON.stringify({ generated, malformed, seconds })}\n`);
  else if (malformed > 0) {
    const share = (100 * malformed) / (generated + malformed);
    process.stderr.write(`Left out: ${malformed} texts that are no event, ${share.toFixed(1)} % of what was written (only --tokenizer bpe and char write such).\n`);
  }
}

function isoTime(text: string): string {
  const time = Date.parse(text);
  if (Number.isNaN(time)) throw new UsageError(`--from ${text} is not an ISO 8601 time, such as 2026-01-31T08:00:00Z`);
  return new Date(time).toISOString();
}
