import { closeSync, fstatSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs';
import { LyrebirdError } from '../../common';
import { setChannels, type Position } from '../codec';
import { RECORD } from './types';

const RECORD_BYTES = RECORD * 2;
const START_BYTES = 4;
const NOTHING: Position = { field: 0, slot: 0, weekday: 0, place: 0, former: 0 };
/** Records buffered before a write, and starts read at a time. */
const BUFFERED = 1 << 14;

export const tokensPath = (path: string) => `${path}.tokens`;
export const startsPath = (path: string) => `${path}.starts`;

export interface TokenFileInfo {
  /** Records, the openings of the streams among them. */
  records: number;
  events: number;
}

/**
 * Writes the two files of a split (see types.ts) in the order of the calls. Values that do not fit their record throw
 * LYREBIRD_INTERNAL: the codec promises that they do. Call `close` in any case; it flushes to the disk.
 */
export class TokenFileWriter {
  private readonly tokens: number;
  private readonly starts: number;
  private readonly records = new Uint16Array(BUFFERED * RECORD);
  private readonly offsets = new Uint32Array(BUFFERED);
  /** One record before it is known to fit. */
  private readonly values: number[] = [];
  private buffered = 0;
  private bufferedStarts = 0;
  private entity: number | undefined;
  private written = 0;
  private events = 0;
  private streams = 0;
  private closed = false;

  constructor(path: string) {
    this.tokens = openSync(tokensPath(path), 'w');
    this.starts = openSync(startsPath(path), 'w');
  }

  /** Opens the stream of an entity with a BOS record. */
  startStream(entity: number, bos: number): void {
    this.entity = entity;
    this.streams += 1;
    this.record(bos, NOTHING, 0);
  }

  /** The next event of the stream: one position a token. */
  event(tokens: ArrayLike<number>, positions: readonly Position[], technique: number): void {
    if (tokens.length === 0) return;
    if (positions.length !== tokens.length) throw new LyrebirdError('LYREBIRD_INTERNAL', `An event of ${tokens.length} tokens came with ${positions.length} positions.`);
    const start = this.written + this.buffered;
    if (start > 0xffff_ffff) {
      throw new LyrebirdError('LYREBIRD_TOO_LARGE', `The data set has more than ${0xffff_ffff} tokens.`, 'Train on a shorter time range or fewer fields.');
    }
    this.offsets[this.bufferedStarts++] = start;
    if (this.bufferedStarts === BUFFERED) this.flushStarts();
    this.events += 1;
    for (let i = 0; i < tokens.length; i++) this.record(tokens[i], positions[i], technique);
  }

  private record(token: number, position: Position, technique: number): void {
    if (this.entity === undefined) throw new LyrebirdError('LYREBIRD_INTERNAL', 'An event came before the first startStream.');
    const { values } = this;
    values[0] = token;
    setChannels(values, 1, position, { entity: this.entity, technique }, true);
    const at = this.buffered * RECORD;
    for (let i = 0; i < RECORD; i++) {
      const value = values[i];
      if (!(Number.isInteger(value) && value >= 0 && value <= 0xffff)) {
        const name = ['token', 'field', 'entity', 'slot', 'weekday', 'place', 'technique', 'former token'][i];
        throw new LyrebirdError('LYREBIRD_INTERNAL', `The ${name} ${value} does not fit a record: expected an integer of 0 to 65535.`);
      }
      this.records[at + i] = value;
    }
    this.buffered += 1;
    if (this.buffered === BUFFERED) this.flushRecords();
  }

  private flushRecords(): void {
    writeAll(this.tokens, this.records.subarray(0, this.buffered * RECORD));
    this.written += this.buffered;
    this.buffered = 0;
  }

  private flushStarts(): void {
    writeAll(this.starts, this.offsets.subarray(0, this.bufferedStarts));
    this.bufferedStarts = 0;
  }

  get counts(): TokenFileInfo & { streams: number } {
    return { records: this.written + this.buffered, events: this.events, streams: this.streams };
  }

  close(): TokenFileInfo & { streams: number } {
    if (!this.closed) {
      this.closed = true;
      try {
        this.flushRecords();
        this.flushStarts();
        fsyncSync(this.tokens);
        fsyncSync(this.starts);
      } finally {
        closeSync(this.tokens);
        closeSync(this.starts);
      }
    }
    return this.counts;
  }
}

function writeAll(file: number, values: Uint16Array | Uint32Array): void {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  for (let written = 0; written < bytes.length; ) written += writeSync(file, bytes, written);
}

/** Reads records at random places and streams the starts; memory does not grow with the file. */
export class TokenFile {
  readonly records: number;
  readonly events: number;
  private readonly tokens: number;
  private readonly starts: number;

  /** Throws LYREBIRD_NOT_FOUND or, when the files end within a record, LYREBIRD_CORRUPT. */
  constructor(readonly path: string) {
    this.tokens = openExisting(tokensPath(path));
    try {
      this.starts = openExisting(startsPath(path));
    } catch (error) {
      closeSync(this.tokens);
      throw error;
    }
    try {
      this.records = count(this.tokens, RECORD_BYTES, tokensPath(path));
      this.events = count(this.starts, START_BYTES, startsPath(path));
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Up to `length` records from `from` on: fewer at the end of the file. RECORD values each. */
  read(from: number, length: number): Uint16Array {
    const values = new Uint16Array(Math.max(0, Math.min(length, this.records - from)) * RECORD);
    readAll(this.tokens, values, from * RECORD_BYTES, tokensPath(this.path));
    return values;
  }

  /** The record at which each event starts, in ascending order. */
  *eventStarts(): Generator<number> {
    const chunk = new Uint32Array(BUFFERED);
    for (let from = 0; from < this.events; from += BUFFERED) {
      const part = chunk.subarray(0, Math.min(BUFFERED, this.events - from));
      readAll(this.starts, part, from * START_BYTES, startsPath(this.path));
      yield* part;
    }
  }

  close(): void {
    closeSync(this.tokens);
    closeSync(this.starts);
  }
}

export function readTokenFileInfo(path: string): TokenFileInfo {
  const file = new TokenFile(path);
  file.close();
  return { records: file.records, events: file.events };
}

function openExisting(path: string): number {
  try {
    return openSync(path, 'r');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause;
    throw new LyrebirdError('LYREBIRD_NOT_FOUND', `There is no token file ${path}.`, 'Run the encode stage again.', { cause });
  }
}

function count(file: number, size: number, path: string): number {
  const bytes = fstatSync(file).size;
  if (bytes % size !== 0) throw corrupt(path, `its ${bytes} bytes are no multiple of ${size}`);
  return bytes / size;
}

function readAll(file: number, into: Uint16Array | Uint32Array, position: number, path: string): void {
  const bytes = new Uint8Array(into.buffer, into.byteOffset, into.byteLength);
  for (let read = 0; read < bytes.length; ) {
    const got = readSync(file, bytes, read, bytes.length - read, position + read);
    if (got === 0) throw corrupt(path, `it ends at byte ${position + read}`);
    read += got;
  }
}

export function corrupt(path: string, reason: string): LyrebirdError {
  return new LyrebirdError('LYREBIRD_CORRUPT', `The token file ${path} is damaged: ${reason}.`, 'Run the encode stage again.');
}
