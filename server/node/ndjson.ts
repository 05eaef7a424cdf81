import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { errorBodySchema, LyrebirdError } from '../../common';
import { asConnectionError, NodeConnectionError } from './http';

/** Longest line of an answer, characters: one event and its explanation. */
const MAX_LINE = 256 * 1024 * 1024;

/** Lines of a stream, without their line feeds; the stream is read no faster than the lines are taken. */
export async function* lines(stream: Readable): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    const text = decoder.write(chunk);
    let start = 0;
    for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', start)) {
      const line = rest + text.slice(start, end);
      rest = '';
      start = end + 1;
      if (line.trim() !== '') yield line;
    }
    rest += text.slice(start);
    if (rest.length > MAX_LINE) throw new NodeConnectionError(`a line of more than ${MAX_LINE} characters`);
  }
  rest += decoder.end();
  if (rest.trim() !== '') yield rest;
}

export function brokenStream(doing: string, cause?: unknown): LyrebirdError {
  return new LyrebirdError(
    'LYREBIRD_NODE_UNAVAILABLE',
    `The model node's stream broke while ${doing}: it ended before its summary.`,
    'The node was stopped or lost its connection. Resume the job: what is done already is not done twice.',
    { cause }
  );
}

/**
 * Yields each line's object and returns the summary, the last line, which has `done: true`. An answer that ends without it
 * broke off: LYREBIRD_NODE_UNAVAILABLE. A line in the shape of an error body is the node's own error. Leaving early closes the stream.
 */
export async function* linesWithSummary<Line, Summary>(
  stream: Readable,
  doing: string,
  parseSummary: (value: unknown) => Summary,
  signal?: AbortSignal
): AsyncGenerator<Line, Summary> {
  try {
    for await (const line of lines(stream)) {
      const value = parseLine(line, doing);
      if (value.done === true) return parseSummary(value);
      if ('code' in value && 'statusCode' in value) throw LyrebirdError.fromBody(errorBodySchema.parse(value));
      yield value as Line;
    }
  } catch (error) {
    const connection = asConnectionError(error as Error, signal);
    throw connection instanceof LyrebirdError ? connection : brokenStream(doing, error);
  } finally {
    stream.destroy();
  }
  throw brokenStream(doing);
}

function parseLine(line: string, doing: string): Record<string, unknown> {
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch (error) {
    // A cut line is how a killed node looks from here.
    throw brokenStream(doing, error);
  }
}
