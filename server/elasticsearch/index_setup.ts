import type { Client, estypes } from '@elastic/elasticsearch';
import { callElasticsearch, type CallOptions } from './call';
import { statusOf } from './errors';

export interface IndexSetup {
  index: string;
  mappings: estypes.MappingTypeMapping;
  settings?: estypes.IndicesIndexSettings;
}

/** Creates the index unless it is there. Two that create it at once both succeed. */
export async function ensureIndex(client: Client, { index, mappings, settings }: IndexSetup, options: Omit<CallOptions, 'doing'> = {}): Promise<'created' | 'present'> {
  const exists = await callElasticsearch((transport) => client.indices.exists({ index }, transport), { ...options, doing: `look for "${index}"` });
  if (exists) return 'present';
  return callElasticsearch(
    async (transport) => {
      try {
        await client.indices.create({ index, mappings, settings, wait_for_active_shards: 1 }, transport);
        return 'created' as const;
      } catch (error) {
        if (statusOf(error) === 400 && String((error as Error).message).includes('resource_already_exists')) return 'present' as const;
        throw error;
      }
    },
    { ...options, doing: `create the index "${index}"` }
  );
}
