import type { Client } from '@elastic/elasticsearch';
import { z } from 'zod';
import { BucketRates, bucketRatesSchema, BucketTails, bucketTailsSchema, scoreOf, surpriseOfAll, type BucketEvidence } from '../../../common';
import { callElasticsearch, statusOf } from '../../elasticsearch';
import { anomalyId } from '../anomaly_documents';

export const normaliserSchema = z.object({
  /** Of the model, for buckets of the job's length; absent: it does not know. */
  tails: bucketTailsSchema.optional(),
  window_ms: z.number(),
  entities: bucketRatesSchema,
  buckets: bucketRatesSchema,
});
export type NormaliserJson = z.infer<typeof normaliserSchema>;

/** A score, and what it was made from: `level` is on the model's scale, nats, and does not change with what is seen later. */
export interface Normalised {
  level: number;
  score: number;
}

/** Turns what happened in buckets into scores that are rates: of an entity's bucket, and of a bucket as a whole. */
export class Normaliser {
  readonly entities: BucketRates;
  readonly buckets: BucketRates;
  private readonly tails: BucketTails;

  constructor(private readonly json: Pick<NormaliserJson, 'tails' | 'window_ms'> & Partial<NormaliserJson>) {
    this.tails = BucketTails.fromJSON(json.tails);
    this.entities = new BucketRates(json.window_ms, json.entities);
    this.buckets = new BucketRates(json.window_ms, json.buckets);
  }

  ofEntity(evidence: BucketEvidence): Normalised {
    const level = rounded(this.tails.surprise(evidence));
    return { level, score: this.entityScore(level) };
  }

  /** @param odds sum of `oddsOf` over its entities */
  ofBucket(odds: number, entities: number): Normalised {
    const level = rounded(surpriseOfAll(odds, entities));
    return { level, score: this.bucketScore(level) };
  }

  entityScore(level: number): number {
    return scoreOf(this.entities.surprise(level));
  }
  bucketScore(level: number): number {
    return scoreOf(this.buckets.surprise(level));
  }

  toJSON(): NormaliserJson {
    const { tails, window_ms } = this.json;
    return { ...(tails && { tails }), window_ms, entities: this.entities.toJSON(), buckets: this.buckets.toJSON() };
  }
}

/** 1 / p of an entity's level: what it adds to the bucket's odds. */
export const oddsOf = (level: number): number => Math.exp(level);

/** Sums of the same numbers in another order differ in the last digits. */
const rounded = (value: number): number => Math.round(value * 1e9) / 1e9;

/** The document in the job's index that recounting reads: what scores are made with now. */
export function normaliserDocument(jobId: string, normaliser: Normaliser): { id: string; document: object } {
  return { id: anomalyId('rates', jobId), document: { job_id: jobId, result_type: 'rates', timestamp: new Date().toISOString(), lyrebird: { rates: normaliser.toJSON() } } };
}

/** As the job has left it; of a job of an earlier version, what no model knows. */
export async function readNormaliser(client: Client, index: string, jobId: string, signal?: AbortSignal): Promise<Normaliser> {
  const found = await callElasticsearch(
    async (transport) => {
      try {
        return (await client.get<{ lyrebird: { rates: unknown } }>({ index, id: anomalyId('rates', jobId) }, transport))._source;
      } catch (error) {
        if (statusOf(error) === 404) return undefined;
        throw error;
      }
    },
    { doing: 'read how rare buckets are', signal }
  );
  const parsed = normaliserSchema.safeParse(found?.lyrebird.rates);
  return new Normaliser(parsed.success ? parsed.data : { window_ms: 30 * 86_400_000 });
}
