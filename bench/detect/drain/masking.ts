/** What stands in a template where lines differ. */
export const WILDCARD = '<*>';

/** A parameter that is known by its looks: each match becomes a wildcard before lines are compared. */
export type Mask = RegExp;

const BEFORE = '(?<![\\p{L}\\p{N}])';
const AFTER = '(?![\\p{L}\\p{N}])';
const whole = (source: string, flags = 'gu') => new RegExp(`${BEFORE}(?:${source})${AFTER}`, flags);

/**
 * Parameters that look alike in all logs, in the order in which they are masked (as Drain3's masking): UUIDs, HDFS blocks, addresses with or
 * without a port, hexadecimal numbers, and decimal numbers. Each stands alone: `node7` is a word.
 */
export const DEFAULT_MASKS: readonly Mask[] = [
  whole('[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}', 'giu'),
  whole('blk_-?\\d+'),
  whole('\\d{1,3}(?:\\.\\d{1,3}){3}(?::\\d+)?'),
  whole('0x[0-9a-f]+|(?=[0-9a-f]*\\d)(?=[0-9a-f]*[a-f])[0-9a-f]{8,}', 'giu'),
  whole('[-+]?\\d+(?:[.,]\\d+)*'),
];

/** The line with a wildcard for each match; a line that holds the wildcard's own characters keeps them. */
export const maskLine = (line: string, masks: readonly Mask[]): string => masks.reduce((text, mask) => text.replace(mask, WILDCARD), line);
