import type { Client } from '@elastic/elasticsearch';
import { LyrebirdError, type PluginJob } from '../../common';
import type { PluginClient } from './plugin_client';

/** The earlier job, resumed when it had not ended well; a new one when there was none or its record, model or index is gone. */
export async function takeUp(plugin: PluginClient, client: Client, id: string | undefined, start: () => Promise<PluginJob>): Promise<PluginJob> {
  if (!id) return start();
  try {
    const job = await plugin.job(id);
    if (job.state === 'failed' || job.state === 'cancelled' || job.state === 'interrupted') return await plugin.resume(id);
    if (job.state === 'completed' && job.model_id) await plugin.model(job.model_id);
    if (job.state === 'completed' && job.target_index && !(await client.indices.exists({ index: job.target_index, allow_no_indices: false }))) return await start();
    return job;
  } catch (error) {
    if (error instanceof LyrebirdError && error.code === 'LYREBIRD_NOT_FOUND') return start();
    throw error;
  }
}
