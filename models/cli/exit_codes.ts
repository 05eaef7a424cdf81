import { LyrebirdError, toLyrebirdError, type ErrorCode } from '../../common';

/** What the command's exit code says; `lyrebird --help` lists them. */
export const EXIT = { ok: 0, failure: 1, usage: 2, input: 3, cancelled: 130 } as const;

const INPUT: ReadonlySet<ErrorCode> = new Set([
  'LYREBIRD_NOT_FOUND',
  'LYREBIRD_BAD_REQUEST',
  'LYREBIRD_NO_EVENTS',
  'LYREBIRD_NO_ENTITY_FIELD',
  'LYREBIRD_NO_TIME_FIELD',
  'LYREBIRD_TOO_FEW_EVENTS',
  'LYREBIRD_UNKNOWN_ENTITY',
  'LYREBIRD_UNKNOWN_TECHNIQUE',
  'LYREBIRD_UNKNOWN_VALUE',
  'LYREBIRD_UNKNOWN_FIELD',
  'LYREBIRD_INDEX_GONE',
]);

/** The same command on the same input would fail again. */
export const isInputError = (thrown: unknown): boolean => thrown instanceof LyrebirdError && INPUT.has(thrown.code);

/** A wrong combination of options, which commander cannot see. */
export class UsageError extends Error {}

/** Says on standard error what went wrong, and returns the exit code. */
export function reportFailure(thrown: unknown, json: boolean): number {
  if (thrown instanceof UsageError) {
    process.stderr.write(`error: ${thrown.message}\n`);
    return EXIT.usage;
  }
  const error = toLyrebirdError(thrown);
  if (json) process.stderr.write(`${JSON.stringify(error.toBody())}\n`);
  else process.stderr.write(`error: ${error.message}\n${error.hint ? `hint: ${error.hint}\n` : ''}`);
  if (error.code === 'LYREBIRD_CANCELLED') return EXIT.cancelled;
  return isInputError(error) ? EXIT.input : EXIT.failure;
}
