import { EuiBadge, EuiComboBox, EuiFormRow, EuiSpacer, EuiSuperDatePicker, EuiSwitch, type EuiComboBoxOptionOption } from '@elastic/eui';
import { i18n } from '@kbn/i18n';
import { toAppError } from '../api/errors';
import { useFields, useSources } from '../api/queries';
import { formatCompact, formatDay } from './format';
import { estimateEvents, sourceProblem, type SourceState } from './source_state';

const KINDS = {
  data_stream: i18n.translate('lyrebird.source.dataStreams', { defaultMessage: 'Data streams' }),
  alias: i18n.translate('lyrebird.source.aliases', { defaultMessage: 'Aliases' }),
  index: i18n.translate('lyrebird.source.indices', { defaultMessage: 'Indices' }),
} as const;

interface SourceFormProps {
  value: SourceState;
  onChange(value: SourceState): void;
  /** Show what is missing only once a person has tried to go on. */
  showProblems: boolean;
}

/** Which events: index, time field, time range. */
export function SourceForm({ value, onChange, showProblems }: SourceFormProps) {
  const sources = useSources();
  const fields = useFields(value.index);
  const problem = showProblems ? sourceProblem(value) : undefined;
  const patch = (change: Partial<SourceState>) => onChange({ ...value, ...change });

  const groups = (Object.keys(KINDS) as Array<keyof typeof KINDS>).map((kind) => ({
    label: KINDS[kind],
    options: (sources.data?.sources ?? [])
      .filter((source) => source.kind === kind)
      .map(({ name, documents }): EuiComboBoxOptionOption<string> => ({
        label: name,
        append: documents === undefined ? undefined : <span>{formatCompact(documents)}</span>,
      })),
  }));

  const problemWithSource = problem?.field === 'index' ? problem.message : fields.isError && value.index ? errorText(fields.error) : undefined;
  return (
    <>
      <EuiFormRow
        fullWidth
        label={i18n.translate('lyrebird.source.index', { defaultMessage: 'Source' })}
        helpText={sourceHelp(value, fields.data)}
        isInvalid={problemWithSource !== undefined}
        error={problemWithSource}
      >
        <EuiComboBox
          fullWidth
          singleSelection={{ asPlainText: true }}
          placeholder={i18n.translate('lyrebird.source.placeholder', { defaultMessage: 'Choose a data stream or index, or type a pattern such as logs-*' })}
          options={groups.filter(({ options }) => options.length > 0)}
          selectedOptions={value.index ? [{ label: value.index }] : []}
          isLoading={sources.isLoading || (value.index !== '' && fields.isLoading)}
          isInvalid={problemWithSource !== undefined}
          onChange={([option]) => onChange({ ...value, index: option?.label ?? '', timeField: '' })}
          onCreateOption={(pattern) => onChange({ ...value, index: pattern.trim(), timeField: '' })}
          customOptionText={i18n.translate('lyrebird.source.pattern', { defaultMessage: 'Use the pattern {searchValue}', values: { searchValue: '{searchValue}' } })}
          data-test-subj="lyrebirdSourceIndex"
        />
      </EuiFormRow>
      <EuiFormRow
        fullWidth
        label={i18n.translate('lyrebird.source.timeField', { defaultMessage: 'Time field' })}
        helpText={i18n.translate('lyrebird.source.timeFieldHelp', { defaultMessage: 'Orders the events. Left empty, it is found among common names.' })}
      >
        <EuiComboBox
          fullWidth
          singleSelection={{ asPlainText: true }}
          placeholder={fields.data?.time_fields[0] ?? '@timestamp'}
          options={(fields.data?.time_fields ?? []).map((label) => ({ label }))}
          selectedOptions={value.timeField ? [{ label: value.timeField }] : []}
          onChange={([option]) => patch({ timeField: option?.label ?? '' })}
          onCreateOption={(name) => patch({ timeField: name.trim() })}
          isDisabled={!value.index}
          data-test-subj="lyrebirdSourceTimeField"
        />
      </EuiFormRow>
      {value.query && (
        <EuiFormRow fullWidth label={i18n.translate('lyrebird.source.query', { defaultMessage: 'Only events that match' })}>
          <EuiBadge
            iconType="cross"
            iconSide="right"
            iconOnClick={() => patch({ query: undefined, queryText: undefined })}
            iconOnClickAriaLabel={i18n.translate('lyrebird.source.dropQuery', { defaultMessage: 'Read all events' })}
            data-test-subj="lyrebirdSourceQuery"
          >
            {value.queryText ?? JSON.stringify(value.query)}
          </EuiBadge>
        </EuiFormRow>
      )}
      <EuiSpacer size="m" />
      <EuiSwitch
        label={i18n.translate('lyrebird.source.limit', { defaultMessage: 'Only a time range' })}
        checked={value.limited}
        onChange={({ target }) => {
          const range = fields.data?.time_range;
          patch({ limited: target.checked, ...(target.checked && range ? { start: range.from, end: range.to } : {}) });
        }}
        data-test-subj="lyrebirdSourceLimit"
      />
      {value.limited && (
        <>
          <EuiSpacer size="s" />
          <EuiFormRow
            fullWidth
            label={i18n.translate('lyrebird.source.range', { defaultMessage: 'Time range' })}
            isInvalid={problem?.field === 'range'}
            error={problem?.field === 'range' ? problem.message : undefined}
          >
            <EuiSuperDatePicker
              start={value.start}
              end={value.end}
              onTimeChange={({ start, end }) => patch({ start, end })}
              showUpdateButton={false}
              dateFormat="YYYY-MM-DD HH:mm"
              width="full"
              data-test-subj="lyrebirdSourceRange"
            />
          </EuiFormRow>
        </>
      )}
    </>
  );
}

function errorText(error: unknown): string {
  const { message, hint } = toAppError(error);
  return hint ? `${message} ${hint}` : message;
}

function sourceHelp(value: SourceState, fields: Parameters<typeof estimateEvents>[1] | undefined): React.ReactNode {
  if (!value.index || !fields) return undefined;
  const events = formatCompact(estimateEvents(value, fields));
  const text = fields.time_range
    ? i18n.translate('lyrebird.source.estimateWithRange', {
        defaultMessage: 'About {events} events to read; the source spans {from} to {to}.',
        values: { events, from: formatDay(fields.time_range.from), to: formatDay(fields.time_range.to) },
      })
    : i18n.translate('lyrebird.source.estimate', { defaultMessage: 'About {events} events to read.', values: { events } });
  return <span data-test-subj="lyrebirdSourceEstimate">{text}</span>;
}
