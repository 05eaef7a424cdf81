import { InvalidArgumentError } from 'commander';
import type { GenerateFlags } from './generate';

type Where = GenerateFlags['where'];
const BOUNDS = { '>=': 'gte', '>': 'gt', '<=': 'lte', '<': 'lt' } as const;

/**
 * `FIELD=VALUE`, `FIELD=VALUE,VALUE,…` or `FIELD>=BOUND` (also >, <=, <; two of them make an interval). A value that is a JSON number,
 * boolean, null or string is taken as that, anything else as text; text in quotation marks may hold commas.
 *
 * @throws InvalidArgumentError
 */
export function where(text: string, before: Where): Where {
  const match = /^(.+?)(>=|<=|=|>|<)(.*)$/s.exec(text);
  if (!match) throw new InvalidArgumentError('Expected FIELD=VALUE, FIELD=VALUE,VALUE or FIELD>=BOUND.');
  const [, field, sign, rest] = match;
  if (sign !== '=') {
    const bound = scalar(rest);
    if (typeof bound !== 'number' && (typeof bound !== 'string' || bound === '')) throw new InvalidArgumentError('Expected a number or a time after the sign.');
    const range = before[field];
    const others = typeof range === 'object' && range !== null && !Array.isArray(range) ? range : {};
    return { ...before, [field]: { ...others, [BOUNDS[sign as keyof typeof BOUNDS]]: bound } };
  }
  const pieces = rest.match(/"(?:[^"\\]|\\.)*"(?=,|$)|[^,]+/gs) ?? [''];
  return { ...before, [field]: pieces.length === 1 ? scalar(rest) : pieces.map(scalar) };
}

function scalar(text: string): string | number | boolean | null {
  try {
    const parsed: unknown = JSON.parse(text);
    if (parsed === null || ['string', 'number', 'boolean'].includes(typeof parsed)) return parsed as string | number | boolean | null;
  } catch {
    // Plain text.
  }
  return text;
}

/** `08:00-18:00`. */
export function hours(text: string): { from: string; to: string } {
  const match = /^(\d\d:\d\d)-(\d\d:\d\d)$/.exec(text);
  if (!match) throw new InvalidArgumentError('Expected hours such as 08:00-18:00.');
  return { from: match[1], to: match[2] };
}

const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

export function weekdays(text: string): number[] {
  return text.split(',').map((name) => {
    const day = DAYS.indexOf(name.trim().toLowerCase().slice(0, 3));
    if (day < 0) throw new InvalidArgumentError('Expected days such as mon,tue,wed,thu,fri.');
    return day;
  });
}

/** `+02:00`, minutes east of UTC. */
export function utcOffset(text: string): number {
  const match = /^([+-])(\d\d):?(\d\d)$/.exec(text);
  if (!match) throw new InvalidArgumentError('Expected an offset from UTC such as +02:00.');
  return (match[1] === '-' ? -1 : 1) * (Number(match[2]) * 60 + Number(match[3]));
}
