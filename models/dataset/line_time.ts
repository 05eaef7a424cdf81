import { parseTime } from '../../common';

/** A line tells its time near its beginning. */
const MOST = 160;
const CLOCK = '\\d{2}:\\d{2}:\\d{2}';
const MONTHS = 'Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec';
const century = (year: string): string => (year.length === 4 ? year : `20${year}`);

/** How logs write times, and the same in a form that `parseTime` reads. A time without its year is none. */
const FORMATS: ReadonlyArray<readonly [RegExp, (...groups: string[]) => string]> = [
  [new RegExp(`\\d{4}-\\d{2}-\\d{2}[T ]${CLOCK}(?:[.,]\\d{1,9})?(?: ?(?:Z|UTC|[+-]\\d{2}:?\\d{2})\\b)?`), (all) => all],
  // Common Log Format.
  [new RegExp(`\\d{2}/(?:${MONTHS})/\\d{4}:${CLOCK} [+-]\\d{4}`), (all) => all],
  // nginx, Hadoop, Spark.
  [new RegExp(`\\b(\\d{2}|\\d{4})/(\\d{2})/(\\d{2}) (${CLOCK})`), (_, year, month, day, clock) => `${century(year)}-${month}-${day} ${clock}`],
  // Apache's error log.
  [new RegExp(`(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) (${MONTHS}) +(\\d{1,2}) (${CLOCK})(?:\\.\\d+)? (\\d{4})`), (_, month, day, clock, year) => `${day} ${month} ${year} ${clock}`],
  // Blue Gene.
  [/\b(\d{4}-\d{2}-\d{2})-(\d{2})\.(\d{2})\.(\d{2}\.\d{1,6})\b/, (_, date, hours, minutes, seconds) => `${date} ${hours}:${minutes}:${seconds}`],
  // HDFS.
  [/^(\d{2})(\d{2})(\d{2}) (\d{2})(\d{2})(\d{2})\b/, (_, year, month, day, hours, minutes, seconds) => `20${year}-${month}-${day} ${hours}:${minutes}:${seconds}`],
];

/** Takes the first time out of a line of text: ISO 8601, and what is left. Undefined for a line that tells none. */
export function splitTime(line: string): { time: string; rest: string } | undefined {
  const head = line.slice(0, MOST);
  let first: { from: number; to: number; time: number } | undefined;
  for (const [format, write] of FORMATS) {
    const match = format.exec(head);
    const time = match === null || (first !== undefined && match.index >= first.from) ? undefined : parseTime(write(...match));
    if (time !== undefined) first = { from: match!.index, to: match!.index + match![0].length, time };
  }
  if (first === undefined) return undefined;
  const bracketed = line[first.from - 1] === '[' && line[first.to] === ']';
  const before = line.slice(0, first.from - (bracketed ? 1 : 0));
  const after = line.slice(first.to + (bracketed ? 1 : 0));
  const rest = before.trim() === '' ? after.trimStart() : before.trimEnd() + after;
  return { time: new Date(first.time).toISOString(), rest };
}
