import { createReadStream, createWriteStream } from 'node:fs';
import type { WriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { once } from 'node:events';
import path from 'node:path';
import { finished } from 'node:stream/promises';
import type { LogEvent } from '../../common';
import { splitLines } from '../dataset';
import type { PreparedEvent } from '../codec/types';

/** Shards keep memory flat: each is sorted in memory alone, and every entity lives in exactly one. */
export const SHARDS = 64;

interface Line {
  n: string;
  t: number;
  l: string;
  q?: string;
  s: LogEvent;
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h >>> 0;
}

const shardPath = (folder: string, shard: number) => path.join(folder, `${String(shard).padStart(2, '0')}.ndjson`);

/** Distributes events over shard files by entity, with back-pressure. */
export class ShardWriter {
  private readonly streams: WriteStream[] = [];
  private failure: Error | undefined;

  private constructor(folder: string) {
    for (let shard = 0; shard < SHARDS; shard++) {
      const stream = createWriteStream(shardPath(folder, shard));
      // Kept for the next write(): a full disk is reported to the job, not to the process.
      stream.on('error', (error) => (this.failure ??= error));
      this.streams.push(stream);
    }
  }

  static async create(folder: string): Promise<ShardWriter> {
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    return new ShardWriter(folder);
  }

  async write(event: PreparedEvent): Promise<void> {
    if (this.failure) throw this.failure;
    const line: Line = { n: event.entity, t: event.time, l: event.logType, q: event.technique, s: event.event };
    const stream = this.streams[hash(event.entity) % SHARDS];
    if (!stream.write(`${JSON.stringify(line)}\n`)) await once(stream, 'drain');
  }

  async close(): Promise<void> {
    for (const stream of this.streams) stream.end();
    await Promise.all(this.streams.map((stream) => finished(stream)));
    if (this.failure) throw this.failure;
  }
}

/** Streams of one shard: an array per entity, in time order (events at the same millisecond keep the order they came in). */
export async function readShard(folder: string, shard: number): Promise<PreparedEvent[][]> {
  const byEntity = new Map<string, PreparedEvent[]>();
  for await (const lines of splitLines(createReadStream(shardPath(folder, shard)), Infinity)) {
    for (const text of lines) {
      const line = JSON.parse(text!.toString('utf8')) as Line;
      const stream = byEntity.get(line.n) ?? byEntity.set(line.n, []).get(line.n)!;
      stream.push({ entity: line.n, time: line.t, logType: line.l, technique: line.q, event: line.s });
    }
  }
  for (const stream of byEntity.values()) stream.sort((a, b) => a.time - b.time);
  return [...byEntity.keys()].sort().map((entity) => byEntity.get(entity)!);
}
