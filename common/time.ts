import type { Json } from './events';

const ISO = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2})?)(?:[.,](\d{1,9}))?)?\s*(Z|UTC|[+-]\d{2}:?\d{2})?$/i;
const COMMON_LOG = /^(\d{2})\/([A-Z][a-z]{2})\/(\d{4}):(\d{2}:\d{2}:\d{2}) ([+-]\d{4})$/;

/**
 * Milliseconds since the epoch of a time as logs write it: ISO 8601 (with a space or T, any number of decimals, no zone
 * meaning UTC), the Common Log Format, RFC 2822, or an epoch in seconds, milliseconds, microseconds or nanoseconds (number
 * or digits). Returns undefined for anything else; never guesses a year.
 */
export function parseTime(value: Json | undefined): number | undefined {
  if (typeof value === 'number') return fromEpoch(value);
  if (typeof value !== 'string') return undefined;
  const text = value.trim();
  if (/^\d{9,19}(\.\d+)?$/.test(text)) return fromEpoch(Number(text));
  const iso = ISO.exec(text);
  if (iso) {
    const zone = !iso[4] || /^(z|utc)$/i.test(iso[4]) ? 'Z' : iso[4].includes(':') ? iso[4] : `${iso[4].slice(0, 3)}:${iso[4].slice(3)}`;
    const clock = iso[2] === undefined ? '00:00:00' : iso[2].length === 5 ? `${iso[2]}:00` : iso[2];
    return finite(Date.parse(`${iso[1]}T${clock}.${(iso[3] ?? '').padEnd(3, '0').slice(0, 3)}${zone}`));
  }
  const clf = COMMON_LOG.exec(text);
  if (clf) return finite(Date.parse(`${clf[1]} ${clf[2]} ${clf[3]} ${clf[4]} ${clf[5]}`));
  // Date.parse accepts far too much ("word 1" is a date to V8); RFC 2822 always has a named month, a year and a clock.
  if (/^([A-Z][a-z]{2},? )?\d{1,2} [A-Z][a-z]{2,8} \d{4} \d{2}:\d{2}/.test(text)) {
    // Without a zone, Date.parse would take the one that this machine is in.
    return finite(Date.parse(/([A-Z]|[+-]\d{2}:?\d{2})$/i.test(text) ? text : `${text} UTC`));
  }
  return undefined;
}

/** Epochs between 1973 and 5138 are told apart by their magnitude. */
function fromEpoch(epoch: number): number | undefined {
  if (!Number.isFinite(epoch) || epoch < 1e8) return undefined;
  if (epoch < 1e11) return epoch * 1000;
  if (epoch < 1e14) return epoch;
  if (epoch < 1e17) return epoch / 1e3;
  return epoch / 1e6;
}

function finite(time: number): number | undefined {
  return Number.isNaN(time) ? undefined : time;
}
