import { once } from 'node:events';
import { createReadStream, createWriteStream, existsSync, type WriteStream } from 'node:fs';
import { stat, truncate } from 'node:fs/promises';
import { finished } from 'node:stream/promises';
import { LyrebirdError } from '../../common';
import { splitLines, type Line } from '../dataset';
import { UsageError } from './exit_codes';

/**
 * A file that a run writes its events to, a line each. A run that was interrupted is run again: the same seed gives the same events, so
 * those that are there are held against it, and the file goes on after them.
 */
export class EventFile {
  /** Lines that were there already. */
  kept = 0;
  private writer?: { stream: WriteStream; done: Promise<void> };
  private readonly before?: AsyncGenerator<Line>;
  /** Bytes up to the end of the line that was kept last. */
  private at = 0;
  /** Bytes of a line after it that was cut where the writing ended. */
  private torn = 0;

  private constructor(private readonly file: string) {
    if (existsSync(file)) this.before = linesOf(file);
  }

  static open(file: string, resume: boolean | undefined): EventFile {
    if (resume && !existsSync(file)) throw new UsageError(`${file} does not exist: there is nothing to resume`);
    if (!resume && existsSync(file)) throw new UsageError(`${file} exists; add --resume to go on with an interrupted run, or choose another file`);
    return new EventFile(file);
  }

  /** @throws LYREBIRD_CONFLICT when the file holds another line there */
  async line(text: string): Promise<void> {
    if (this.writer === undefined && (await this.isThere(text))) return;
    const { stream, done } = (this.writer ??= await this.goOn());
    if (!stream.write(`${text}\n`)) await Promise.race([once(stream, 'drain'), done]);
  }

  /** @throws LYREBIRD_CONFLICT when the file holds more than was written */
  async end(): Promise<void> {
    if (this.writer === undefined && this.before && !(await this.before.next()).done) throw this.conflict('more');
    const { stream, done } = (this.writer ??= await this.goOn());
    stream.end();
    await done;
  }

  /** Closes the file as it is, after something went wrong. */
  async abandon(): Promise<void> {
    await this.before?.return(undefined);
    this.writer?.stream.end();
    await this.writer?.done.catch(() => undefined);
  }

  private async isThere(text: string): Promise<boolean> {
    const next = await this.before?.next();
    if (next === undefined || next.done) return false;
    const bytes = Buffer.from(text);
    if (next.value?.equals(bytes)) {
      this.kept++;
      this.at += bytes.length + 1;
      return true;
    }
    this.torn = next.value?.length ?? 0;
    if (next.value?.equals(bytes.subarray(0, this.torn)) && (await this.before!.next()).done) return false;
    throw this.conflict('others');
  }

  private async goOn(): Promise<{ stream: WriteStream; done: Promise<void> }> {
    let lost = '';
    if (this.before) {
      const { size } = await stat(this.file);
      // The last line's end may be missing.
      if (size === this.at - 1) [this.at, lost] = [size, '\n'];
      // Empty lines or others' line ends: what was kept does not stand where it was written.
      else if (size !== this.at + this.torn) throw this.conflict('others');
      await truncate(this.file, this.at);
    }
    const stream = createWriteStream(this.file, { flags: 'a' });
    const done = finished(stream);
    // Looked at when the next line is written or at the end; until then it must not count as unhandled.
    done.catch(() => undefined);
    if (lost) stream.write(lost);
    return { stream, done };
  }

  private conflict(what: 'more' | 'others'): LyrebirdError {
    return new LyrebirdError(
      'LYREBIRD_CONFLICT',
      what === 'more' ? `${this.file} holds more events than these options give.` : `${this.file} holds other events than these options give: event ${this.kept + 1} differs.`,
      'Resume with the same model, options and seed, or choose another file.'
    );
  }
}

async function* linesOf(file: string): AsyncGenerator<Line> {
  for await (const lines of splitLines(createReadStream(file))) yield* lines;
}
