import { stat } from 'node:fs/promises';
import path from 'node:path';
import { Command } from 'commander';
import { buildPlugin } from './build_plugin';

/** `npm run build:plugin`: zips that Kibana installs. */

const ROOT = path.join(__dirname, '..');

const flags = new Command('build:plugin')
  .description('Builds the Kibana plugin, one zip for each version of Kibana.')
  .requiredOption('--kibana-version <version...>', 'such as 8.12.2; may be given several times')
  .option('--out <folder>', 'where the zips go', 'build')
  .parse()
  .opts<{ kibanaVersion: string[]; out: string }>();

async function main(): Promise<void> {
  const began = Date.now();
  for (const { file } of await buildPlugin({ root: ROOT, kibanaVersions: flags.kibanaVersion, to: path.resolve(flags.out) })) {
    const { size } = await stat(file);
    process.stdout.write(`${path.relative(process.cwd(), file)}  ${(size / 1e6).toFixed(1)} MB\n`);
  }
  process.stdout.write(`${((Date.now() - began) / 1000).toFixed(1)} s\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
