/** Longest line that is kept in memory; a longer one is skipped while it streams past, and counted. */
export const MAX_LINE_BYTES = 16 * 1024 * 1024;

const LF = 0x0a;
const CR = 0x0d;
const BOM = Buffer.from([0xef, 0xbb, 0xbf]);

/** A line without its end; `null` stands for a line longer than the limit. */
export type Line = Buffer | null;

/**
 * Splits bytes into lines, one batch a chunk. Empty lines, a byte order mark and the CR of a CRLF are dropped. Memory
 * is at most one line and one chunk, whatever the input.
 */
export async function* splitLines(source: AsyncIterable<Buffer>, maxBytes = MAX_LINE_BYTES): AsyncGenerator<Line[]> {
  let pieces: Buffer[] = [];
  let length = 0;
  let tooLong = false;
  let first = true;

  const take = (end: Buffer): Line | undefined => {
    const over = tooLong || length + end.length > maxBytes;
    let line = over ? null : pieces.length === 0 ? end : Buffer.concat([...pieces, end]);
    pieces = [];
    length = 0;
    tooLong = false;
    if (line === null) return null;
    if (first) {
      first = false;
      if (line.subarray(0, 3).equals(BOM)) line = line.subarray(3);
    }
    if (line.length > 0 && line[line.length - 1] === CR) line = line.subarray(0, -1);
    return line.length === 0 ? undefined : line;
  };

  for await (const chunk of source) {
    const lines: Line[] = [];
    let from = 0;
    for (let at = chunk.indexOf(LF); at >= 0; at = chunk.indexOf(LF, from)) {
      const line = take(chunk.subarray(from, at));
      if (line !== undefined) lines.push(line);
      from = at + 1;
    }
    if (from < chunk.length && !tooLong) {
      const rest = chunk.subarray(from);
      length += rest.length;
      tooLong = length > maxBytes;
      if (tooLong) pieces = [];
      // A copy, so that a short rest does not keep its whole chunk alive.
      else pieces.push(Buffer.from(rest));
    }
    if (lines.length > 0) yield lines;
  }
  if (length > 0 || tooLong) {
    const line = take(Buffer.alloc(0));
    if (line !== undefined) yield [line];
  }
}
