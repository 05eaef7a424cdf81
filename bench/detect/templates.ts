import { readFile } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import { Command } from 'commander';
import { groupBy } from 'lodash';
import { findTemplates } from '../../models/codec/fit/find_templates';
import { TemplateIndex } from '../../models/codec/kinds/template';
import { Drain, groupingAccuracy, type DrainOptions } from './drain';

/** Settings that the published figures were measured with (benchmark of logpai/logparser), and those figures (Zhu et al. 2019, table 2). */
const PUBLISHED: Record<string, { accuracy: number; options: DrainOptions }> = {
  Android: { accuracy: 0.911, options: { similarity: 0.2, depth: 6, masks: [/(\/[\w-]+)+/g, /([\w-]+\.){2,}[\w-]+/g, /\b(-?\+?\d+)\b|\b0[Xx][a-fA-F\d]+\b|\b[a-fA-F\d]{4,}\b/g] } },
  Apache: { accuracy: 1, options: { similarity: 0.5, depth: 4, masks: [/(\d+\.){3}\d+/g] } },
  BGL: { accuracy: 0.963, options: { similarity: 0.5, depth: 4, masks: [/core\.\d+/g] } },
  HDFS: { accuracy: 0.998, options: { similarity: 0.5, depth: 4, masks: [/blk_-?\d+/g, /(\d+\.){3}\d+(:\d+)?/g] } },
  HPC: { accuracy: 0.887, options: { similarity: 0.5, depth: 4, masks: [/=\d+/g] } },
  Hadoop: { accuracy: 0.948, options: { similarity: 0.5, depth: 4, masks: [/(\d+\.){3}\d+/g] } },
  HealthApp: { accuracy: 0.78, options: { similarity: 0.2, depth: 4, masks: [] } },
  Linux: { accuracy: 0.69, options: { similarity: 0.39, depth: 6, masks: [/(\d+\.){3}\d+/g, /\d{2}:\d{2}:\d{2}/g] } },
  OpenStack: { accuracy: 0.733, options: { similarity: 0.5, depth: 5, masks: [/((\d+\.){3}\d+,?)+/g, /\/.+?\s/g, /\d+/g] } },
  Proxifier: { accuracy: 0.527, options: { similarity: 0.6, depth: 3, masks: [/<\d+\ssec/g, /([\w-]+\.)+[\w-]+(:\d+)?/g, /\d{2}:\d{2}(:\d{2})*/g, /[KGTM]B/g] } },
  Spark: { accuracy: 0.92, options: { similarity: 0.5, depth: 4, masks: [/(\d+\.){3}\d+/g, /\b[KGTM]?B\b/g, /([\w-]+\.){2,}[\w-]+/g] } },
};

interface Line {
  system: string;
  content: string;
  event_id: string;
}

/** Grouping accuracy of templates: as published, ours with the published settings, ours with the settings that need no choice, and the codec's. */
async function main(): Promise<void> {
  const { lines } = new Command().requiredOption('--lines <file>', 'NDJSON of { system, content, event_id }: the lines of loghub 2k with their true templates').parse().opts<{ lines: string }>();
  const bytes = await readFile(lines);
  const text = (bytes[0] === 0x1f ? gunzipSync(bytes) : bytes).toString('utf8');
  const bySystem = groupBy(text.split('\n').filter(Boolean).map((line) => JSON.parse(line) as Line), ({ system }) => system);
  const rows = Object.entries(bySystem).map(([system, of]) => {
    const truth = of.map(({ event_id }) => event_id);
    const contents = of.map(({ content }) => content);
    const published = PUBLISHED[system];
    return {
      system,
      published: published?.accuracy,
      'same settings': published && groupingAccuracy(mined(contents, published.options), truth),
      'own settings': groupingAccuracy(mined(contents), truth),
      codec: groupingAccuracy(coded(contents), truth),
    };
  });
  const shown = (value: unknown) => (typeof value === 'number' ? value.toFixed(3) : String(value ?? ''));
  const names = Object.keys(rows[0]) as Array<keyof (typeof rows)[number]>;
  process.stdout.write(`| ${names.join(' | ')} |\n|${names.map(() => '---').join('|')}|\n`);
  for (const row of rows) process.stdout.write(`| ${names.map((name) => shown(row[name])).join(' | ')} |\n`);
}

function mined(contents: readonly string[], options?: DrainOptions): number[] {
  const drain = new Drain(options);
  return contents.map((content) => drain.add(content).id);
}

/** A text without a template is by itself. */
function coded(contents: readonly string[]): unknown[] {
  const counts = new Map<string, number>();
  for (const content of contents) counts.set(content, (counts.get(content) ?? 0) + 1);
  const index = new TemplateIndex(findTemplates([...counts])?.templates ?? []);
  return contents.map((content) => index.find(content)?.template ?? content);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 1;
});
