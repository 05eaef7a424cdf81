import { i18n } from '@kbn/i18n';
import { ERROR_CODES, type ErrorCode } from '../../common';

/** An error as a page shows it: what happened, and what to do about it. */
export interface AppError {
  code: ErrorCode;
  message: string;
  hint?: string;
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
const isCode = (value: unknown): value is ErrorCode => (ERROR_CODES as readonly unknown[]).includes(value);
const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

/**
 * Reads Kibana's fetch error (`body: {statusCode, message, attributes: {code, hint}}`), a network failure (no
 * `response`) or anything else that was thrown.
 */
export function toAppError(error: unknown): AppError {
  if (isObject(error) && isObject(error.body)) {
    const { message, attributes } = error.body;
    const { code, hint } = isObject(attributes) ? attributes : {};
    return { code: isCode(code) ? code : 'LYREBIRD_INTERNAL', message: text(message) ?? String(error.message), hint: text(hint) };
  }
  if (isObject(error) && 'request' in error && !error.response) {
    return {
      code: 'LYREBIRD_NODE_UNAVAILABLE',
      message: i18n.translate('lyrebird.error.unreachable.message', { defaultMessage: 'The server cannot be reached.' }),
      hint: i18n.translate('lyrebird.error.unreachable.hint', { defaultMessage: 'Check that it is running, then try again.' }),
    };
  }
  if (isObject(error) && isCode(error.code)) return { code: error.code, message: String(error.message), hint: text(error.hint) };
  return { code: 'LYREBIRD_INTERNAL', message: error instanceof Error ? error.message : String(error) };
}

/** A request that was wrong stays wrong; a server that is busy or away may come back. */
export function isRetryable(error: unknown): boolean {
  const response = isObject(error) ? error.response : undefined;
  const status = isObject(response) ? response.status : undefined;
  return status === undefined || status === 429 || status === 503;
}
