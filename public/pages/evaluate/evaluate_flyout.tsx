import { useState } from 'react';
import { EuiSpacer } from '@elastic/eui';
import { i18n } from '@kbn/i18n';
import { evaluateOptionsSchema, type ModelCard, type PluginJob } from '../../../common';
import { useStartEvaluation } from '../../api/queries';
import { issueText } from '../../components/issue_text';
import { JobFlyout } from '../../components/job_flyout';
import { NumberRow } from '../../components/number_row';
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
    return issue && issueText(issue);
  };
  const submit = () => {
    setTried(true);
    if (sourceProblem(source) || !checked.success) return;
    start.mutate({ model_id: model.id, source: toSource(source), options: checked.data });
  };
  return (
    <JobFlyout
      title={i18n.translate('lyrebird.evaluate.title', { defaultMessage: 'Report on {name}', values: { name: model.name }, ignoreTag: true })}
      help={i18n.translate('lyrebird.evaluate.help', {
        defaultMessage: 'The model writes events for the time after its training, and they are compared with the real ones of that time, which it never saw. Nothing stays in an index.',
      })}
      startLabel={i18n.translate('lyrebird.evaluate.start', { defaultMessage: 'Make the report' })}
      refusedTitle={i18n.translate('lyrebird.evaluate.refused', { defaultMessage: 'The report was not started' })}
      start={start}
      onSubmit={submit}
      onClose={onClose}
      subject="lyrebirdEvaluate"
    >
      <SourceForm value={source} onChange={setSource} showProblems={tried} />
      <EuiSpacer size="m" />
      <NumberRow
        label={i18n.translate('lyrebird.evaluate.maxEvents', { defaultMessage: 'Events of each kind, at most' })}
        helpText={i18n.translate('lyrebird.evaluate.maxEventsHelp', { defaultMessage: 'Where there are more, fewer entities are looked at.' })}
        min={100}
        step={100}
        value={options.max_events}
        onChange={(max_events) => setOptions({ ...options, max_events })}
        error={errorOf('max_events')}
        data-test-subj="lyrebirdEvaluateMaxEvents"
      />
      <NumberRow
        label={i18n.translate('lyrebird.evaluate.seed', { defaultMessage: 'Seed' })}
        helpText={i18n.translate('lyrebird.evaluate.seedHelp', { defaultMessage: 'The same seed and events give the same report.' })}
        value={options.seed}
        onChange={(seed) => setOptions({ ...options, seed })}
        error={errorOf('seed')}
        data-test-subj="lyrebirdEvaluateSeed"
      />
    </JobFlyout>
  );
}
