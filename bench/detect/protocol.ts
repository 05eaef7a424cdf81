import { readFile } from 'node:fs/promises';
import path from 'node:path';

/** Counts of a test, and what follows from them. */
export interface Detection {
  precision: number;
  recall: number;
  f1: number;
}

/** Precision, recall and F1 of counts, which may be estimates. */
export function detection({ tp, fp, fn }: { tp: number; fp: number; fn: number }): Detection {
  return { precision: tp / (tp + fp), recall: tp / (tp + fn), f1: (2 * tp) / (2 * tp + fp + fn) };
}

/** Sessions of the whole HDFS test set of LogDeep. */
const ABNORMAL = 16_838;
const NORMAL = 553_366;

/** The rates as counts of the whole test set: those normal sessions that cannot be had are stood for by a sample of them. */
export const hdfsDetection = (falsePositiveRate: number, recall: number): Detection =>
  detection({ tp: recall * ABNORMAL, fp: falsePositiveRate * NORMAL, fn: (1 - recall) * ABNORMAL });

interface Figures {
  published: Array<{ model: string; data: string; P?: number; R?: number; F1?: number | number[] | Record<string, number> }>;
  measured_simple_baselines_F1: Record<string, Record<string, number>>;
}

/** What others reached on the data set, from the file of figures beside the data: a name and an F1 each. */
export async function othersOn(folder: string, baseline: string, published?: string): Promise<Array<{ name: string } & Partial<Detection> & { f1: number }>> {
  const figures = JSON.parse(await readFile(path.join(folder, 'hdfs_benchmark_figures.json'), 'utf8')) as Figures;
  const simple = Object.entries(figures.measured_simple_baselines_F1).find(([name]) => name.startsWith(baseline))?.[1] ?? {};
  const models = figures.published.filter(({ data, F1 }) => published !== undefined && data === published && typeof F1 === 'number');
  return [
    ...models.map(({ model, P, R, F1 }) => ({ name: `${model} (published)`, precision: P, recall: R, f1: F1 as number })),
    ...Object.entries(simple).map(([name, f1]) => ({ name: `${name} (measured)`, f1 })),
  ];
}
