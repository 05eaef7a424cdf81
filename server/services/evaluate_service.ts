import type { Client } from '@elastic/elasticsearch';
import { LyrebirdError, SYNTHETIC_INDEX_PREFIX, generateOptionsSchema, startEvaluateSchema, type GeneratedEvent, type ModelCard } from '../../common';
import { BulkWriter } from '../elasticsearch';
import type { ActiveJob } from '../jobs';
import { makeModel, type ModelJobContext } from './make_model';
import { assertModelReadable } from './permissions';
import { prepareTarget } from './target_index';

/** Events tried in an index: enough to meet what its mapping refuses in one event of a hundred. */
const TRIED_EVENTS = 500;

/**
 * The work of an evaluation: the source's events go to the node, under the model's pseudonyms where it has any, the node compares
 * what the model writes with them, and some of its events are tried in an index with the source's mapping, as the job's user.
 */
export async function evaluate(context: ModelJobContext, job: ActiveJob): Promise<void> {
  const { model_id, source, options } = startEvaluateSchema.parse(job.job.params);
  const card = await context.node.model(model_id, job.signal);
  await assertModelReadable(job.client, card);
  await makeModel(context, job, {
    source: { ...source, time_field: source.time_field ?? card.time_field },
    modelId: model_id,
    readsModel: true,
    pseudonymiser: () => context.pseudonyms.forModel(job.client, card, job.signal),
    request: (dataset_id) => ({ type: 'evaluate', dataset_id, model_id, options }),
  });
  job.update({ stage: 'trying' });
  try {
    await tryEvents(context, job, card, options.seed);
  } catch (error) {
    // The report is whole without it; whoever may not make an index sees that this one figure is missing.
    if (!(error instanceof LyrebirdError) || error.code !== 'LYREBIRD_FORBIDDEN') throw error;
  }
}

/** Writes events into indices that are deleted at once, one per log type, with the mapping that the model's own events had. */
async function tryEvents({ node, limits }: ModelJobContext, job: ActiveJob, card: ModelCard, seed: number): Promise<void> {
  const { client, signal } = job;
  const trials = new Map<string, string>();
  const writer = new BulkWriter({ client, maxBytes: limits.bulkBytes, signal });
  try {
    const stream = node.generate(card.id, generateOptionsSchema.parse({ count: TRIED_EVENTS, from: card.heldout_from, seed }), signal);
    for (;;) {
      const { value, done } = await stream.next();
      if (done) break;
      const { log_type, seq, _source } = value as GeneratedEvent;
      let index = trials.get(log_type);
      if (index === undefined) {
        index = `${SYNTHETIC_INDEX_PREFIX}trial-${job.job.id}-${trials.size}`;
        trials.set(log_type, index);
        await prepareTarget(client, index, card, log_type, signal);
      }
      await writer.add({ type: 'create', index, id: String(seq), document: _source });
    }
    await writer.flush();
  } finally {
    await discard(client, [...trials.values()]);
  }
  const { written, duplicate, refused, refusals } = writer.counts;
  await node.recordTrial(card.id, { index: card.indices.join(', '), tried: written + duplicate + refused, accepted: written + duplicate, refusals: { ...refusals } }, signal);
  job.update({ counts: { ...job.job.counts, written: 0, refused }, refusals: { ...refusals }, refusal_samples: [...writer.samples] });
}

/** Also when the job was cancelled: nobody else would. */
async function discard(client: Client, indices: string[]): Promise<void> {
  if (indices.length === 0) return;
  await client.indices.delete({ index: indices, ignore_unavailable: true }, { maxRetries: 3 }).catch(() => undefined);
}
