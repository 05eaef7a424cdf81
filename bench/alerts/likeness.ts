import { groupBy } from 'lodash';
import { getPath, type LogHit } from '../../common';
import type { AttackSequence, Document } from './organisation';

/** What an attack may keep of its victim's habits. */
const HABITS = {
  device: 'azure.signinlogs.properties.device_detail.device_id',
  address: 'source.ip',
  country: 'source.geo.country_iso_code',
  'user agent': 'user_agent.original',
  application: 'azure.signinlogs.properties.app_display_name',
  region: 'cloud.region',
  role: 'aws.cloudtrail.user_identity.session_context.session_issuer.arn',
  'user id': 'user.id',
} as const;
type Habit = keyof typeof HABITS;

/** How the attacks of one technique go: medians, shares and distances of 0-1. */
export interface Course {
  /** Events of an attack, median. */
  events: number;
  /** Seconds between its events, median. */
  pause: number;
  /** Different addresses of an attack, mean. */
  addresses: number;
  /** By field: share of events whose value the victim had had before, of those that have the field. */
  own: Partial<Record<Habit, number>>;
}

export interface Distances {
  /** Total variation distance of the actions, and of pairs of successive ones. */
  actions: number;
  order: number;
}

/** What each entity had of each habit. */
export class Habits {
  private readonly values = new Map<string, Set<string>>();

  constructor(normal: readonly LogHit[]) {
    for (const hit of normal) {
      const entity = String(getPath(hit._source, 'user.name')).split('@')[0];
      for (const field of Object.values(HABITS)) {
        const value = getPath(hit._source, field);
        if (value === undefined || value === null) continue;
        const key = `${entity} ${field}`;
        const known = this.values.get(key);
        if (known) known.add(String(value));
        else this.values.set(key, new Set([String(value)]));
      }
    }
  }

  course(attacks: readonly AttackSequence[]): Course {
    const counts = Object.fromEntries(Object.keys(HABITS).map((habit) => [habit, { own: 0, all: 0 }])) as Record<Habit, { own: number; all: number }>;
    for (const { entity, events } of attacks) {
      for (const { source } of events) {
        for (const [habit, field] of Object.entries(HABITS) as Array<[Habit, string]>) {
          const value = getPath(source, field);
          if (value === undefined || value === null) continue;
          counts[habit].all++;
          if (this.values.get(`${entity} ${field}`)?.has(String(value))) counts[habit].own++;
        }
      }
    }
    const pauses = attacks.flatMap(({ events }) => events.slice(1).map(({ time }, i) => (time - events[i].time) / 1000));
    const addresses = attacks.map(({ events }) => new Set(events.map(({ source }) => getPath(source, HABITS.address)).filter((value) => value !== undefined)).size);
    return {
      events: median(attacks.map(({ events }) => events.length)),
      pause: median(pauses),
      addresses: addresses.reduce((sum, count) => sum + count, 0) / Math.max(1, addresses.length),
      own: Object.fromEntries((Object.entries(counts) as Array<[Habit, { own: number; all: number }]>).filter(([, { all }]) => all > 0).map(([habit, { own, all }]) => [habit, own / all])),
    };
  }
}

/** How far the actions of some attacks, and their order, are from those of others. */
export function distances(some: readonly AttackSequence[], others: readonly AttackSequence[]): Distances {
  const actions = (attacks: readonly AttackSequence[]) => attacks.map(({ events }) => events.map(actionOf));
  const singles = (attacks: readonly AttackSequence[]) => actions(attacks).flat();
  const pairs = (attacks: readonly AttackSequence[]) => actions(attacks).flatMap((names) => ['start', ...names].map((name, i) => `${name} > ${names[i] ?? 'end'}`));
  return { actions: totalVariation(singles(some), singles(others)), order: totalVariation(pairs(some), pairs(others)) };
}

/** Of sign-ins, whose action is always the same, the result. */
const actionOf = ({ source }: Document): string => String(getPath(source, 'azure.signinlogs.result_type') ?? getPath(source, 'event.action'));

function totalVariation(some: readonly string[], others: readonly string[]): number {
  const [a, b] = [groupBy(some), groupBy(others)];
  const share = (groups: Record<string, string[]>, key: string, all: readonly string[]) => (groups[key]?.length ?? 0) / Math.max(1, all.length);
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].reduce((sum, key) => sum + Math.abs(share(a, key, some) - share(b, key, others)) / 2, 0);
}

const median = (values: number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted.length === 0 ? NaN : (sorted[Math.floor((sorted.length - 1) / 2)] + sorted[Math.floor(sorted.length / 2)]) / 2;
};
