import { i18n } from '@kbn/i18n';
import type { Rule, RuleScope } from '../../../common';
import { formatTime } from '../../components/format';
import { fieldLabel } from './explanation';
import { quoted, valueText } from './value_text';

/** What a rule matches, one condition a line; all must hold. */
export function scopeLines(kind: Rule['kind'], { entity, log_type, fields, from, to, job_id }: RuleScope): string[] {
  const lines: string[] = [];
  const say = (id: string, defaultMessage: string, values: Record<string, string>) => lines.push(i18n.translate(id, { defaultMessage, values, ignoreTag: true }));
  if (entity === undefined) lines.push(i18n.translate('lyrebird.rule.everybody', { defaultMessage: 'whoever it is' }));
  else say('lyrebird.rule.entity', 'the entity is {entity}', { entity });
  if (log_type !== undefined) say('lyrebird.rule.logType', 'the log type is {logType}', { logType: log_type });
  for (const { field, value } of fields) {
    if (kind === 'ignore') say('lyrebird.rule.field', '{field} is “{value}”', { field, value: value ?? '' });
    else if (value === undefined) say('lyrebird.rule.carriedAny', 'what surprises is {field}, whatever it is', { field: fieldLabel(field) });
    else say('lyrebird.rule.carried', 'what surprises is {field}, being {value}', { field: fieldLabel(field), value: quoted(valueText(value, field), value, field) });
  }
  if (kind === 'not_an_anomaly') lines.push(i18n.translate('lyrebird.rule.nothingElse', { defaultMessage: 'and nothing else does' }));
  if (from !== undefined) say('lyrebird.rule.from', 'from {from} on', { from: formatTime(from) });
  if (to !== undefined) say('lyrebird.rule.to', 'before {to}', { to: formatTime(to) });
  if (job_id !== undefined) say('lyrebird.rule.job', 'in the scoring job {job} only', { job: job_id });
  return lines;
}

export const ruleKindText = (kind: Rule['kind']): string =>
  kind === 'ignore' ? i18n.translate('lyrebird.rule.ignore', { defaultMessage: 'Ignored' }) : i18n.translate('lyrebird.rule.notAnAnomaly', { defaultMessage: 'Not an anomaly' });
