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
  EuiSpacer,
  EuiText,
  EuiTitle,
} from '@elastic/eui';
import { i18n } from '@kbn/i18n';
import { evaluateOptionsSchema, type ModelCard, type PluginJob } from '../../../common';
import { useStartEvaluation } from '../../api/queries';
import { ErrorCallout } from '../../components/error_callout';
import { issueText } from '../../components/issue_text';
import { SourceForm } from '../../components/source_form';
import { EMPTY_SOURCE, patternOf, sourceProblem, toSource } from '../../components/source_state';

interface EvaluateFlyoutProps {
  model: ModelCard;
  onStarted(job: PluginJob): void;
  onClose(): void;
}

/** Starts a report: which real events to compare with, and how many. */
export function EvaluateFlyout({ model, onStarted, onClose }: EvaluateFlyoutProps) {
  const [source, setSource] = useState({ ...EMPTY_SOURCE, index: patternOf(model.indices), timeField: model.time_field });
  const [options, setOptions] = useState(evaluateOptionsSchema.parse({}));
  const [tried, setTried] = useState(false);
  const start = useStartEvaluation(onStarted);
  const checked = evaluateOptionsSchema.safeParse(options);
  const errorOf = (field: keyof typeof options) => {
    const issue = checked.error?.issues.find(({ path }) => path[0] === field);
    return issue ? { isInvalid: true, error: issueText(issue) } : {};
  };
  const number = (text: string) => (text === '' ? Number.NaN : Number(text));
  const shown = (value: number) => (Number.isNaN(value) ? '' : value);
  const submit = () => {
    setTried(true);
    if (sourceProblem(source) || !checked.success) return;
    start.mutate({ model_id: model.id, source: toSource(source), options: checked.data });
  };
  return (
    <EuiFlyout onClose={onClose} size="s" aria-labelledby="lyrebirdEvaluateTitle" data-test-subj="lyrebirdEvaluateFlyout">
      <EuiFlyoutHeader hasBorder>
        <EuiTitle size="s">
          <h2 id="lyrebirdEvaluateTitle">{i18n.translate('lyrebird.evaluate.title', { defaultMessage: 'Report on {name}', values: { name: model.name }, ignoreTag: true })}</h2>
        </EuiTitle>
        <EuiSpacer size="s" />
        <EuiText size="s" color="subdued">
          <p>
            {i18n.translate('lyrebird.evaluate.help', {
              defaultMessage: 'The model writes events for the time after its training, and they are compared with the real ones of that time, which it never saw. Nothing is stored in an index.',
            })}
          </p>
        </EuiText>
      </EuiFlyoutHeader>
      <EuiFlyoutBody>
        <EuiForm component="div">
          <SourceForm value={source} onChange={setSource} showProblems={tried} />
          <EuiSpacer size="m" />
          <EuiFormRow
            fullWidth
            label={i18n.translate('lyrebird.evaluate.maxEvents', { defaultMessage: 'Events of each kind, at most' })}
            helpText={i18n.translate('lyrebird.evaluate.maxEventsHelp', { defaultMessage: 'Where there are more, fewer entities are looked at.' })}
            {...errorOf('max_events')}
          >
            <EuiFieldNumber
              fullWidth
              min={100}
              step={100}
              value={shown(options.max_events)}
              isInvalid={errorOf('max_events').isInvalid}
              onChange={({ target }) => setOptions({ ...options, max_events: number(target.value) })}
              data-test-subj="lyrebirdEvaluateMaxEvents"
            />
          </EuiFormRow>
          <EuiFormRow
            fullWidth
            label={i18n.translate('lyrebird.evaluate.seed', { defaultMessage: 'Seed' })}
            helpText={i18n.translate('lyrebird.evaluate.seedHelp', { defaultMessage: 'The same seed and events give the same report.' })}
            {...errorOf('seed')}
          >
            <EuiFieldNumber
              fullWidth
              min={0}
              step={1}
              value={shown(options.seed)}
              isInvalid={errorOf('seed').isInvalid}
              onChange={({ target }) => setOptions({ ...options, seed: number(target.value) })}
              data-test-subj="lyrebirdEvaluateSeed"
            />
          </EuiFormRow>
        </EuiForm>
        {start.isError && (
          <>
            <EuiSpacer />
            <ErrorCallout title={i18n.translate('lyrebird.evaluate.refused', { defaultMessage: 'The report was not started' })} error={start.error} />
          </>
        )}
      </EuiFlyoutBody>
      <EuiFlyoutFooter>
        <EuiFlexGroup justifyContent="spaceBetween" responsive={false}>
          <EuiFlexItem grow={false}>
            <EuiButtonEmpty flush="left" onClick={onClose} data-test-subj="lyrebirdEvaluateCancel">
              {i18n.translate('lyrebird.evaluate.cancel', { defaultMessage: 'Cancel' })}
            </EuiButtonEmpty>
          </EuiFlexItem>
          <EuiFlexItem grow={false}>
            <EuiButton fill iconType="play" onClick={submit} isLoading={start.isLoading} data-test-subj="lyrebirdEvaluateStart">
              {i18n.translate('lyrebird.evaluate.start', { defaultMessage: 'Make the report' })}
            </EuiButton>
          </EuiFlexItem>
        </EuiFlexGroup>
      </EuiFlyoutFooter>
    </EuiFlyout>
  );
}
