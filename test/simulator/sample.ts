import type { Json, LogEvent } from '../../common';
import { getPath } from '../../common';
import { simulate, type SampleEvent, type SimulateOptions } from '../../simulator';

export const END = new Date('2026-03-01T00:00:00Z');

export const sample = (options: SimulateOptions): SampleEvent[] => [...simulate({ end: END, ...options })];

/** The sample that most tests look at: everybody's default, written once per test file. */
let standard: SampleEvent[] | undefined;
export const standardSample = (): SampleEvent[] => (standard ??= sample({}));

export const text = (event: SampleEvent, path: string): string => {
  const value: Json | undefined = getPath(event._source, path);
  return value === null || value === undefined ? '' : String(value);
};
export const loginOf = (event: SampleEvent): string => text(event, 'user.name').split('@')[0].toLowerCase();
export const isPerson = (event: SampleEvent): boolean => !event.entity.startsWith('svc-');
export const threatOf = (event: SampleEvent): LogEvent | undefined => event._source.threat as LogEvent | undefined;

export function groupBy<T>(items: Iterable<T>, key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const name = key(item);
    const group = groups.get(name);
    if (group) group.push(item);
    else groups.set(name, [item]);
  }
  return groups;
}

/** What goes wrong in the first event that breaks an invariant of every sample, or undefined. */
export function violation(events: readonly SampleEvent[], from: number, to: number): string | undefined {
  const ids = new Set<string>();
  const entered = new Set<string>();
  let last = '';
  for (const event of events) {
    const time = Date.parse(event.timestamp);
    if (event.timestamp !== event._source['@timestamp']) return `timestamp differs in ${event._id}`;
    if (event.timestamp < last) return `${event.timestamp} after ${last}`;
    if (time < from || time >= to) return `${event.timestamp} outside of the period`;
    if (ids.has(event._id)) return `${event._id} twice`;
    if (loginOf(event) !== event.entity) return `user.name ${text(event, 'user.name')} of ${event.entity}`;
    if ((threatOf(event) !== undefined) !== (event.label?.phase === 'exercise')) return `threat fields and label disagree in ${event._id}`;
    if (event.dataset === 'azure.signinlogs' && text(event, 'azure.signinlogs.result_type') === '0') entered.add(`${event.entity} ${text(event, 'azure.signinlogs.properties.app_display_name')}`);
    if (event.dataset === 'confluence.audit' && !entered.has(`${event.entity} Confluence`)) return `${event._id} uses the wiki without a sign-in`;
    if (text(event, 'event.action') === 'AssumeRoleWithSAML') {
      if (!entered.has(`${event.entity} AWS IAM Identity Center`)) return `${event._id} enters AWS without a sign-in`;
      entered.add(text(event, 'aws.cloudtrail.flattened.response_elements.credentials.accessKeyId'));
    } else if (text(event, 'aws.cloudtrail.user_identity.type') === 'AssumedRole' && !entered.has(text(event, 'aws.cloudtrail.user_identity.access_key_id'))) return `${event._id} uses a credential before it was issued`;
    ids.add(event._id);
    last = event.timestamp;
  }
  return undefined;
}
