import { benchCharacters } from './generation';
import { benchGpt, formatGptBench } from './gpt';
import { benchMainJob } from './main_job';
import { sampleHits } from './sample';

/** `npm run bench`: ratios against a peer, measured side by side in this run, and the main job's own figures. */
async function main(): Promise<void> {
  const gpt = await benchGpt();
  process.stderr.write(`${formatGptBench(gpt)}\n`);
  const hits = sampleHits({ users: 80, days: 30, seed: 1 });
  const characters = await benchCharacters(hits);
  const job = await benchMainJob(hits);
  if (characters.events_per_second !== undefined) {
    process.stderr.write(`events/s written: ${job.generated_events_per_second.toFixed(0)}; by characters, ${characters.events_per_second.toFixed(2)}: ${(job.generated_events_per_second / characters.events_per_second).toFixed(0)} x\n`);
  }
  process.stdout.write(`${JSON.stringify({ gpt, characters, main_job: job }, null, 2)}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 1;
});
