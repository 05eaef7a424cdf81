import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Command } from 'commander';
import { evaluateOptionsSchema } from '../common';
import { logFilesReader } from '../models/dataset';
import { evaluateModel } from '../models/evaluate';
import { BoostedTrees } from '../models/evaluate/boosting';
import type { Feature } from '../models/evaluate/boosting';

/**
 * Writes the very tables that the discriminator of `lyrebird evaluate` learns from, with its folds and its scores, for
 * boosting_check.py to fit a second time:
 *
 *     npx tsx bench/boosting_check.ts --model model --logs logs.ndjson.gz --out tables
 *     venv/bin/python bench/boosting_check.py tables
 */

/** One comparison of real events with others. */
interface Comparison {
  features: Array<{ name: string; categorical: boolean; bins: number[] }>;
  labels: number[];
  /** For each fold, the rows that were learned from; the others were scored. */
  folds: number[][];
  scores: number[];
}

async function main(): Promise<void> {
  const flags = new Command('boosting_check').requiredOption('--model <dir>').requiredOption('--logs <file>').requiredOption('--out <dir>').option('--max-events <n>', 'held-out events looked at, about', Number, 3_000);
  const { model, logs, out, maxEvents } = flags.parse().opts<{ model: string; logs: string; out: string; maxEvents: number }>();
  const comparisons: Comparison[] = [];
  let last: readonly Feature[] | undefined;
  const fit = BoostedTrees.fit;
  BoostedTrees.fit = (features, labels, rows, options) => {
    const trees = fit.call(BoostedTrees, features, labels, rows, options);
    // All folds of a comparison share their features.
    if (features !== last) {
      last = features;
      comparisons.push({ features: features.map(({ name, categorical, bins }) => ({ name, categorical, bins: [...bins] })), labels: [...labels], folds: [], scores: [] });
    }
    const { folds, scores } = comparisons.at(-1)!;
    folds.push([...rows]);
    const learned = new Set(rows);
    for (const row of labels.keys()) if (!learned.has(row)) scores[row] = trees.score(features, row);
    return trees;
  };
  await evaluateModel({ folder: model, real: { logs: logFilesReader([logs]) }, options: evaluateOptionsSchema.parse({ max_events: maxEvents }) });
  await mkdir(out, { recursive: true });
  for (const [i, comparison] of comparisons.entries()) await writeFile(path.join(out, `comparison-${String(i).padStart(2, '0')}.json`), JSON.stringify(comparison));
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 1;
});
