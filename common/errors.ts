import { z } from 'zod';

/** Stable error codes: clients switch on them, so they never change their meaning. */
export const ERROR_CODES = [
  'LYREBIRD_BAD_REQUEST',
  'LYREBIRD_UNAUTHORIZED',
  'LYREBIRD_FORBIDDEN',
  'LYREBIRD_NOT_FOUND',
  'LYREBIRD_CONFLICT',
  'LYREBIRD_TOO_LARGE',
  'LYREBIRD_TOO_BUSY',
  'LYREBIRD_NO_EVENTS',
  'LYREBIRD_NO_ENTITY_FIELD',
  'LYREBIRD_NO_TIME_FIELD',
  'LYREBIRD_TOO_FEW_EVENTS',
  'LYREBIRD_UNKNOWN_ENTITY',
  'LYREBIRD_UNKNOWN_TECHNIQUE',
  'LYREBIRD_UNKNOWN_VALUE',
  'LYREBIRD_UNKNOWN_FIELD',
  'LYREBIRD_INDEX_GONE',
  'LYREBIRD_ELASTICSEARCH_UNAVAILABLE',
  'LYREBIRD_NODE_UNAVAILABLE',
  'LYREBIRD_DISK_FULL',
  'LYREBIRD_CANCELLED',
  'LYREBIRD_CORRUPT',
  'LYREBIRD_UNSUPPORTED',
  'LYREBIRD_INTERNAL',
] as const;
export type ErrorCode = (typeof ERROR_CODES)[number];

export const errorBodySchema = z.object({
  statusCode: z.number().int(),
  code: z.enum(ERROR_CODES),
  message: z.string(),
  /** What the reader can do next. */
  hint: z.string().optional(),
});
export type ErrorBody = z.infer<typeof errorBodySchema>;

const STATUS: Record<ErrorCode, number> = {
  LYREBIRD_BAD_REQUEST: 400,
  LYREBIRD_UNAUTHORIZED: 401,
  LYREBIRD_FORBIDDEN: 403,
  LYREBIRD_NOT_FOUND: 404,
  LYREBIRD_CONFLICT: 409,
  LYREBIRD_TOO_LARGE: 413,
  LYREBIRD_TOO_BUSY: 429,
  LYREBIRD_NO_EVENTS: 422,
  LYREBIRD_NO_ENTITY_FIELD: 422,
  LYREBIRD_NO_TIME_FIELD: 422,
  LYREBIRD_TOO_FEW_EVENTS: 422,
  LYREBIRD_UNKNOWN_ENTITY: 422,
  LYREBIRD_UNKNOWN_TECHNIQUE: 422,
  LYREBIRD_UNKNOWN_VALUE: 422,
  LYREBIRD_UNKNOWN_FIELD: 422,
  LYREBIRD_INDEX_GONE: 410,
  LYREBIRD_ELASTICSEARCH_UNAVAILABLE: 503,
  LYREBIRD_NODE_UNAVAILABLE: 503,
  LYREBIRD_DISK_FULL: 507,
  LYREBIRD_CANCELLED: 409,
  LYREBIRD_CORRUPT: 500,
  LYREBIRD_UNSUPPORTED: 501,
  LYREBIRD_INTERNAL: 500,
};

/**
 * The one error class that crosses room borders. `message` names the thing, the value and what was expected;
 * `hint` says what to do next. Anything else that is thrown is a bug and surfaces as LYREBIRD_INTERNAL.
 */
export class LyrebirdError extends Error {
  override readonly name = 'LyrebirdError';
  readonly statusCode: number;

  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly hint?: string,
    options?: { cause?: unknown }
  ) {
    super(message, options);
    this.statusCode = STATUS[code];
  }

  toBody(): ErrorBody {
    return { statusCode: this.statusCode, code: this.code, message: this.message, hint: this.hint };
  }

  /** Rebuilds the error from an HTTP answer of the node or the plugin. */
  static fromBody(body: ErrorBody): LyrebirdError {
    return new LyrebirdError(body.code, body.message, body.hint);
  }
}

/** Turns anything thrown into a LyrebirdError; the cause is kept for the log, never shown to the caller. */
export function toLyrebirdError(error: unknown): LyrebirdError {
  if (error instanceof LyrebirdError) return error;
  const code = (error as { code?: unknown } | undefined)?.code;
  const message = error instanceof Error ? error.message : String(error);
  if (code === 'ENOSPC') {
    return new LyrebirdError('LYREBIRD_DISK_FULL', `No space left on the disk: ${message}`, 'Free disk space, then resume the job.', { cause: error });
  }
  if (error instanceof Error && error.name === 'AbortError') {
    return new LyrebirdError('LYREBIRD_CANCELLED', 'The operation was cancelled.', 'Resume or start it again.', { cause: error });
  }
  return new LyrebirdError('LYREBIRD_INTERNAL', message, 'This is a defect; the log has the details.', { cause: error });
}
