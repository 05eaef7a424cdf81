import { useState } from 'react';
import { EuiCheckbox, EuiComboBox, EuiFieldText, EuiFormRow, EuiRadioGroup, EuiSpacer, EuiSuperDatePicker, EuiSwitch, useGeneratedHtmlId } from '@elastic/eui';
import { i18n } from '@kbn/i18n';
import type { AnomalyDetail, AnomalyRecord, LogEvent } from '../../../common';
import { resolveTime } from '../../components/resolve_time';
import { RuleModal } from './rule_modal';

const MAX_PAIRS = 300;

function Description({ value, onChange }: { value: string; onChange(value: string): void }) {
  return (
    <EuiFormRow fullWidth label={i18n.translate('lyrebird.rule.why', { defaultMessage: 'Why (for those who look later)' })}>
      <EuiFieldText fullWidth value={value} maxLength={1000} onChange={({ target }) => onChange(target.value)} data-test-subj="lyrebirdRuleWhy" />
    </EuiFormRow>
  );
}

/** "Not an anomaly": events that stand out for the same reasons are hidden from now on. */
export function NotAnAnomaly({ record, onClose }: { record: AnomalyRecord; onClose(): void }) {
  const [entity, setEntity] = useState<'same' | 'everybody'>('same');
  const [values, setValues] = useState<'same' | 'any'>('same');
  const [description, setDescription] = useState('');
  const id = useGeneratedHtmlId({ prefix: 'rule' });
  return (
    <RuleModal
      title={i18n.translate('lyrebird.rule.notAnAnomalyTitle', { defaultMessage: 'Not an anomaly' })}
      rule={{ kind: 'not_an_anomaly', record_id: record._id, entity, values, ...(description ? { description } : {}) }}
      onClose={onClose}
    >
      <EuiRadioGroup
        name={`${id}-entity`}
        legend={{ children: i18n.translate('lyrebird.rule.whose', { defaultMessage: 'Whose events' }) }}
        options={[
          { id: `${id}-same`, label: i18n.translate('lyrebird.rule.same', { defaultMessage: 'Those of {entity}', values: { entity: record.lyrebird.entity } }) },
          { id: `${id}-everybody`, label: i18n.translate('lyrebird.rule.all', { defaultMessage: 'Everybody’s' }) },
        ]}
        idSelected={`${id}-${entity}`}
        onChange={(chosen) => setEntity(chosen.endsWith('-same') ? 'same' : 'everybody')}
        data-test-subj="lyrebirdRuleWhose"
      />
      <EuiSpacer size="m" />
      <EuiCheckbox
        id={`${id}-values`}
        label={i18n.translate('lyrebird.rule.sameValues', { defaultMessage: 'Only with the same values in the fields that surprised' })}
        checked={values === 'same'}
        onChange={({ target }) => setValues(target.checked ? 'same' : 'any')}
        data-test-subj="lyrebirdRuleSameValues"
      />
      <EuiSpacer size="m" />
      <Description value={description} onChange={setDescription} />
    </RuleModal>
  );
}

/** "Ignore": by entity, by what stands in the event, at times. Without an anomaly: a time, for everybody. */
export function Ignore({ detail, onClose }: { detail?: AnomalyDetail; onClose(): void }) {
  const of = detail?.record.lyrebird;
  const [entity, setEntity] = useState(true);
  const [logType, setLogType] = useState(true);
  const [pairs, setPairs] = useState<string[]>([]);
  const [timed, setTimed] = useState(detail === undefined);
  const [range, setRange] = useState({ start: 'now', end: 'now+1d' });
  const [description, setDescription] = useState('');
  const id = useGeneratedHtmlId({ prefix: 'rule' });
  const known = new Map(pairsOf(detail?.event));
  return (
    <RuleModal
      title={i18n.translate('lyrebird.rule.ignoreTitle', { defaultMessage: 'Ignore' })}
      rule={{
        kind: 'ignore',
        scope: {
          ...(of && entity ? { entity: of.entity } : {}),
          ...(of && logType ? { log_type: of.log_type } : {}),
          fields: pairs.flatMap((pair) => known.get(pair) ?? []),
          ...(timed ? { from: resolveTime(range.start, false), to: resolveTime(range.end, true) } : {}),
        },
        ...(description ? { description } : {}),
      }}
      onClose={onClose}
    >
      {of && (
        <>
          <EuiCheckbox
            id={`${id}-entity`}
            label={i18n.translate('lyrebird.rule.onlyEntity', { defaultMessage: 'Only of {entity}', values: { entity: of.entity } })}
            checked={entity}
            onChange={({ target }) => setEntity(target.checked)}
            data-test-subj="lyrebirdRuleEntity"
          />
          <EuiSpacer size="s" />
          <EuiCheckbox
            id={`${id}-type`}
            label={i18n.translate('lyrebird.rule.onlyLogType', { defaultMessage: 'Only {logType}', values: { logType: of.log_type } })}
            checked={logType}
            onChange={({ target }) => setLogType(target.checked)}
            data-test-subj="lyrebirdRuleLogType"
          />
          <EuiSpacer size="m" />
          <EuiFormRow fullWidth label={i18n.translate('lyrebird.rule.with', { defaultMessage: 'Only with these values' })}>
            <EuiComboBox
              fullWidth
              options={[...known.keys()].map((label) => ({ label }))}
              selectedOptions={pairs.map((label) => ({ label }))}
              onChange={(chosen) => setPairs(chosen.map(({ label }) => label))}
              placeholder={i18n.translate('lyrebird.rule.withPlaceholder', { defaultMessage: 'Any; choose among those of this event' })}
              data-test-subj="lyrebirdRuleFields"
            />
          </EuiFormRow>
          <EuiSpacer size="m" />
        </>
      )}
      <EuiSwitch label={i18n.translate('lyrebird.rule.timed', { defaultMessage: 'Only during a time' })} checked={timed} onChange={({ target }) => setTimed(target.checked)} data-test-subj="lyrebirdRuleTimed" />
      {timed && (
        <>
          <EuiSpacer size="s" />
          <EuiSuperDatePicker
            start={range.start}
            end={range.end}
            showUpdateButton={false}
            dateFormat="YYYY-MM-DD HH:mm"
            width="full"
            onTimeChange={({ start, end }) => setRange({ start: resolveTime(start, false) ?? start, end: resolveTime(end, true) ?? end })}
            data-test-subj="lyrebirdRuleTime"
          />
        </>
      )}
      <EuiSpacer size="m" />
      <Description value={description} onChange={setDescription} />
    </RuleModal>
  );
}

/** What stands in an event, `field: value`, as it is chosen from a list. */
function pairsOf(event: Record<string, unknown> | undefined): Array<[label: string, pair: { field: string; value: string }]> {
  const pairs: Array<[string, { field: string; value: string }]> = [];
  const walk = (value: unknown, path: string): void => {
    if (pairs.length >= MAX_PAIRS) return;
    // Paths answer with the first of an array.
    if (Array.isArray(value)) walk(value[0], path);
    else if (typeof value === 'object' && value !== null) for (const [key, member] of Object.entries(value as LogEvent)) walk(member, path === '' ? key : `${path}.${key}`);
    else if (value !== null && value !== undefined && String(value).length <= 200) pairs.push([`${path}: ${String(value)}`, { field: path, value: String(value) }]);
  };
  walk(event, '');
  return pairs;
}
