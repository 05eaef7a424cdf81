import type { Logger as Pino } from 'pino';
import type { Logger } from '../../server/kibana';

/** Kibana's logger on pino: contexts join with dots (`plugins.lyrebird.routes`). */
export function kibanaLogger(pino: Pino, context: readonly string[] = []): Logger {
  const log = pino.child({ context: context.join('.') });
  const withError = (level: 'warn' | 'error') => (message: string | Error, meta?: object) =>
    message instanceof Error ? log[level]({ ...meta, err: message }, message.message) : log[level]({ ...meta }, message);
  return {
    debug: (message, meta) => log.debug({ ...meta }, message),
    info: (message, meta) => log.info({ ...meta }, message),
    warn: withError('warn'),
    error: withError('error'),
    get: (...more) => kibanaLogger(pino, [...context, ...more]),
  };
}
