import { createHash } from 'node:crypto';
import { LyrebirdError, type LogEvent } from '../common';
import { planAttacks } from './attacks';
import type { Draft, SampleEvent } from './events';
import { renderApiCall } from './logs/cloudtrail';
import { renderWiki } from './logs/confluence';
import { renderSignIn } from './logs/signin';
import { makeOrganisation, type Organisation } from './organisation';
import { DAY, HOUR } from './schedule';
import { dayDrafts } from './sessions';

export interface SimulateOptions {
  /** Accounts, people and services together. Default 80. */
  users?: number;
  /** Length of the period. Default 30. */
  days?: number;
  /** Default 1. */
  seed?: number;
  /** End of the period, excluded. Default: the last UTC midnight. */
  end?: Date;
  /** Wanted mean number of events a day; default about 17 for each user. Reached within about a tenth, attacks aside. */
  eventsPerDay?: number;
  /** Attacks of each technique in each of the two phases; 0 for an organisation at peace. Default: two to four. */
  attacks?: number;
}

/** What a user brings a day on average, weekends and holidays included, at scale 1. */
const EVENTS_PER_USER_DAY = 16.8;
/** No time zone is further from UTC, so days that start later cannot hold an event before this much ahead of their UTC midnight. */
const ZONE_MARGIN = 15 * HOUR;

export interface Period {
  users: number;
  days: number;
  seed: number;
  start: number;
  end: number;
  scale: number;
  /** Absent for the default. */
  attacks?: number;
}

const integer = (name: string, value: number, low: number, high: number): number => {
  if (!Number.isInteger(value) || value < low || value > high)
    throw new LyrebirdError('LYREBIRD_BAD_REQUEST', `${name} is ${value}, expected an integer from ${low} to ${high}.`, `Give ${name} within these bounds.`);
  return value;
};

/** Fills in the defaults. Throws LYREBIRD_BAD_REQUEST for options out of bounds. */
export function periodOf(options: SimulateOptions = {}): Period {
  const users = integer('users', options.users ?? 80, 1, 100_000);
  const days = integer('days', options.days ?? 30, 1, 3650);
  const seed = integer('seed', options.seed ?? 1, 0, 2 ** 31 - 1);
  const end = options.end?.getTime() ?? Math.floor(Date.now() / DAY) * DAY;
  if (!Number.isFinite(end) || end < Date.UTC(2000, 0, 1) || end > Date.UTC(2100, 0, 1))
    throw new LyrebirdError('LYREBIRD_BAD_REQUEST', `end is ${String(options.end)}, expected a date from 2000 to 2100.`, 'Give the end as an ISO 8601 date, for example 2026-01-31.');
  const wanted = options.eventsPerDay;
  if (wanted !== undefined && !(wanted >= 1 && wanted <= 1e8)) throw new LyrebirdError('LYREBIRD_BAD_REQUEST', `eventsPerDay is ${wanted}, expected a number from 1 to 100000000.`, 'Leave it out for the natural amount.');
  const attacks = options.attacks === undefined ? undefined : integer('attacks', options.attacks, 0, 1000);
  return { users, days, seed, attacks, start: end - days * DAY, end, scale: wanted === undefined ? 1 : wanted / (users * EVENTS_PER_USER_DAY) };
}

function render(draft: Draft, org: Organisation): LogEvent {
  if (draft.dataset === 'azure.signinlogs') return renderSignIn(draft, org);
  return draft.dataset === 'aws.cloudtrail' ? renderApiCall(draft, org) : renderWiki(draft, org);
}

/** Sorting is stable: what happens within the same second stays in the order in which it was done. */
const byTime = (a: Draft, b: Draft): number => a.time - b.time;

/**
 * Writes the logs of the sample organisation, all log types merged in the order of time. The same options give the same
 * events to the byte. Memory holds about two days of the period, so any length can be streamed.
 */
export function* simulate(options: SimulateOptions = {}): Generator<SampleEvent, void, undefined> {
  const period = periodOf(options);
  const org = makeOrganisation(period.seed, period.users);
  const attacks = planAttacks(org, period.start, period.end, period.users * period.days * EVENTS_PER_USER_DAY * period.scale, period.attacks).sort(byTime);
  const series = [period.seed, period.users, period.end, period.days, period.scale, ...(period.attacks === undefined ? [] : [period.attacks])].join('/');
  const firstDay = Math.floor(period.start / DAY) - 1;
  const lastDay = Math.floor((period.end - 1) / DAY) + 1;
  let pending: Draft[] = [];
  let nextAttack = 0;
  let sequence = 0;
  for (let day = firstDay; day <= lastDay; day++) {
    for (const person of org.people) {
      for (const draft of dayDrafts(org, person, day, period.scale)) {
        // A session cut by either end of the period is left out up to there: no use of a sign-in that is not in the logs.
        if (draft.sessionStart >= period.start && draft.time < period.end) pending.push(draft);
      }
    }
    const horizon = day === lastDay ? period.end : (day + 1) * DAY - ZONE_MARGIN;
    while (nextAttack < attacks.length && attacks[nextAttack].time < horizon) pending.push(attacks[nextAttack++]);
    pending.sort(byTime);
    let at = 0;
    for (; at < pending.length && pending[at].time < horizon; at++) {
      const draft = pending[at];
      const source = render(draft, org);
      const event: SampleEvent = {
        dataset: draft.dataset,
        _id: createHash('sha256').update(`${series}/${sequence++}`).digest('base64url').slice(0, 20),
        timestamp: source['@timestamp'] as string,
        entity: draft.access.person.login,
        _source: source,
      };
      if (draft.label) event.label = draft.label;
      yield event;
    }
    pending = pending.slice(at);
  }
}
