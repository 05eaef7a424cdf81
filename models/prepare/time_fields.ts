import { DEFAULT_TIME_FIELDS, parseTime, type Json, type LogHit } from '../../common';
import { findFields } from './find_fields';
import { wordsOf } from './walk_scalars';

const MAX_FOUND = 32;
const LEAST_RANK = 20;
/** Outside of these a "time" is a misread number or a placeholder such as 0001-01-01. */
const EARLIEST = Date.UTC(1990, 0, 1);
const LATEST = Date.UTC(2100, 0, 1);

const MOMENT = /^(@?timestamp|time|eventtime|datetime|ts|when|occurred|utctimestamp|calendartime|unixtime|logtime|messagetime)$/;
const MADE = /^(published|created|createdat|creationtime|createddatetime|date|generated|generateddatetime|observed|recorded|logged)$/;
const NEAR = /^(received|receive|requestreceived|receivetimestamp|start|started|starttime|begin|first|submitted|requested|login)$/;
/** Says that a word beside it is a time at all. */
const TIME = /(time|timestamp|date|stamp|seen|at)$/;
const OTHER = /^(update|updated|updatedat|modified|modification|last|expire|expires|expiry|expiration|end|ended|endtime|due|parse|parsed|prev|previous|next|old|new|until|valid|not|delta|elapsed|duration|timeout|zone|timezone|span|usage|cpu|db|system|user|deleted|birth|pwd|password|certificate)$/;
const WITHIN = /^(parameters|params|request|response|requestparameters|responseelements|requestobject|responseobject|body|repository|target|resource|sessioncontext|enrichment|details|attributes)$/;

/** How well a path says when an event happened, by its words alone; undefined when it says something else. */
export function timeRank(path: string): number | undefined {
  const segments = path.split('.').map(wordsOf);
  const last = segments[segments.length - 1];
  const whole = last.join('');
  const ending = last[last.length - 1] ?? '';
  let kind: number | undefined;
  if (MOMENT.test(whole)) kind = 100;
  else if (last.some((word) => MADE.test(word)) || MADE.test(whole)) kind = 80;
  else if (NEAR.test(whole) || (last.some((word) => NEAR.test(word)) && TIME.test(ending))) kind = 60;
  else if (MOMENT.test(ending)) kind = 90;
  if (kind === undefined) return undefined;
  const others = segments.flat().filter((word) => OTHER.test(word)).length;
  const within = segments.slice(0, -1).filter((segment) => segment.some((word) => WITHIN.test(word)) || WITHIN.test(segment.join(''))).length;
  const rank = kind - 50 * others - 15 * within - 4 * segments.length;
  return rank >= LEAST_RANK ? rank : undefined;
}

/** Milliseconds since 1970; undefined where a value is no time, or one that no log is from. */
export function plausibleTime(value: Json | undefined): number | undefined {
  const time = parseTime(value);
  return time !== undefined && time > EARLIEST && time < LATEST ? time : undefined;
}

/** Fields that say when an event happened, for events that have none of the common ones, in order of preference. */
export function findTimeFields(sample: readonly LogHit[], known: readonly string[] = DEFAULT_TIME_FIELDS): string[] {
  return findFields(sample, { known, rank: timeRank, accepts: (value) => plausibleTime(value) !== undefined, most: MAX_FOUND });
}
