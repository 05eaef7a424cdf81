import { useState } from 'react';
import {
  EuiButton,
  EuiButtonEmpty,
  EuiFieldNumber,
  EuiFlexGroup,
  EuiFlexItem,
  EuiFlyout,
  EuiFlyoutBody,
  EuiFlyoutFooter,
  EuiFlyoutHeader,
  EuiForm,
  EuiFormRow,
  EuiSelect,
  EuiSpacer,
  EuiText,
  EuiTitle,
} from '@elastic/eui';
import { i18n } from '@kbn/i18n';
import { startScoreSchema, type ModelCard, type PluginJob, type StartScore } from '../../../common';
import { useStartScoring } from '../../api/queries';
import { ErrorCallout } from '../../components/error_callout';
import { ModelSelect } from '../../components/model_select';
import { SourceForm } from '../../components/source_form';
import { EMPTY_SOURCE, patternOf, sourceProblem, toSource } from '../../components/source_state';

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
  onStarted(job: PluginJob): void;
  onClose(): void;
}

/** Starts a scoring job: which model, which events, what to keep. */
export function ScoreFlyout({ models, modelId, onStarted, onClose }: ScoreFlyoutProps) {
  const [model, setModel] = useState(models.find(({ id }) => id === modelId) ?? models[0]);
  const [source, setSource] = useState({ ...EMPTY_SOURCE, index: patternOf(model.indices), timeField: model.time_field });
  const [span, setSpan] = useState<BucketSpan>('1h');
  const [threshold, setThreshold] = useState(95);
  const [tried, setTried] = useState(false);
  const start = useStartScoring(onStarted);
  const thresholdValid = startScoreSchema.shape.min_record_score.safeParse(threshold).success;
  const submit = () => {
    setTried(true);
    if (sourceProblem(source) || !thresholdValid) return;
    start.mutate({ model_id: model.id, source: toSource(source), min_record_score: threshold, bucket_span: span });
  };
  return (
    <EuiFlyout onClose={onClose} size="s" aria-labelledby="lyrebirdScoreTitle" data-test-subj="lyrebirdScoreFlyout">
      <EuiFlyoutHeader hasBorder>
        <EuiTitle size="s">
          <h2 id="lyrebirdScoreTitle">{i18n.translate('lyrebird.score.title', { defaultMessage: 'Score events' })}</h2>
        </EuiTitle>
        <EuiSpacer size="s" />
        <EuiText size="s" color="subdued">
          <p>{i18n.translate('lyrebird.score.help', { defaultMessage: 'The model reads each entity’s events in order and says how surprising each is, field by field.' })}</p>
        </EuiText>
      </EuiFlyoutHeader>
      <EuiFlyoutBody>
        <EuiForm component="div">
          <EuiFormRow fullWidth label={i18n.translate('lyrebird.score.model', { defaultMessage: 'Model' })}>
            <ModelSelect
              models={models}
              value={model.id}
              onChange={(id) => {
                const next = models.find((candidate) => candidate.id === id);
                if (!next) return;
                setModel(next);
                setSource({ ...source, index: patternOf(next.indices), timeField: next.time_field });
              }}
              data-test-subj="lyrebirdScoreModel"
            />
          </EuiFormRow>
          <SourceForm value={source} onChange={setSource} showProblems={tried} />
          <EuiSpacer size="m" />
          <EuiFormRow
            fullWidth
            label={i18n.translate('lyrebird.score.threshold', { defaultMessage: 'Keep events that score at least' })}
            helpText={i18n.translate('lyrebird.score.thresholdHelp', { defaultMessage: '95 keeps the 1 in 20 that surprise most, 99 the 1 in 100. All count in the timeline.' })}
            isInvalid={!thresholdValid}
            error={thresholdValid ? undefined : i18n.translate('lyrebird.score.thresholdInvalid', { defaultMessage: 'A number from 0 to 100.' })}
          >
            <EuiFieldNumber
              fullWidth
              min={0}
              max={100}
              step="any"
              value={Number.isNaN(threshold) ? '' : threshold}
              isInvalid={!thresholdValid}
              onChange={({ target }) => setThreshold(target.value === '' ? Number.NaN : Number(target.value))}
              data-test-subj="lyrebirdScoreThreshold"
            />
          </EuiFormRow>
          <EuiFormRow fullWidth label={i18n.translate('lyrebird.score.span', { defaultMessage: 'Bucket span' })}>
            <EuiSelect fullWidth options={SPANS} value={span} onChange={({ target }) => setSpan(target.value as BucketSpan)} data-test-subj="lyrebirdScoreSpan" />
          </EuiFormRow>
        </EuiForm>
        {start.isError && (
          <>
            <EuiSpacer />
            <ErrorCallout title={i18n.translate('lyrebird.score.refused', { defaultMessage: 'Scoring did not start' })} error={start.error} />
          </>
        )}
      </EuiFlyoutBody>
      <EuiFlyoutFooter>
        <EuiFlexGroup justifyContent="spaceBetween" responsive={false}>
          <EuiFlexItem grow={false}>
            <EuiButtonEmpty flush="left" onClick={onClose} data-test-subj="lyrebirdScoreCancel">
              {i18n.translate('lyrebird.score.cancel', { defaultMessage: 'Cancel' })}
            </EuiButtonEmpty>
          </EuiFlexItem>
          <EuiFlexItem grow={false}>
            <EuiButton fill iconType="play" onClick={submit} isLoading={start.isLoading} data-test-subj="lyrebirdScoreStart">
              {i18n.translate('lyrebird.score.start', { defaultMessage: 'Score' })}
            </EuiButton>
          </EuiFlexItem>
        </EuiFlexGroup>
      </EuiFlyoutFooter>
    </EuiFlyout>
  );
}
