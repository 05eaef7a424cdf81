import { carriers, getPath, hasTellingValue, type AnomalyRecord, type LogEvent, type Rule } from '../../common';

/** What of a record rules look at. */
export type Judged = Pick<AnomalyRecord, 'job_id' | 'timestamp'> & { lyrebird: Pick<AnomalyRecord['lyrebird'], 'entity' | 'log_type' | 'top_fields'> };

/** A rule with all names of its entity: its own, and its pseudonym where there is one. */
export interface RuleInForce extends Rule {
  entities?: string[];
}

/** Whether the rule can only be judged with the event at hand. */
export const needsEvent = ({ kind, scope }: Rule): boolean => kind === 'ignore' && scope.fields.length > 0;

/** Whether the rule hides the record. `event`: as it stands in its index. */
export function matches({ kind, scope, entities }: RuleInForce, record: Judged, event: LogEvent | undefined): boolean {
  const { entity, log_type, top_fields } = record.lyrebird;
  if (scope.job_id !== undefined && scope.job_id !== record.job_id) return false;
  if (scope.entity !== undefined && !(entities ?? [scope.entity]).includes(entity)) return false;
  if (scope.log_type !== undefined && scope.log_type !== log_type) return false;
  const time = Date.parse(record.timestamp);
  if (scope.from !== undefined && time < Date.parse(scope.from)) return false;
  if (scope.to !== undefined && time >= Date.parse(scope.to)) return false;
  if (kind === 'ignore') return scope.fields.every(({ field, value }) => event !== undefined && holds(event, field, value!));
  // Excused is what carried the marked record, and nothing that comes on top.
  return carriers(top_fields).every((carrier) => scope.fields.some(({ field, value }) => field === carrier.field && (value === undefined || value === carrier.actual)));
}

function holds(event: LogEvent, field: string, value: string): boolean {
  const found = getPath(event, field);
  return (typeof found === 'string' || typeof found === 'number' || typeof found === 'boolean') && String(found) === value;
}

/** The fields of a rule that is made from a record. */
export function carriedBy(record: Pick<AnomalyRecord, 'lyrebird'>, values: 'same' | 'any'): Rule['scope']['fields'] {
  return carriers(record.lyrebird.top_fields).map(({ field, actual }) => ({ field, ...(values === 'same' && hasTellingValue(field) ? { value: actual } : {}) }));
}
