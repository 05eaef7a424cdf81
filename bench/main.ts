import { benchGpt, formatGptBench } from './gpt';
import { benchMainJob } from './main_job';

/** `npm run bench`: ratios against a peer, measured side by side in this run, and the main job's own figures. */
async function main(): Promise<void> {
  const gpt = await benchGpt();
  process.stderr.write(`${formatGptBench(gpt)}\n`);
  const job = await benchMainJob();
  process.stdout.write(`${JSON.stringify({ gpt, main_job: job }, null, 2)}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 1;
});
