import { EuiButtonEmpty, EuiComboBox, EuiFlexGroup, EuiFlexItem, EuiFormRow, EuiSelect, EuiSuperDatePicker } from '@elastic/eui';
import { i18n } from '@kbn/i18n';
import type { Anomalies, AnomaliesQuery, PluginJob } from '../../../common';
import { formatTime } from '../../components/format';
import { resolveTime } from '../../components/resolve_time';

type Filter = Pick<AnomaliesQuery, 'job_id' | 'entity' | 'from' | 'to' | 'min_score' | 'ignored'>;

interface FiltersProps {
  jobs: readonly PluginJob[];
  modelName(id: string | undefined): string;
  entities: Anomalies['entities'];
  query: Filter;
  onChange(change: Partial<Filter>): void;
}

const SCORES = [0, 95, 99, 99.9];

/** Which anomalies: of which job, how rare, whose, when. */
export function Filters({ jobs, modelName, entities, query, onChange }: FiltersProps) {
  const jobOptions = [
    { value: '', text: i18n.translate('lyrebird.filters.allJobs', { defaultMessage: 'All jobs' }) },
    ...jobs.map((job) => ({
      value: job.id,
      text: i18n.translate('lyrebird.filters.job', { defaultMessage: '{model}, {when}', values: { model: modelName(job.model_id), when: formatTime(job.created_at) } }),
    })),
  ];
  const filtered = query.entity !== undefined || query.from !== undefined || query.to !== undefined || query.min_score > 0 || query.ignored !== 'hide';
  return (
    <EuiFlexGroup gutterSize="m" wrap alignItems="flexEnd" data-test-subj="lyrebirdFilters">
      <EuiFlexItem grow={2} style={{ minWidth: 200 }}>
        <EuiFormRow fullWidth label={i18n.translate('lyrebird.filters.jobLabel', { defaultMessage: 'Scoring job' })}>
          <EuiSelect fullWidth compressed options={jobOptions} value={query.job_id ?? ''} onChange={({ target }) => onChange({ job_id: target.value || undefined })} data-test-subj="lyrebirdFilterJob" />
        </EuiFormRow>
      </EuiFlexItem>
      <EuiFlexItem grow={false} style={{ minWidth: 130 }}>
        <EuiFormRow fullWidth label={i18n.translate('lyrebird.filters.score', { defaultMessage: 'Score' })}>
          <EuiSelect
            fullWidth
            compressed
            options={SCORES.map((score) => ({
              value: String(score),
              text: score === 0 ? i18n.translate('lyrebird.filters.anyScore', { defaultMessage: 'Any' }) : i18n.translate('lyrebird.filters.minScore', { defaultMessage: '≥ {score}', values: { score } }),
            }))}
            value={String(query.min_score)}
            onChange={({ target }) => onChange({ min_score: Number(target.value) })}
            data-test-subj="lyrebirdFilterScore"
          />
        </EuiFormRow>
      </EuiFlexItem>
      <EuiFlexItem grow={2} style={{ minWidth: 180 }}>
        <EuiFormRow fullWidth label={i18n.translate('lyrebird.filters.entity', { defaultMessage: 'Entity' })}>
          <EuiComboBox
            fullWidth
            compressed
            singleSelection={{ asPlainText: true }}
            placeholder={i18n.translate('lyrebird.filters.anyEntity', { defaultMessage: 'Anyone' })}
            options={entities.map(({ name }) => ({ label: name }))}
            selectedOptions={query.entity ? [{ label: query.entity }] : []}
            onChange={([option]) => onChange({ entity: option?.label })}
            onCreateOption={(entity) => onChange({ entity: entity.trim() })}
            data-test-subj="lyrebirdFilterEntity"
          />
        </EuiFormRow>
      </EuiFlexItem>
      <EuiFlexItem grow={3} style={{ minWidth: 400 }}>
        <EuiFormRow fullWidth label={i18n.translate('lyrebird.filters.time', { defaultMessage: 'Time' })}>
          {query.from !== undefined || query.to !== undefined ? (
            <EuiSuperDatePicker
              compressed
              width="full"
              start={query.from ?? 'now-10y'}
              end={query.to ?? 'now'}
              showUpdateButton={false}
              dateFormat="YYYY-MM-DD HH:mm"
              onTimeChange={({ start, end }) => onChange({ from: resolveTime(start, false), to: resolveTime(end, true) })}
              data-test-subj="lyrebirdFilterTime"
            />
          ) : (
            <EuiSelect
              fullWidth
              compressed
              options={[
                { value: 'all', text: i18n.translate('lyrebird.filters.allTime', { defaultMessage: 'All time' }) },
                { value: 'now-24h', text: i18n.translate('lyrebird.filters.day', { defaultMessage: 'Last 24 hours' }) },
                { value: 'now-7d', text: i18n.translate('lyrebird.filters.week', { defaultMessage: 'Last 7 days' }) },
                { value: 'now-30d', text: i18n.translate('lyrebird.filters.month', { defaultMessage: 'Last 30 days' }) },
              ]}
              value="all"
              onChange={({ target }) => onChange({ from: resolveTime(target.value, false), to: resolveTime('now', true) })}
              data-test-subj="lyrebirdFilterTimePreset"
            />
          )}
        </EuiFormRow>
      </EuiFlexItem>
      <EuiFlexItem grow={false} style={{ minWidth: 130 }}>
        <EuiFormRow fullWidth label={i18n.translate('lyrebird.filters.rules', { defaultMessage: 'Rules' })}>
          <EuiSelect
            fullWidth
            compressed
            options={[
              { value: 'hide', text: i18n.translate('lyrebird.filters.notHidden', { defaultMessage: 'Not hidden' }) },
              { value: 'only', text: i18n.translate('lyrebird.filters.hidden', { defaultMessage: 'Hidden' }) },
            ]}
            value={query.ignored}
            onChange={({ target }) => onChange({ ignored: target.value === 'only' ? 'only' : 'hide' })}
            data-test-subj="lyrebirdFilterIgnored"
          />
        </EuiFormRow>
      </EuiFlexItem>
      {filtered && (
        <EuiFlexItem grow={false}>
          <EuiButtonEmpty
            size="s"
            iconType="cross"
            onClick={() => onChange({ entity: undefined, from: undefined, to: undefined, min_score: 0, ignored: 'hide' })}
            data-test-subj="lyrebirdFilterClear"
          >
            {i18n.translate('lyrebird.filters.clear', { defaultMessage: 'Clear' })}
          </EuiButtonEmpty>
        </EuiFlexItem>
      )}
    </EuiFlexGroup>
  );
}
