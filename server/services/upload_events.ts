import { type LogHit, type Source } from '../../common';
import { pseudonymisedHit, type EventPseudonymiser } from '../../common/pseudonyms';
import type { LyrebirdConfig } from '../config';
import type { ActiveJob } from '../jobs';
import type { NodeClient } from '../node';
import { collectIdentifiers } from './identifiers_service';
import { PointInTime } from './point_in_time';
import { readEvents, type EventPage } from './read_events';

/** Reading counts as this share of the whole job. */
export const READING = 0.1;

export interface UploadContext {
  node: NodeClient;
  limits: LyrebirdConfig['limits'];
}

/** The source's events, as the job's user may read them, become a closed dataset on the node; under pseudonyms where there is a pseudonymiser. */
export async function upload(
  { node, limits }: UploadContext,
  job: ActiveJob,
  dataset: string,
  source: Source,
  pseudonymiser?: EventPseudonymiser
): Promise<void> {
  const { signal, client } = job;
  await node.deleteDataset(dataset, signal);
  await node.createDataset({ id: dataset, source: source.index }, signal);
  const { pageSize, maxEvents, slices } = limits;
  // Read twice for pseudonyms, from one view: whoever is mentioned in it is known from it.
  const view = pseudonymiser && (await PointInTime.open({ client, index: source.index, signal }));
  try {
    if (view) await collectIdentifiers(pseudonymiser, { client, source, pageSize, slices, view, signal });
    const pages = readEvents({ client, source, pageSize, maxEvents, order: { kind: 'fast', slices }, view, signal });
    await sendParts({ node, limits }, job, dataset, pages, (hit) => (pseudonymiser ? pseudonymisedHit(pseudonymiser, hit) : hit));
  } finally {
    await view?.close();
  }
  await node.closeDataset(dataset, signal);
}

async function sendParts(
  { node, limits }: UploadContext,
  job: ActiveJob,
  dataset: string,
  pages: AsyncIterable<EventPage>,
  prepare: (hit: LogHit) => LogHit
): Promise<void> {
  let part: string[] = [];
  let bytes = 0;
  let number = 0;
  let read = 0;
  let failedShards = 0;
  const started = Date.now();
  const send = async () => {
    if (part.length === 0) return;
    await node.putPart(dataset, number++, part.join('\n') + '\n', job.signal);
    part = [];
    bytes = 0;
  };
  for await (const page of pages) {
    for (const { _id, _index, _source } of page.hits) {
      const line = JSON.stringify(prepare({ _id, _index, _source: _source as LogHit['_source'] }));
      const size = Buffer.byteLength(line) + 1;
      if (part.length >= limits.partEvents || bytes + size > limits.partBytes) await send();
      part.push(line);
      bytes += size;
    }
    read += page.hits.length;
    failedShards += page.failedShards;
    const expected = Math.min(page.total, limits.maxEvents);
    job.update({
      counts: { ...job.job.counts, read },
      progress: READING * Math.min(1, read / expected),
      eta_seconds: Math.round(((Date.now() - started) / 1000 / Math.max(1, read)) * (expected - read)),
      skipped: { ...(page.total > expected ? { over_the_limit: page.total - expected } : {}), ...(failedShards > 0 ? { failed_shards: failedShards } : {}) },
    });
  }
  await send();
}
