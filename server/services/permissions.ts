import type { Client, estypes } from '@elastic/elasticsearch';
import { LyrebirdError, type ModelCard } from '../../common';
import { callElasticsearch, statusOf } from '../elasticsearch';

/**
 * Whoever uses a model must be able to read every index that it learned from, because it can repeat what it read. This is the
 * one place that decides it. Where Elasticsearch runs without security everybody may read everything.
 */
export async function readableModels(client: Client, cards: ModelCard[]): Promise<ModelCard[]> {
  const names = [...new Set(cards.flatMap(({ indices }) => indices))];
  const readable = await readableIndices(client, names);
  if (readable === 'all') return cards;
  return cards.filter(({ indices }) => indices.every((index) => readable.has(index)));
}

/** LYREBIRD_FORBIDDEN, naming the indices, when the user may not use the model. */
export async function assertModelReadable(client: Client, card: ModelCard): Promise<void> {
  const readable = await readableIndices(client, card.indices);
  if (readable === 'all') return;
  const missing = card.indices.filter((index) => !readable.has(index));
  if (missing.length === 0) return;
  throw new LyrebirdError(
    'LYREBIRD_FORBIDDEN',
    `Model "${card.id}" learned from ${missing.slice(0, 5).map((name) => `"${name}"`).join(', ')}${missing.length > 5 ? ' and others' : ''}, which you may not read.`,
    'Ask an administrator for the "read" privilege on these indices, or train a model on logs that you may read.'
  );
}

/**
 * Backing indices are named after their data stream, and rights on it are rights on them; but Elasticsearch's own answer goes by
 * names alone, so both are asked for.
 */
async function readableIndices(client: Client, indices: string[]): Promise<Set<string> | 'all'> {
  if (indices.length === 0) return 'all';
  const names = [...new Set(indices.flatMap((index) => [index, dataStreamOf(index) ?? index]))];
  const granted = await privilegesOn(client, names, ['read']);
  if (!granted) return 'all';
  const readable = (name: string) => granted[name]?.read === true;
  return new Set(indices.filter((index) => readable(index) || readable(dataStreamOf(index) ?? index)));
}

/** Whether the user has all of the privileges on an index, which need not be there. */
export async function hasPrivileges(client: Client, index: string, privileges: estypes.SecurityIndexPrivilege[], signal?: AbortSignal): Promise<boolean> {
  const granted = await privilegesOn(client, [index], privileges, signal);
  return !granted || privileges.every((privilege) => granted[index]?.[privilege] === true);
}

/** By name and privilege; undefined where Elasticsearch runs without security and everybody may do everything. */
async function privilegesOn(
  client: Client,
  names: string[],
  privileges: estypes.SecurityIndexPrivilege[],
  signal?: AbortSignal
): Promise<Record<string, Record<string, boolean>> | undefined> {
  return callElasticsearch(
    async (transport) => {
      try {
        const answer = await client.security.hasPrivileges({ index: [{ names, privileges, allow_restricted_indices: true }] }, transport);
        return answer.index as Record<string, Record<string, boolean>>;
      } catch (error) {
        if (securityIsOff(error)) return undefined;
        throw error;
      }
    },
    { doing: 'check what you may do with indices', signal }
  );
}

/** `.ds-logs-x-default-2026.01.31-000001` belongs to `logs-x-default`; undefined for an index of its own. */
function dataStreamOf(index: string): string | undefined {
  return /^\.ds-(.+)-\d{4}\.\d{2}\.\d{2}-\d{6,}$/.exec(index)?.[1];
}

/** Without security the endpoint is not registered: "no handler found for uri". */
function securityIsOff(error: unknown): boolean {
  const status = statusOf(error);
  const message = (error as Error).message;
  return (status === 400 || status === 405) && message.includes('no handler found');
}
