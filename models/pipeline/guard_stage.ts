import type { CodecSpec } from '../codec/spec';
import type { PreparedEvent } from '../codec/types';
import { freshPaths, GuardBuilder, MemorisationGuard } from '../generate';
import { SHARDS, readShard } from './shards';
import { isDone, layout, readJson, writeJson } from './stages';
import type { Layout, Prepared } from './stages';

/** Notes which combinations of the training data are rare, for generation to keep clear of. Memory holds one shard's events. */
export async function guardStage(files: Layout, prepared: Prepared): Promise<void> {
  const codec = await readJson<CodecSpec>(files.codecDraft);
  const builder = new GuardBuilder(codec.kind === 'field' ? freshPaths(codec) : 'by form');
  const isLearned = (event: PreparedEvent) => prepared.cutoff <= prepared.from || event.time < prepared.cutoff;
  for await (const stream of allStreams(files)) builder.add(stream[0].entity, stream.filter(isLearned));
  async function* heldout() {
    for await (const stream of allStreams(files)) yield [stream[0].entity, stream.filter((event) => !isLearned(event))] as const;
  }
  await writeJson(files.guard, await builder.finish(heldout()));
}

async function* allStreams(files: Layout) {
  for (let shard = 0; shard < SHARDS; shard++) yield* await readShard(files.shards, shard);
}

/** The guard of a model folder. Models from before there were guards have none. */
export async function readGuard(folder: string): Promise<MemorisationGuard | undefined> {
  const { guard } = layout(folder);
  return isDone(guard) ? MemorisationGuard.fromJSON(await readJson(guard)) : undefined;
}
