import type { Client } from '@elastic/elasticsearch';
import type { LogEvent } from '../../common';
import { callElasticsearch } from '../elasticsearch';

/** Where an event stands. */
export interface EventReference {
  index: string;
  id: string;
}

/** The events that records are of, where they are still there and the person may read them. */
export async function eventsOf(client: Client, references: readonly EventReference[], signal: AbortSignal | undefined): Promise<(reference: EventReference) => LogEvent | undefined> {
  if (references.length === 0) return () => undefined;
  const docs = references.map(({ index, id }) => ({ _index: index, _id: id }));
  const answer = await callElasticsearch((transport) => client.mget<LogEvent>({ docs }, transport), { doing: 'read the events', signal });
  const found = new Map(answer.docs.flatMap((doc) => ('_source' in doc && doc._source ? [[keyOf({ index: doc._index, id: doc._id }), doc._source] as const] : [])));
  return (reference) => found.get(keyOf(reference));
}

const keyOf = ({ index, id }: EventReference): string => JSON.stringify([index, id]);
