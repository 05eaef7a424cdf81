import { isIP, isIPv4 } from 'node:net';
import { Blob, leafKey, storeLeaf, type Leaf } from '../leaf';
import { fitBins } from '../kinds/bins';
import { learnPattern, matchesPattern, type IdPattern } from '../kinds/id_pattern';
import { parseTime, type TimeFormat } from '../kinds/time_format';
import { shapeOf } from '../text_shape';
import type { FieldSpec, RichSpec } from '../spec';
import { findTemplates } from './find_templates';
import type { TimeSpec } from '../kinds/time';
import type { ScannedPath, ScannedRow } from './scan';
import { DAY_MS } from '../gap';

/** Values of one field that get a place of their own at most; the rest is written out. */
const MAX_VOCABULARY = 4096;
const NUMBER_BINS = 32;
const TIME_BINS = 24;
/** Offsets that differ by no more than this are not worth a token, ms. */
const JITTER = 2000;
/** Share of events with a value that never comes back, from which on a field is open-ended. */
const OPEN_NOVELTY = 0.05;
const ID_SHARE = 0.95;
const MAX_PATTERNS = 6;

export interface Period {
  from: number;
  to: number;
}

/** What kind of value a path holds: its vocabulary and what lies beyond it. Rules and counts of writing come later. */
export function decideField(scanned: ScannedPath, order: number, rows: readonly ScannedRow[], column: Int32Array, period: Period, isTimeField: boolean): FieldSpec {
  const { table, present } = scanned;
  const singles = table.counts.reduce((sum, count) => sum + (count === 1 ? 1 : 0), 0);
  const novelty = present === 0 ? 0 : singles / present;
  const rich = decideRich(scanned, rows, column, period, isTimeField, singles, novelty);
  const covered = richCover(rich);
  const open = rich?.kind === 'text' || rich?.kind === 'ip';
  // What a template writes needs no token of its own, unless it comes very often.
  const least = rich?.kind === 'text' && rich.templates ? Math.max(LEAST_TEMPLATED, FREQUENT_TEMPLATED * present) : 2;
  const ranked = table.values
    .map((leaf, id): { leaf: Leaf; id: number; count: number } => ({ leaf, id, count: table.counts[id] }))
    .filter(({ leaf, count }) => !(covered(leaf) && (!open || count < least)) && !(leaf instanceof Blob && leaf.json.length > 2000 && count < 2))
    .sort((a, b) => b.count - a.count || a.id - b.id)
    .slice(0, MAX_VOCABULARY);
  const known = new Set(ranked.map(({ leaf }) => leafKey(leaf)));
  let richCount = 0;
  table.values.forEach((leaf, id) => {
    if (covered(leaf) && !known.has(leafKey(leaf))) richCount += table.counts[id];
  });
  return {
    path: [...scanned.path],
    order,
    vocabulary: ranked.map(({ leaf }) => storeLeaf(leaf)),
    counts: ranked.map(({ count }) => count),
    absent: rows.length - present,
    richCount,
    ...(rich && { rich }),
    open,
    placeholder: scanned.placeholder,
    references: [],
    written: 1,
    chain: [],
  };
}

/** Which values a rich kind takes, without looking at a stream. */
function richCover(rich: RichSpec | undefined): (leaf: Leaf) => boolean {
  switch (rich?.kind) {
    case undefined:
      return () => false;
    case 'number':
      return (leaf) => typeof leaf === 'number';
    case 'time': {
      const formats = new Set(rich.formats.map(({ format }) => JSON.stringify(format)));
      return (leaf) => {
        const parsed = parseTime(leaf);
        return parsed !== undefined && formats.has(JSON.stringify(parsed.format));
      };
    }
    case 'id':
      return (leaf) => typeof leaf === 'string' && rich.patterns.some((pattern) => matchesPattern(pattern, leaf));
    case 'ip':
      return (leaf) => typeof leaf === 'string' && isIPv4(leaf);
    case 'text':
      return (leaf) => typeof leaf === 'string';
  }
}

function decideRich(
  scanned: ScannedPath,
  rows: readonly ScannedRow[],
  column: Int32Array,
  period: Period,
  isTimeField: boolean,
  singles: number,
  novelty: number
): RichSpec | undefined {
  const { table } = scanned;
  const of = (test: (leaf: Leaf) => boolean): { distinct: number; events: number } => {
    let distinct = 0;
    let events = 0;
    table.values.forEach((leaf, id) => {
      if (!test(leaf)) return;
      distinct++;
      events += table.counts[id];
    });
    return { distinct, events };
  };
  const strings = of((leaf) => typeof leaf === 'string');
  const numbers = of((leaf) => typeof leaf === 'number');
  const scalars = strings.events + numbers.events;
  if (scalars === 0) return undefined;
  const fleeting = isFleeting(scanned, period);

  const times = of((leaf) => parseTime(leaf) !== undefined);
  if (isTimeField || (times.events >= 0.9 * scalars && times.distinct >= 20 && fleeting)) {
    const time = fitTime(scanned, rows, column, isTimeField);
    if (time) return time;
  }
  if (numbers.events >= 0.9 * scalars && numbers.distinct > 16) {
    const many = scanned.present >= 200 ? novelty > OPEN_NOVELTY || numbers.distinct > 500 : novelty > 0.3;
    if (many) return { kind: 'number', bins: fitBins(expand(scanned), NUMBER_BINS) };
  }
  if (strings.events < 0.5 * scalars) return undefined;
  const addresses = of((leaf) => typeof leaf === 'string' && isIPv4(leaf));
  const isAddress = addresses.distinct >= 5 && (addresses.events >= 0.8 * strings.events || of((leaf) => typeof leaf === 'string' && isIP(leaf) !== 0).events === strings.events);
  if (isAddress) return { kind: 'ip' };
  if (strings.distinct >= 20 && fleeting && !scanned.placeholder) {
    const patterns = fitPatterns(scanned, strings.distinct);
    if (patterns) return { kind: 'id', patterns, pool: -1, repeats: strings.events - strings.distinct > 0.005 * strings.events };
  }
  if (singles >= 10 && scanned.present >= 50 && novelty > OPEN_NOVELTY) return openText(table.values.flatMap((leaf, id) => (typeof leaf === 'string' ? [[leaf, table.counts[id]] as const] : [])));
  return undefined;
}

/** Formats that subwords could misspell: their fields keep to values seen. */
const CLOSED_FORMATS: ReadonlyArray<(text: string) => boolean> = [
  (text) => isIP(text) !== 0,
  (text) => /^(true|false|yes|no)$/i.test(text),
  (text) => /^[-+]?\d+([.,]\d+)?([eE][-+]?\d+)?$/.test(text) && !/^\d+$/.test(text),
  (text) => /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d|$)/.test(text),
  (text) => /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(text),
  (text) => /^([0-9a-f]{2}[:-]){5,7}[0-9a-f]{2}$/i.test(text),
  (text) => /^0x[0-9a-f]+$/i.test(text),
];
const SHAPE_TEXTS = 20_000;
/** Times that a text of a field with templates must come to be a value of its own. */
const LEAST_TEMPLATED = 8;
const FREQUENT_TEMPLATED = 0.01;
/** Shorter texts, characters on average, are cheap as they are. */
const LEAST_TEMPLATE_LENGTH = 16;

/** Text that may be made up; undefined when all or nearly all of it has a format that text made up would break. */
function openText(texts: ReadonlyArray<readonly [text: string, count: number]>): RichSpec | undefined {
  const sample = texts.slice(0, SHAPE_TEXTS).map(([text]) => text);
  const formatted = sample.filter((text) => CLOSED_FORMATS.some((matches) => matches(text))).length;
  if (formatted > 0.5 * sample.length) return undefined;
  const long = sample.reduce((sum, text) => sum + text.length, 0) >= LEAST_TEMPLATE_LENGTH * sample.length;
  return { kind: 'text', shape: shapeOf(sample, (text) => Buffer.byteLength(text)), ...(long && findTemplates(texts)) };
}

/** Values that come and go: more than half are used once, or four in five live less than a day (or a tenth of the period). */
function isFleeting({ table, present }: ScannedPath, period: Period): boolean {
  if (table.values.length > 0.5 * present) return true;
  const life = Math.min(DAY_MS, (period.to - period.from) / 10);
  let short = 0;
  for (let id = 0; id < table.values.length; id++) if (table.last[id] - table.first[id] <= life) short++;
  return table.values.length >= 20 && short > 0.8 * table.values.length;
}

function expand({ table }: ScannedPath): number[] {
  const numbers: number[] = [];
  table.values.forEach((leaf, id) => {
    if (typeof leaf === 'number') for (let i = 0; i < table.counts[id]; i++) numbers.push(leaf);
  });
  return numbers;
}

function fitTime({ table }: ScannedPath, rows: readonly ScannedRow[], column: Int32Array, isTimeField: boolean): TimeSpec | undefined {
  const parsed = table.values.map((leaf) => parseTime(leaf));
  const formats = new Map<string, { format: TimeFormat; count: number }>();
  parsed.forEach((time, id) => {
    if (!time) return;
    const key = JSON.stringify(time.format);
    const entry = formats.get(key) ?? { format: time.format, count: 0 };
    entry.count += table.counts[id];
    formats.set(key, entry);
  });
  const offsets: number[] = [];
  rows.forEach(({ time }, row) => {
    const value = column[row] < 0 ? undefined : parsed[column[row]];
    if (value) offsets.push(value.time - time);
  });
  if (offsets.length === 0) return undefined;
  const sorted = [...offsets].sort((a, b) => a - b);
  const spread = sorted[Math.floor(sorted.length * 0.995)] - sorted[Math.floor(sorted.length * 0.005)];
  const close = spread <= JITTER;
  // The event's own time follows the stream; what is far from it is an exception rather than a bin.
  const kept = close || isTimeField ? sorted.filter((offset) => Math.abs(offset - sorted[sorted.length >> 1]) <= JITTER) : sorted;
  return {
    kind: 'time',
    bins: fitBins(kept, close || isTimeField ? 1 : TIME_BINS),
    formats: [...formats.values()].sort((a, b) => b.count - a.count).slice(0, 16),
  };
}

function fitPatterns({ table }: ScannedPath, distinct: number): IdPattern[] | undefined {
  const byLength = new Map<number, string[]>();
  for (const leaf of table.values) {
    if (typeof leaf !== 'string') continue;
    const list = byLength.get(leaf.length);
    if (list) list.push(leaf);
    else byLength.set(leaf.length, [leaf]);
  }
  const patterns: IdPattern[] = [];
  let covered = 0;
  for (const list of [...byLength.values()].sort((a, b) => b.length - a.length).slice(0, MAX_PATTERNS)) {
    if (list.length < Math.max(5, 0.03 * distinct)) continue;
    const pattern = learnPattern(list);
    if (!pattern) continue;
    patterns.push(pattern);
    covered += list.length;
  }
  return covered >= ID_SHARE * distinct ? patterns : undefined;
}
