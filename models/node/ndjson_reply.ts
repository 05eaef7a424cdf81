import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import { toLyrebirdError } from '../../common';

/** Lines are sent in pieces of about this many characters, or when this much time has passed (milliseconds). */
const PIECE = 16 * 1024;
const PIECE_MS = 100;

/**
 * Streams values as NDJSON with the reader's pace. The first value is made before the answer begins, so that whatever is
 * wrong with the request is a proper HTTP error; a later error becomes the last line, in the shape of an error body.
 *
 * @param lineOf a value's line; by default its JSON
 */
export async function sendNdjson<T>(reply: FastifyReply, values: AsyncGenerator<T>, onError: (error: unknown) => void, lineOf: (value: T) => string = (value) => JSON.stringify(value)): Promise<FastifyReply> {
  const first = await values.next();
  // A reader that hangs up before the first line is taken would leave the generator waiting for ever.
  reply.raw.once('close', () => void values.return(undefined).catch(onError));
  async function* lines(): AsyncGenerator<string> {
    let piece = '';
    let since = Date.now();
    try {
      for (let next = first; !next.done; next = await values.next()) {
        piece += `${lineOf(next.value)}\n`;
        if (piece.length >= PIECE || Date.now() - since >= PIECE_MS) {
          yield piece;
          piece = '';
          since = Date.now();
        }
      }
    } catch (error) {
      onError(error);
      piece += `${JSON.stringify(toLyrebirdError(error).toBody())}\n`;
    } finally {
      await values.return(undefined);
    }
    if (piece !== '') yield piece;
  }
  return reply.header('content-type', 'application/x-ndjson').send(Readable.from(lines(), { objectMode: false }));
}
