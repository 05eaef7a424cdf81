import { createHmac, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { LyrebirdError, type LogEvent } from '../../common';
import { BloomFilter, bloomFilterSchema } from './bloom_filter';
import { projectionOf, type Fresh } from './guard_projection';

/** Share of other events that are taken for copies. */
const FALSE_POSITIVES = 0.001;

/** `guard.json` of a model folder. */
export const guardSchema = z.object({
  version: z.literal(1),
  /** Hexadecimal; of this model alone, so that no two models' guards can be compared. */
  salt: z.string(),
  /** Normal training events looked at, and those of them that are guarded. */
  events: z.object({ seen: z.number().int(), guarded: z.number().int() }),
  /** Share of held-out events that repeat a guarded one: what chance alone does. Absent when nothing is held out. */
  chance: z.number().optional(),
  /** By log type, the paths that are no part of what is compared. */
  fresh: z.union([z.literal('by form'), z.record(z.string(), z.array(z.string()))]),
  filter: bloomFilterSchema,
});
export type GuardFile = z.infer<typeof guardSchema>;

/** Tells whether an event repeats a rare combination of the training data; it holds none of them, only a filter of keyed hashes. */
export class MemorisationGuard {
  private readonly filter: BloomFilter;
  private readonly fresh: FreshByType;
  private readonly salt: Buffer;

  private constructor(private readonly file: GuardFile) {
    this.filter = BloomFilter.fromJSON(file.filter);
    this.fresh = file.fresh === 'by form' ? file.fresh : new Map(Object.entries(file.fresh).map(([logType, paths]) => [logType, new Set(paths)]));
    this.salt = Buffer.from(file.salt, 'hex');
  }

  /** @throws LYREBIRD_CORRUPT */
  static fromJSON(json: unknown): MemorisationGuard {
    const parsed = guardSchema.safeParse(json);
    if (parsed.success) return new MemorisationGuard(parsed.data);
    const { path, message } = parsed.error.issues[0];
    throw new LyrebirdError('LYREBIRD_CORRUPT', `The model's guard.json is not of this version: ${path.join('.')}: ${message}.`, 'Train the model again.');
  }

  get chance(): number | undefined {
    return this.file.chance;
  }

  isCopy(entity: string, logType: string, event: LogEvent): boolean {
    return this.filter.has(digestOf(this.salt, entity, projectionOf(logType, event, freshOf(this.fresh, logType))));
  }
}

type FreshByType = ReadonlyMap<string, ReadonlySet<string>> | 'by form';
const freshOf = (fresh: FreshByType, logType: string): Fresh | undefined => (fresh === 'by form' ? fresh : fresh.get(logType));

/** The parts of a prepared event that count here. */
export interface GuardedEvent {
  logType: string;
  event: LogEvent;
  technique?: string;
}

/**
 * Finds the rare combinations of training data, an entity at a time. An event is one when it holds a value that its entity had in no other
 * event: nothing but this very event links the two, so whoever writes it again, all else being equal, knows it by heart. Events whose every
 * value the entity had more often are habits put together; that two events agree in all of them happens by chance.
 */
export class GuardBuilder {
  private readonly salt = randomBytes(32);
  private readonly digests: Buffer[] = [];
  private seen = 0;

  /** @param fresh by log type, paths that are no part of the comparison */
  constructor(private readonly fresh: FreshByType) {}

  /** Takes all training events of one entity. Labelled ones are attacks, learned to be repeated. */
  add(entity: string, events: readonly GuardedEvent[]): void {
    const normal = events.filter(({ technique }) => technique === undefined);
    this.seen += normal.length;
    const times = new Map<string, number>();
    const projections = normal.map(({ logType, event }) => projectionOf(logType, event, freshOf(this.fresh, logType)));
    for (const projection of projections) for (const part of partsOf(projection)) times.set(part, (times.get(part) ?? 0) + 1);
    for (const projection of projections) {
      if (partsOf(projection).some((part) => times.get(part) === 1)) this.digests.push(digestOf(this.salt, entity, projection));
    }
  }

  /** @param heldout events that the model does not learn, to tell what chance does */
  async finish(heldout: AsyncIterable<readonly [entity: string, events: readonly GuardedEvent[]]>): Promise<GuardFile> {
    const filter = BloomFilter.sized(this.digests.length, FALSE_POSITIVES);
    for (const digest of this.digests) filter.add(digest);
    const file: GuardFile = {
      version: 1,
      salt: this.salt.toString('hex'),
      events: { seen: this.seen, guarded: this.digests.length },
      fresh: this.fresh === 'by form' ? this.fresh : Object.fromEntries([...this.fresh].map(([logType, paths]) => [logType, [...paths].sort()])),
      filter: filter.toJSON(),
    };
    const guard = MemorisationGuard.fromJSON(file);
    let events = 0;
    let copies = 0;
    for await (const [entity, stream] of heldout) {
      for (const { logType, event, technique } of stream) {
        if (technique !== undefined) continue;
        events++;
        if (guard.isCopy(entity, logType, event)) copies++;
      }
    }
    return { ...file, ...(events > 0 && { chance: copies / events }) };
  }
}

/** Fields and their values, each with its log type: the same path of two log types holds different things. */
function partsOf(projection: string): string[] {
  const [logType, ...parts] = projection.split('\n');
  return parts.map((part) => `${logType}\n${part}`);
}

const digestOf = (salt: Buffer, entity: string, projection: string): Buffer => createHmac('sha256', salt).update(`${entity}\n${projection}`).digest();
