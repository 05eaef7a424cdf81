import { EuiFieldText, EuiFlexGroup, EuiFlexItem, EuiFormRow, EuiSpacer, EuiSwitch } from '@elastic/eui';
import { i18n } from '@kbn/i18n';
import { datafeedSchema, type StartScore } from '../../../common';

/** What a person has entered; spans as they are typed. */
export interface DatafeedFormState {
  on: boolean;
  frequency: string;
  queryDelay: string;
  checkWindow: string;
}

const DEFAULTS = datafeedSchema.parse({});
export const NO_DATAFEED: DatafeedFormState = {
  on: false,
  frequency: DEFAULTS.frequency,
  queryDelay: DEFAULTS.query_delay,
  checkWindow: DEFAULTS.delayed_data_check_config.check_window,
};

/** The request's datafeed; undefined for a job that scores once. */
export function toDatafeed({ on, frequency, queryDelay, checkWindow }: DatafeedFormState): StartScore['datafeed'] {
  return on ? { frequency: frequency.trim(), query_delay: queryDelay.trim(), delayed_data_check_config: { check_window: checkWindow.trim() } } : undefined;
}

/** What is wrong with each span, by its name in the request. */
export function datafeedProblems(state: DatafeedFormState): Record<string, string> {
  const issues = state.on ? (datafeedSchema.safeParse(toDatafeed(state)).error?.issues ?? []) : [];
  // The first of several things that are wrong with one.
  return Object.fromEntries(
    [...issues].reverse().map(({ path, message }) => [String(path[path.length - 1]), i18n.translate('lyrebird.datafeed.expected', { defaultMessage: 'Expected: {what}.', values: { what: message } })])
  );
}

interface DatafeedFieldsProps {
  value: DatafeedFormState;
  onChange(value: DatafeedFormState): void;
  showProblems: boolean;
}

/** Whether the job goes on with what comes in, and how. */
export function DatafeedFields({ value, onChange, showProblems }: DatafeedFieldsProps) {
  const problems = showProblems ? datafeedProblems(value) : {};
  const row = (name: string, key: 'frequency' | 'queryDelay' | 'checkWindow', label: string, helpText: string) => (
    <EuiFormRow fullWidth label={label} helpText={helpText} isInvalid={problems[name] !== undefined} error={problems[name]}>
      <EuiFieldText
        fullWidth
        value={value[key]}
        isInvalid={problems[name] !== undefined}
        onChange={({ target }) => onChange({ ...value, [key]: target.value })}
        data-test-subj={`lyrebirdDatafeed-${name}`}
      />
    </EuiFormRow>
  );
  return (
    <>
      <EuiSpacer size="m" />
      <EuiFormRow fullWidth helpText={value.on && i18n.translate('lyrebird.datafeed.onHelp', { defaultMessage: 'With what is there first, then with what comes in. A time range has no end then.' })}>
        <EuiSwitch
          label={i18n.translate('lyrebird.datafeed.on', { defaultMessage: 'Go on in real time' })}
          checked={value.on}
          onChange={({ target }) => onChange({ ...value, on: target.checked })}
          data-test-subj="lyrebirdDatafeedOn"
        />
      </EuiFormRow>
      {value.on && (
        <>
          <EuiSpacer size="m" />
          <EuiFlexGroup gutterSize="m">
            <EuiFlexItem>
              {row('frequency', 'frequency', i18n.translate('lyrebird.datafeed.frequency', { defaultMessage: 'Frequency' }), i18n.translate('lyrebird.datafeed.frequencyHelp', { defaultMessage: 'Between two looks, such as 30s or 5m.' }))}
            </EuiFlexItem>
            <EuiFlexItem>
              {row('query_delay', 'queryDelay', i18n.translate('lyrebird.datafeed.queryDelay', { defaultMessage: 'Query delay' }), i18n.translate('lyrebird.datafeed.queryDelayHelp', { defaultMessage: 'What events are given to arrive.' }))}
            </EuiFlexItem>
          </EuiFlexGroup>
          <EuiSpacer size="m" />
          {row(
            'check_window',
            'checkWindow',
            i18n.translate('lyrebird.datafeed.checkWindow', { defaultMessage: 'Look back for late events' }),
            i18n.translate('lyrebird.datafeed.checkWindowHelp', { defaultMessage: 'Events that arrive up to this late are still scored; later ones are counted as missed.' })
          )}
        </>
      )}
    </>
  );
}
