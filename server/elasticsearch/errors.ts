import { errors } from '@elastic/elasticsearch';
import { LyrebirdError, toLyrebirdError } from '../../common';

const TRANSIENT_STATUS = new Set([429, 502, 503, 504]);

/** A shard that is being brought back answers as if it were not there (404). */
const RECOVERING = /^(illegal_index_shard_state|index_shard_(not_started|recovering)|shard_not_found)_exception$/;

/**
 * Kibana ships its own copy of the client, so errors are told by name and shape rather than by class.
 */
function responseOf(error: unknown): { status: number; type: string; reason: string } | undefined {
  if (!(error instanceof Error) || error.name !== 'ResponseError') return undefined;
  const response = error as errors.ResponseError;
  const body = response.body as { error?: { type?: string; reason?: string; root_cause?: Array<{ type?: string; reason?: string }> } | string } | undefined;
  const detail = typeof body?.error === 'object' ? body.error : undefined;
  const cause = detail?.root_cause?.[0];
  const reason = cause?.reason ?? detail?.reason ?? (typeof body?.error === 'string' ? body.error : error.message);
  return { status: response.statusCode ?? 0, type: cause?.type ?? detail?.type ?? 'unknown', reason };
}

const CONNECTION_ERRORS = new Set(['ConnectionError', 'TimeoutError', 'NoLivingConnectionsError']);

/** HTTP status of an error that Elasticsearch answered; undefined when there was no answer. */
export function statusOf(error: unknown): number | undefined {
  return responseOf(error)?.status;
}

/** Whether a later try may succeed: busy (429), restarting (502-504) or out of reach. */
export function isTransient(error: unknown): boolean {
  const response = responseOf(error);
  if (response) return TRANSIENT_STATUS.has(response.status) || RECOVERING.test(response.type);
  return error instanceof Error && CONNECTION_ERRORS.has(error.name);
}

/**
 * Above the flood stage of its disks Elasticsearch blocks indices for writing, and answers as if it were busy. Undefined: it is
 * something else.
 */
export function diskFull(type: string | undefined, reason: string, doing: string, cause?: unknown): LyrebirdError | undefined {
  if (type !== 'cluster_block_exception' || !/flood.?stage|disk usage/i.test(reason)) return undefined;
  return new LyrebirdError(
    'LYREBIRD_DISK_FULL',
    `Could not ${doing}: the disks of Elasticsearch are full (${reason})`,
    'Free space on the data nodes: Elasticsearch then lifts the block by itself. Resume the job after that; nothing is written twice.',
    { cause }
  );
}

/** Turns what the Elasticsearch client throws into a LyrebirdError; `doing` completes "Could not …". */
export function fromElasticsearch(error: unknown, doing: string): LyrebirdError {
  if (error instanceof LyrebirdError) return error;
  const response = responseOf(error);
  const message = (what: string) => `Could not ${doing}: ${what}`;
  if (response === undefined) {
    if (error instanceof Error && (error.name === 'RequestAbortedError' || error.name === 'AbortError')) {
      return new LyrebirdError('LYREBIRD_CANCELLED', message('the request was cancelled.'), 'Resume or start it again.', { cause: error });
    }
    if (!isTransient(error)) return toLyrebirdError(error);
    return new LyrebirdError(
      'LYREBIRD_ELASTICSEARCH_UNAVAILABLE',
      message(`Elasticsearch does not answer (${(error as Error).message}).`),
      'Check that the cluster is up and reachable, then try again or resume the job.',
      { cause: error }
    );
  }
  const { status, type, reason } = response;
  const full = diskFull(type, reason, doing, error);
  if (full) return full;
  if (status === 401) return new LyrebirdError('LYREBIRD_UNAUTHORIZED', message(reason), 'Log in again.', { cause: error });
  if (status === 403) {
    return new LyrebirdError('LYREBIRD_FORBIDDEN', message(reason), 'Ask an administrator for this privilege.', { cause: error });
  }
  if (type === 'index_not_found_exception') {
    return new LyrebirdError('LYREBIRD_NOT_FOUND', message(reason), 'Check the name: it must be an index, data stream, alias or pattern that you may read.', { cause: error });
  }
  if (RECOVERING.test(type)) {
    return new LyrebirdError('LYREBIRD_ELASTICSEARCH_UNAVAILABLE', message(`${type}: ${reason}`), 'The cluster is restarting: try again or resume the job in a moment.', { cause: error });
  }
  if (status === 404) return new LyrebirdError('LYREBIRD_NOT_FOUND', message(reason), undefined, { cause: error });
  if (status === 409) return new LyrebirdError('LYREBIRD_CONFLICT', message(reason), 'Reload and try again.', { cause: error });
  if (status === 413) return new LyrebirdError('LYREBIRD_TOO_LARGE', message(reason), 'Raise http.max_content_length or write less at once.', { cause: error });
  if (TRANSIENT_STATUS.has(status)) {
    return new LyrebirdError(
      'LYREBIRD_ELASTICSEARCH_UNAVAILABLE',
      message(`Elasticsearch answered ${status} ${type} again and again.`),
      'The cluster is overloaded or restarting: try again or resume the job later.',
      { cause: error }
    );
  }
  if (status >= 400 && status < 500) {
    return new LyrebirdError('LYREBIRD_BAD_REQUEST', message(`${type}: ${reason}`), 'Check the index, the query and the field names.', { cause: error });
  }
  return new LyrebirdError('LYREBIRD_INTERNAL', message(`Elasticsearch answered ${status} ${type}.`), 'Its log has the details.', { cause: error });
}
