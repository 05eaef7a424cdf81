import { useState } from 'react';
import { EuiFormRow, EuiSelect, EuiSpacer } from '@elastic/eui';
import { i18n } from '@kbn/i18n';
import { startScoreSchema, type ModelCard, type PluginJob, type StartScore } from '../../../common';
import { useStartScoring } from '../../api/queries';
import { issueText } from '../../components/issue_text';
import { JobFlyout } from '../../components/job_flyout';
import { ModelSelect } from '../../components/model_select';
import { NumberRow } from '../../components/number_row';
import { SourceForm } from '../../components/source_form';
import { EMPTY_SOURCE, fromSource, patternOf, sourceProblem, toSource, type SourceState } from '../../components/source_state';
import { modelsOf, type LogsLink } from '../../discover/logs_link';
import { DatafeedFields, datafeedProblems, NO_DATAFEED, toDatafeed } from './datafeed_fields';

type BucketSpan = NonNullable<StartScore['bucket_span']>;
const SPANS: Array<{ value: BucketSpan; text: string }> = [
  { value: '5m', text: i18n.translate('lyrebird.score.span5m', { defaultMessage: '5 minutes' }) },
  { value: '15m', text: i18n.translate('lyrebird.score.span15m', { defaultMessage: '15 minutes' }) },
  { value: '1h', text: i18n.translate('lyrebird.score.span1h', { defaultMessage: '1 hour' }) },
  { value: '1d', text: i18n.translate('lyrebird.score.span1d', { defaultMessage: '1 day' }) },
];

interface ScoreFlyoutProps {
  models: readonly ModelCard[];
  /** Model to start with, if it is there. */
  modelId: string;
  /** Events that somebody came with. */
  logs?: LogsLink;
  onStarted(job: PluginJob): void;
  onClose(): void;
}

/** Starts a scoring job: which model, which events, what to keep. */
export function ScoreFlyout({ models, modelId, logs, onStarted, onClose }: ScoreFlyoutProps) {
  const fitting = logs ? modelsOf(models, logs.source.index) : [];
  const [model, setModel] = useState(models.find(({ id }) => id === modelId) ?? fitting[0] ?? models[0]);
  const [source, setSource] = useState<SourceState>(logs ? { ...fromSource(logs.source), queryText: logs.query_text } : { ...EMPTY_SOURCE, index: patternOf(model.indices), timeField: model.time_field });
  const [span, setSpan] = useState<BucketSpan>('1h');
  const [threshold, setThreshold] = useState(95);
  const [datafeed, setDatafeed] = useState(NO_DATAFEED);
  const [tried, setTried] = useState(false);
  const start = useStartScoring(onStarted);
  const thresholdIssue = startScoreSchema.shape.min_record_score.safeParse(threshold).error?.issues[0];
  const submit = () => {
    setTried(true);
    if (sourceProblem(source) || thresholdIssue || Object.keys(datafeedProblems(datafeed)).length > 0) return;
    const { to, ...since } = toSource(source);
    // What goes on has no end.
    start.mutate({ model_id: model.id, source: datafeed.on || to === undefined ? since : { ...since, to }, min_record_score: threshold, bucket_span: span, datafeed: toDatafeed(datafeed) });
  };
  return (
    <JobFlyout
      title={i18n.translate('lyrebird.score.title', { defaultMessage: 'Score events' })}
      help={i18n.translate('lyrebird.score.help', { defaultMessage: 'The model reads each entity’s events in order and says how surprising each is, field by field.' })}
      startLabel={i18n.translate('lyrebird.score.start', { defaultMessage: 'Score' })}
      refusedTitle={i18n.translate('lyrebird.score.refused', { defaultMessage: 'Scoring did not start' })}
      start={start}
      onSubmit={submit}
      onClose={onClose}
      subject="lyrebirdScore"
    >
      <EuiFormRow fullWidth label={i18n.translate('lyrebird.score.model', { defaultMessage: 'Model' })}>
        <ModelSelect
          models={models}
          value={model.id}
          onChange={(id) => {
            const next = models.find((candidate) => candidate.id === id);
            if (!next) return;
            setModel(next);
            if (!logs) setSource({ ...source, index: patternOf(next.indices), timeField: next.time_field });
          }}
          data-test-subj="lyrebirdScoreModel"
        />
      </EuiFormRow>
      <SourceForm value={source} onChange={setSource} showProblems={tried} />
      <DatafeedFields value={datafeed} onChange={setDatafeed} showProblems={tried} />
      <EuiSpacer size="m" />
      <NumberRow
        label={i18n.translate('lyrebird.score.threshold', { defaultMessage: 'Keep events that score at least' })}
        helpText={i18n.translate('lyrebird.score.thresholdHelp', { defaultMessage: '95 keeps the 1 in 20 that surprise most, 99 the 1 in 100. All count in the timeline.' })}
        max={100}
        step="any"
        value={threshold}
        onChange={setThreshold}
        error={thresholdIssue && issueText(thresholdIssue)}
        data-test-subj="lyrebirdScoreThreshold"
      />
      <EuiFormRow fullWidth label={i18n.translate('lyrebird.score.span', { defaultMessage: 'Bucket span' })}>
        <EuiSelect fullWidth options={SPANS} value={span} onChange={({ target }) => setSpan(target.value as BucketSpan)} data-test-subj="lyrebirdScoreSpan" />
      </EuiFormRow>
    </JobFlyout>
  );
}
