import type { Rows } from './corpus';
import type { Field } from './schema';

/** What a field is to a person who reads the log. */
export type Role = 'place' | 'app' | 'device' | 'address' | 'action' | 'outcome';

/** Fields that play the role, in order of preference: ECS and the raw names of common logs; then any that match the pattern. */
const CANDIDATES: Record<Role, { paths: readonly string[]; pattern?: RegExp }> = {
  place: {
    paths: ['source.geo.city_name', 'client.geo.city_name', 'geo.city_name', 'location.city', 'properties.location.city', 'source.geo.country_iso_code', 'location'],
    pattern: /(^|[._])(city|country|location|region)(_?name)?$/i,
  },
  app: {
    paths: ['azure.signinlogs.properties.app_display_name', 'properties.appDisplayName', 'appDisplayName', 'event.provider', 'eventSource', 'service.name', 'process.name'],
    pattern: /(^|[._])(app|application|service|program|process)(_?(display_?)?name)?$/i,
  },
  device: {
    paths: [
      'azure.signinlogs.properties.device_detail.device_id',
      'azure.signinlogs.properties.device_detail.display_name',
      'properties.deviceDetail.deviceId',
      'deviceDetail.displayName',
      'user_agent.original',
      'userAgent',
      'host.name',
    ],
    pattern: /(^|[._])(device|user_?agent|host|computer|workstation)(_?(id|name))?$/i,
  },
  address: { paths: ['source.ip', 'client.ip', 'sourceIPAddress', 'ipAddress', 'callerIpAddress'], pattern: /(^|[._])(ip|ip_?address|src_?ip)$/i },
  action: { paths: ['event.action', 'eventName', 'operationName', 'event.code', 'event_id', 'EventID', 'action'], pattern: /(^|[._])(action|operation|event_?(name|type|id)|command)$/i },
  outcome: { paths: ['event.outcome', 'outcome', 'status', 'result'] },
};

/** For events that are too few for a schema of their own. */
export const ACTION_PATHS = CANDIDATES.action.paths;
export const OUTCOME_PATHS = CANDIDATES.outcome.paths;

/** A field with one value in most of a log type tells nothing about who acts there. */
const LEAST_PRESENT = 0.05;

/** The field of a log type that plays the role; undefined when none does. */
export function fieldFor(role: Role, fields: readonly Field[], train: Rows): Field | undefined {
  const { paths, pattern } = CANDIDATES[role];
  const usable = (field: Field | undefined) => {
    if (field === undefined || (field.kind !== 'categorical' && field.kind !== 'constant')) return false;
    let present = 0;
    for (const row of train) if (field.column.at(row) > 1) present++;
    return present >= LEAST_PRESENT * train.length && present > 0;
  };
  for (const path of paths) {
    const field = fields.find((candidate) => candidate.path === path);
    if (usable(field)) return field;
  }
  return pattern === undefined ? undefined : fields.find((field) => pattern.test(field.path) && usable(field));
}
