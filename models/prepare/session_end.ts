import type { PreparedEvent } from '../codec/types';
import { SESSION_END } from '../codec';

/** A whole session with an event that says that it ends: how surprising that is says what is missing. At least one event, in time order. */
export function withEnd(session: readonly PreparedEvent[]): PreparedEvent[] {
  const { entity, time } = session[session.length - 1];
  return [...session, { entity, time, logType: SESSION_END, event: {} }];
}

export const isEnd = ({ logType }: Pick<PreparedEvent, 'logType'>): boolean => logType === SESSION_END;
