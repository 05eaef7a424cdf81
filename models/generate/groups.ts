import { entityName, matchesPath, type GenerateOptions, type LogEvent, type ModelCard } from '../../common';
import { entityOf } from '../prepare';
import type { GeneratorOptions } from './generator';
import { EntityWriter, type StreamPlan } from './entity_writer';
import { temperature, topP } from './logits';
import { MOST_ROWS, type SessionPool } from './session_pool';
import { StreamGroup } from './stream_group';

/** Rows from which on a batch of more is hardly faster by the row, and groups that keep a machine's cores busy. */
const ENOUGH_ROWS = 16;
const ENOUGH_GROUPS = 8;
/** Events that all streams together hold ready, and what each of them may hold. */
const READY_EVENTS = 6000;
const READY_EACH = { least: 4, most: 128 };

/**
 * Places of the streams that are written together. It hangs on the streams alone, never on the machine, so that the same seed gives
 * the same events everywhere. Who writes as much as the others of a group does not keep them waiting.
 *
 * @param inOrder the groups are written one after the other: streams stay in theirs
 */
export function groupStreams(streams: readonly StreamPlan[], card: ModelCard, inOrder: boolean): number[][] {
  const events = new Map(card.entities.map(({ name, events: count }) => [name, count]));
  const volume = (place: number): number => events.get(streams[place].voice) ?? 0;
  const places = streams.map((_, place) => place);
  if (!inOrder) places.sort((a, b) => volume(b) - volume(a));
  const count = Math.max(1, Math.ceil(places.length / MOST_ROWS), Math.min(ENOUGH_GROUPS, Math.ceil(places.length / ENOUGH_ROWS)));
  return Array.from({ length: count }, (_, group) => places.slice(Math.floor((group * places.length) / count), Math.floor(((group + 1) * places.length) / count)));
}

/** The groups shared out over threads, so that each has about as much to write. */
export function shareOut(groups: ReadonlyArray<readonly number[]>, threads: number): number[][] {
  // Groups come with the most prolific first: dealt there and back again.
  const shares: number[][] = Array.from({ length: threads }, () => []);
  groups.forEach((_, group) => {
    const [round, at] = [Math.floor(group / threads), group % threads];
    shares[round % 2 === 0 ? at : threads - 1 - at].push(group);
  });
  return shares;
}

export function openGroup({ codec, fields, config, guard }: GeneratorOptions, options: GenerateOptions, streams: readonly StreamPlan[], places: readonly number[], pool: SessionPool): StreamGroup {
  const copies = options.memorisation_guard ? guard : undefined;
  // What raw tokenisers make of a name is for the report to show; and who was told by a field that was not learned is told by none.
  const namesEntities = codec.kind === 'field' && !fields.entityFields.some((field) => fields.excludeFields.some((path) => matchesPath(field, path)));
  const writers = places.map((place) => {
    const name = entityName(streams[place].name, fields.entityNormalise);
    const isOwn = namesEntities ? (event: LogEvent) => (entityOf(event, fields) ?? name) === name : undefined;
    return new EntityWriter(codec, streams[place], options.seed, config, copies, place, isOwn);
  });
  const mostReady = Math.max(READY_EACH.least, Math.min(READY_EACH.most, Math.floor(READY_EVENTS / streams.length)));
  return new StreamGroup(writers, { config }, [temperature(options.temperature), topP(options.top_p)], pool, mostReady);
}
