import { createHash } from 'node:crypto';
import type { Client } from '@elastic/elasticsearch';
import { LyrebirdError } from '../../../common';
import { callElasticsearch } from '../../elasticsearch';
import { anomalyId } from '../anomaly_documents';

/** A window is kept in so many pieces: what changes with a batch is one or two of them. */
const SLOTS = 60;
/** So many windows long it is counted what came too late. */
const MISSED_WINDOWS = 10;
/** Events that are remembered at most, some 40 MB; beyond that the window gets shorter. */
const MAX_SEEN = 1_000_000;
const KEY_BYTES = 6;

/** What the checkpoint keeps: the rest lies in documents of its own, one a slot. */
export interface SeenCheckpoint {
  /** Earliest time, ms, from which on events are accounted for. */
  from: number;
  /** Earliest time, ms, from which on they are remembered one by one. */
  floor: number;
  /** Starts of the slots that have a document, ms. */
  slots: number[];
  /** Slots before the floor, by start, and the events that each is known to have had. */
  past: Array<[start: number, events: number]>;
}

interface Slot {
  /** All that were seen, the newest last. */
  seen: Set<number>;
  /** Those of them that came with the batch that is not checkpointed yet. */
  fresh: number;
  changed: boolean;
}

interface SlotDocument {
  /** Batch that it was written with. */
  batch: number;
  /** How many of the keys, at the end, came with this batch. */
  fresh: number;
  /** Keys, base64 of six bytes each. */
  keys: string;
}

/** An event's identity as a number: 48 bits of a hash. */
export function eventKey({ _index, _id }: { _index: string; _id: string }): number {
  return createHash('sha1').update(`${_index}\0${_id}`).digest().readUIntBE(0, KEY_BYTES);
}

/**
 * Which events of the last while were scored, so that those that arrive late are told from them. Kept in the job's index, in documents
 * that are written with a batch's results and count only once its checkpoint is stored: what a killed run has written beyond that is
 * forgotten again.
 */
export class SeenEvents {
  private readonly slots = new Map<number, Slot>();
  private readonly past: Map<number, number>;
  private expired: number[] = [];
  private from: number;
  private floor: number;
  /** Width of a slot, ms. */
  readonly slotMs: number;
  private readonly windowMs: number;

  private constructor(
    private readonly jobId: string,
    windowSeconds: number,
    checkpoint: SeenCheckpoint | undefined
  ) {
    this.slotMs = Math.max(1, Math.ceil(windowSeconds / SLOTS)) * 1000;
    this.windowMs = windowSeconds * 1000;
    this.from = checkpoint?.from ?? Infinity;
    this.floor = checkpoint?.floor ?? -Infinity;
    this.past = new Map(checkpoint?.past);
  }

  /** As it was when the batch was checkpointed. */
  static async load(client: Client, index: string, jobId: string, windowSeconds: number, checkpoint: SeenCheckpoint | undefined, batch: number, signal?: AbortSignal): Promise<SeenEvents> {
    const seen = new SeenEvents(jobId, windowSeconds, checkpoint);
    const starts = checkpoint?.slots ?? [];
    if (starts.length === 0) return seen;
    // By id: as they were last written, whether a search finds them yet or not.
    const ids = starts.map((start) => seen.idOf(start));
    const { docs } = await callElasticsearch((transport) => client.mget<{ lyrebird: { seen: SlotDocument } }>({ index, ids }, transport), { doing: 'read which events were scored', signal });
    docs.forEach((doc, position) => {
      // A shard that is away must not be taken for events that were not scored.
      if ('error' in doc) throw new LyrebirdError('LYREBIRD_ELASTICSEARCH_UNAVAILABLE', `Could not read which events were scored: ${doc.error.reason ?? doc.error.type}.`, 'The cluster is restarting: it is tried again.');
      if (!('_source' in doc) || !doc._source) return;
      const { batch: written, fresh, keys } = doc._source.lyrebird.seen;
      const all = keysOf(keys);
      const undone = written > batch;
      seen.slots.set(starts[position], { seen: new Set(undone ? all.slice(0, all.length - fresh) : all), fresh: 0, changed: undone });
    });
    return seen;
  }

  has(hit: { _index: string; _id: string }, time: number): boolean {
    return this.slots.get(this.startOf(time))?.seen.has(eventKey(hit)) === true;
  }

  add(hit: { _index: string; _id: string }, time: number): void {
    const start = this.startOf(time);
    if (time < this.floor) {
      if (start >= this.since) this.past.set(start, (this.past.get(start) ?? 0) + 1);
      return;
    }
    let slot = this.slots.get(start);
    if (slot === undefined) this.slots.set(start, (slot = { seen: new Set(), fresh: 0, changed: true }));
    const before = slot.seen.size;
    slot.seen.add(eventKey(hit));
    slot.fresh += slot.seen.size - before;
    slot.changed = true;
  }

  /** Forgets what is a window older than `end`, but for the numbers. */
  moveTo(end: number): void {
    this.raise(this.startOf(end - this.windowMs));
    let total = [...this.slots.values()].reduce((sum, { seen }) => sum + seen.size, 0);
    for (const start of [...this.slots.keys()].sort((a, b) => a - b)) {
      if (total <= MAX_SEEN || this.slots.size === 1) break;
      total -= this.slots.get(start)!.seen.size;
      this.raise(start + this.slotMs);
    }
  }

  private raise(floor: number): void {
    if (floor <= this.floor) return;
    this.floor = floor;
    this.from = Math.min(this.from, floor);
    for (const [start, { seen }] of this.slots) {
      if (start >= floor) continue;
      this.past.set(start, seen.size);
      this.slots.delete(start);
      this.expired.push(start);
    }
    for (const start of this.past.keys()) if (start < this.since) this.past.delete(start);
  }

  /** From when on, ms, events are accounted for. */
  get since(): number {
    return Math.max(this.from, this.startOf(this.floor - MISSED_WINDOWS * this.windowMs));
  }
  /** From when on, ms, each event is remembered. */
  get rememberedFrom(): number {
    return this.floor;
  }
  /** Events of a slot that were scored. */
  countOf(start: number): number {
    return this.slots.get(start)?.seen.size ?? 0;
  }
  startOf(time: number): number {
    return Math.floor(time / this.slotMs) * this.slotMs;
  }

  /** Takes the number of events that a slot before the floor has now; returns how many have come since. */
  missed(start: number, events: number): number {
    const known = this.past.get(start) ?? 0;
    if (events <= known) return 0;
    this.past.set(start, events);
    return events - known;
  }

  /** Documents that hold what has changed, written with this batch. */
  documents(batch: number): Array<{ id: string; document: object }> {
    return [...this.slots].flatMap(([start, { seen, fresh, changed }]) => {
      if (!changed) return [];
      const document: SlotDocument = { batch, fresh, keys: textOf(seen) };
      return [{ id: this.idOf(start), document: { job_id: this.jobId, result_type: 'seen', timestamp: new Date(start).toISOString(), lyrebird: { seen: document } } }];
    });
  }

  /** The checkpoint that goes with these documents. */
  checkpoint(): SeenCheckpoint {
    return { from: this.from, floor: this.floor, slots: [...this.slots.keys()], past: [...this.past] };
  }

  /** The batch is checkpointed: its events are seen for good. Returns the ids of documents that nobody needs any more. */
  settle(): string[] {
    for (const slot of this.slots.values()) {
      slot.fresh = 0;
      slot.changed = false;
    }
    const gone = this.expired.map((start) => this.idOf(start));
    this.expired = [];
    return gone;
  }

  private idOf(start: number): string {
    return anomalyId('seen', this.jobId, start);
  }
}

function textOf(keys: Set<number>): string {
  const bytes = Buffer.alloc(keys.size * KEY_BYTES);
  let at = 0;
  for (const key of keys) at = bytes.writeUIntBE(key, at, KEY_BYTES);
  return bytes.toString('base64');
}

function keysOf(text: string): number[] {
  const bytes = Buffer.from(text, 'base64');
  return Array.from({ length: bytes.length / KEY_BYTES }, (_, i) => bytes.readUIntBE(i * KEY_BYTES, KEY_BYTES));
}
