import dateMath from '@elastic/datemath';
import moment from 'moment';

/** A date picker's text (ISO 8601 or date math) as a fixed time, ISO 8601 in UTC; undefined when it is neither. */
export function resolveTime(text: string, roundUp: boolean): string | undefined {
  const time = text.startsWith('now') ? dateMath.parse(text, { roundUp }) : moment(text, moment.ISO_8601, true);
  return time?.isValid() ? time.toISOString() : undefined;
}
