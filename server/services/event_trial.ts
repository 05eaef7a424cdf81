import type { Client, estypes } from '@elastic/elasticsearch';
import { LyrebirdError, SYNTHETIC_INDEX_PREFIX, type GeneratedEvent, type IndexTrial, type ModelCard } from '../../common';
import { BulkWriter, callElasticsearch, ensureIndex, type Refusal } from '../elasticsearch';
import { hasPrivileges } from './permissions';
import { SimulatedWriter } from './simulated_writer';
import { sourceMapping, type SourceMapping } from './target_index';

const TRIAL_PREFIX = `${SYNTHETIC_INDEX_PREFIX}trial-`;
/** A trial takes minutes: what is older than this, milliseconds, was left by a server that died. */
const STALE_MS = 60 * 60_000;
/** To try events in an index of their own. */
const NEEDED: estypes.SecurityIndexPrivilege[] = ['create_index', 'view_index_metadata', 'write', 'delete_index'];

export interface TrialOptions {
  client: Client;
  jobId: string;
  card: ModelCard;
  maxBytes: number;
  signal: AbortSignal;
}

/** What events are tried with: an index per log type, or Elasticsearch's simulation of one. */
interface Trial {
  open(index: string, mapping: SourceMapping): Promise<unknown>;
  writer: Pick<BulkWriter, 'add' | 'flush' | 'counts' | 'samples'>;
  note?: string;
}

/**
 * Tries events in indices with the mapping of those that the model learned from, one per log type, as the user. The indices are hidden and
 * deleted at the end, however it ends. Where the user may not make and delete such indices, Elasticsearch simulates them (from
 * 8.16 on), which needs the right to write alone. What could not be tried is missing from the counts, and `note` says why.
 */
export async function tryEvents(options: TrialOptions, events: AsyncIterable<GeneratedEvent>): Promise<{ trial: IndexTrial; samples: Refusal[] }> {
  const { client, card, jobId, signal } = options;
  const began = Date.now().toString(36);
  const name = (number: number) => `${TRIAL_PREFIX}${began}-${jobId}-${number}`;
  const real = await hasPrivileges(client, name(0), NEEDED, signal);
  const { open: make, writer, note } = real ? realTrial(options) : simulatedTrial(options);
  const notes = new Set<string>();
  /** By log type; undefined: it cannot be tried. */
  const opened = new Map<string, string | undefined>();
  const made: string[] = [];
  const open = async (logType: string): Promise<string | undefined> => {
    const mapping = await sourceMapping(client, card, [logType], signal);
    if (mapping === undefined) {
      notes.add(`The mapping that "${logType}" has is gone, or you may not see it: its events were not tried.`);
      return undefined;
    }
    const index = name(made.length);
    made.push(index);
    try {
      await make(index, mapping);
      return index;
    } catch (error) {
      notes.add(`Events of "${logType}" were not tried. ${reasonOf(error)}`);
      return undefined;
    }
  };
  if (real) await discardLeft(client, jobId, signal);
  try {
    for await (const event of events) {
      if (!opened.has(event.log_type)) opened.set(event.log_type, await open(event.log_type));
      const index = opened.get(event.log_type);
      if (index !== undefined) await writer.add({ type: 'create', index, id: String(event.seq), document: event._source });
    }
    await writer.flush();
  } finally {
    if (real) await discard(client, made);
  }
  const { written, duplicate, refused, refusals } = writer.counts;
  const accepted = written + duplicate;
  if (note !== undefined && accepted + refused > 0) notes.add(note);
  const trial = { index: card.indices.join(', '), tried: accepted + refused, accepted, refusals, ...(notes.size > 0 && { note: [...notes].join(' ') }) };
  return { trial, samples: writer.samples };
}

/** What the user lacks, or the cluster cannot do, leaves the figure out; all else is an error of the job. */
function reasonOf(error: unknown): string {
  if (error instanceof LyrebirdError && (error.code === 'LYREBIRD_FORBIDDEN' || error.code === 'LYREBIRD_BAD_REQUEST' || error.code === 'LYREBIRD_UNSUPPORTED')) return error.message;
  throw error;
}

function realTrial({ client, maxBytes, signal }: TrialOptions): Trial {
  return {
    open: (index, { mappings, settings }) => ensureIndex(client, { index, mappings, settings: { ...settings, hidden: true } }, { signal }),
    writer: new BulkWriter({ client, maxBytes, signal }),
  };
}

function simulatedTrial({ client, maxBytes, signal }: TrialOptions): Trial {
  const writer = new SimulatedWriter({ client, maxBytes, signal });
  return {
    open: (index, mapping) => writer.open(index, mapping),
    writer,
    note: `Simulated by Elasticsearch, event by event: an index to try them in needs the privileges ${NEEDED.join(', ')} on "${TRIAL_PREFIX}*".`,
  };
}

/** Indices of this job's earlier trials, and of servers that died: nobody else deletes them. */
async function discardLeft(client: Client, jobId: string, signal: AbortSignal): Promise<void> {
  const found = await callElasticsearch((transport) => client.indices.get({ index: `${TRIAL_PREFIX}*`, expand_wildcards: 'all', allow_no_indices: true, features: 'aliases' }, transport), { doing: 'look for indices of earlier trials', signal });
  const isLeft = (index: string) => {
    const [, began, job] = /^([0-9a-z]+)-(.+)-\d+$/.exec(index.slice(TRIAL_PREFIX.length)) ?? [];
    return job === jobId || (began !== undefined && Date.now() - Number.parseInt(began, 36) > STALE_MS);
  };
  await discard(client, Object.keys(found).filter(isLeft));
}

/** Without the job's signal: a job that was cancelled leaves none either. */
async function discard(client: Client, indices: string[]): Promise<void> {
  if (indices.length === 0) return;
  // What cannot be deleted now is found by the next trial.
  await client.indices.delete({ index: indices, ignore_unavailable: true }, { maxRetries: 3 }).catch(() => undefined);
}
