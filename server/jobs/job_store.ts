import type { Client } from '@elastic/elasticsearch';
import { JOBS_INDEX, LyrebirdError } from '../../common';
import { callElasticsearch, ensureIndex, statusOf } from '../elasticsearch';
import { ENDED, JOBS_MAPPING, type JobDocument, type StoredJob } from './job_document';

const MAX_LISTED = 1_000;

/** Jobs in their index. Each call is made with the client, and so with the rights, of whoever asks. */
export class JobStore {
  constructor(private readonly index: string = JOBS_INDEX) {}

  /** LYREBIRD_CONFLICT when the id is taken. */
  async create(client: Client, document: JobDocument): Promise<StoredJob> {
    await ensureIndex(client, {
      index: this.index,
      mappings: JOBS_MAPPING,
      settings: { hidden: true, number_of_shards: 1, auto_expand_replicas: '0-1' },
    });
    const answer = await callElasticsearch(
      (transport) => client.index({ index: this.index, id: document.job.id, op_type: 'create', document, refresh: 'wait_for' }, transport),
      { doing: 'store the job' }
    );
    return { ...document, seqNo: answer._seq_no!, primaryTerm: answer._primary_term! };
  }

  /** LYREBIRD_NOT_FOUND when there is none. */
  async get(client: Client, id: string): Promise<StoredJob> {
    const answer = await callElasticsearch(
      async (transport) => {
        try {
          return await client.get<JobDocument>({ index: this.index, id }, transport);
        } catch (error) {
          if (statusOf(error) === 404) return undefined;
          throw error;
        }
      },
      { doing: `read the job "${id}"` }
    );
    if (!answer?._source) throw new LyrebirdError('LYREBIRD_NOT_FOUND', `There is no job "${id}".`, 'List the jobs to see which exist.');
    return { ...answer._source, seqNo: answer._seq_no!, primaryTerm: answer._primary_term! };
  }

  /** LYREBIRD_CONFLICT when somebody else has changed the document since it was read. */
  async update(client: Client, stored: StoredJob, options: { signal?: AbortSignal } = {}): Promise<StoredJob> {
    const { seqNo, primaryTerm, ...document } = stored;
    const answer = await callElasticsearch(
      (transport) =>
        client.index(
          {
            index: this.index,
            id: document.job.id,
            document,
            if_seq_no: seqNo,
            if_primary_term: primaryTerm,
            // An ended job is known to no process any more: lists must find its end at once.
            refresh: ENDED.has(document.job.state),
          },
          transport
        ),
      { doing: `store the job "${document.job.id}"`, signal: options.signal }
    );
    return { ...document, seqNo: answer._seq_no!, primaryTerm: answer._primary_term! };
  }

  /** Newest first. */
  async list(client: Client): Promise<JobDocument[]> {
    const answer = await callElasticsearch(
      (transport) =>
        client.search<JobDocument>(
          {
            index: this.index,
            ignore_unavailable: true,
            size: MAX_LISTED,
            sort: [{ 'job.created_at': { order: 'desc', unmapped_type: 'date' } }],
            _source_excludes: ['checkpoint'],
          },
          transport
        ),
      { doing: 'list the jobs' }
    );
    const ids = answer.hits.hits.flatMap(({ _id }) => (_id ? [_id] : []));
    if (ids.length === 0) return [];
    // A search may be a second old; documents read by id are as they were last written, so that what has ended is not shown as running.
    const { docs } = await callElasticsearch((transport) => client.mget<JobDocument>({ index: this.index, ids, _source_excludes: ['checkpoint'] }, transport), { doing: 'list the jobs' });
    return docs.flatMap((doc) => ('_source' in doc && doc._source ? [doc._source] : []));
  }
}
