import { useRef, useState } from 'react';
import { EuiButton, EuiEmptyPrompt, EuiFlexGroup, EuiFlexItem, EuiForm, EuiPanel, EuiSpacer } from '@elastic/eui';
import { i18n } from '@kbn/i18n';
import type { ModelCard, PluginJob } from '../../../common';
import { useJob, useJobs, useModels, usePreview } from '../../api/queries';
import { useMay } from '../../app/core_context';
import { PageLayout } from '../../app/page_layout';
import { useUrlState } from '../../app/url_state';
import { ErrorCallout } from '../../components/error_callout';
import { focusInvalid } from '../../components/focus_invalid';
import { InView } from '../../components/in_view';
import { isRunning } from '../../components/job_text';
import { NotAllowed } from '../../components/needs';
import { WithModels } from '../../components/no_models';
import { modelsOf, readableLogs, readLogsLink } from '../../discover/logs_link';
import { FromLogs } from './from_logs';
import { GenerateForm } from './generate_form';
import { GenerateJob } from './generate_job';
import { PREVIEW_COUNT, emptyGenerateState, forAnotherModel, generateProblem, generateStateOf, toGenerateRequest, type GenerateState } from './generate_state';
import { PreviewTable } from './preview_table';
import { WriteModal } from './write_modal';

/** Address state: `model` chosen, `job` followed, `logs` that somebody wants more of. */
export function GeneratePage() {
  const [url] = useUrlState();
  const logs = readLogsLink(url.logs);
  const { data: models } = useModels();
  const given = readableLogs(url.logs);
  const fitting = given && models ? modelsOf(models, given.source.index) : [];
  return (
    <PageLayout
      page="generate"
      title={i18n.translate('lyrebird.generate.title', { defaultMessage: 'Generate' })}
      description={i18n.translate('lyrebird.generate.description', {
        defaultMessage: 'A model writes events as your organisation would have: to test detection rules without waiting for an attack, or to fill an empty cluster.',
      })}
    >
      {logs !== undefined && models !== undefined && <FromLogs logs={logs} learned={fitting.length > 0} />}
      <WithModels>{(models) => <Workbench models={models} initial={given && fitting.length > 0 ? { model: fitting[0], state: generateStateOf(given) } : { model: models[0], state: emptyGenerateState() }} />}</WithModels>
    </PageLayout>
  );
}

interface WorkbenchProps {
  models: ModelCard[];
  /** Where the form begins. */
  initial: { model: ModelCard; state: GenerateState };
}

function Workbench({ models, initial }: WorkbenchProps) {
  const [url, change] = useUrlState();
  const jobs = useJobs();
  const may = useMay('generate');
  const jobId = url.job ?? jobs.data?.find((job) => job.type === 'generate' && isRunning(job))?.id;
  const job = useJob(jobId);
  return (
    <>
      {jobId !== undefined && (
        <>
          {job.isError && <ErrorCallout title={i18n.translate('lyrebird.generate.jobError', { defaultMessage: 'The job cannot be shown' })} error={job.error} onRetry={() => void job.refetch()} />}
          {job.data && (
            <InView of={jobId}>
              <GenerateJob job={job.data} onClose={() => change({ job: undefined })} />
            </InView>
          )}
          <EuiSpacer size="l" />
        </>
      )}
      {may ? (
        <Composer
          key={url.logs}
          models={models}
          model={models.find(({ id }) => id === url.model) ?? initial.model}
          initial={initial.state}
          onModel={(id) => change({ model: id }, { replace: true })} 
          onStarted={({ id }) => change({ job: id })}
        />
      ) : (
        <NotAllowed capability="generate" />
      )}
    </>
  );
}

interface ComposerProps {
  models: ModelCard[];
  model: ModelCard;
  initial: GenerateState;
  onModel(id: string): void;
  onStarted(job: PluginJob): void;
}

/** What to write, beside how that looks. */
function Composer({ models, model, initial, onModel, onStarted }: ComposerProps) {
  const [state, setState] = useState(initial);
  const [writing, setWriting] = useState(false);
  const [tried, setTried] = useState(false);
  const form = useRef<HTMLDivElement>(null);
  const preview = usePreview();
  const problem = generateProblem(state, model);

  const runPreview = () => {
    setTried(true);
    if (problem) focusInvalid(form.current);
    else preview.mutate(toGenerateRequest(state, model, PREVIEW_COUNT));
  };
  const askToWrite = () => {
    setTried(true);
    if (!problem || problem.field === 'target') setWriting(true);
    else focusInvalid(form.current);
  };
  const changeModel = (id: string) => {
    // What was chosen belongs to the old model's entities and fields.
    setState(forAnotherModel(state));
    preview.reset();
    onModel(id);
  };

  return (
    <>
      {/* Side by side where both have room, one below the other where not. */}
      <EuiFlexGroup gutterSize="l" alignItems="flexStart" wrap responsive={false}>
        <EuiFlexItem style={{ flex: '1 1 360px', minWidth: 0 }}>
          <EuiPanel hasBorder hasShadow={false} panelRef={form} data-test-subj="lyrebirdGenerateForm">
            <EuiForm
              component="form"
              noValidate
              onSubmit={(event: React.FormEvent) => {
                event.preventDefault();
                runPreview();
              }}
            >
              <GenerateForm models={models} model={model} onModel={changeModel} state={state} onChange={setState} problem={tried ? problem : undefined} />
              <EuiSpacer size="l" />
              <EuiFlexGroup gutterSize="s" responsive={false}>
                <EuiFlexItem>
                  <EuiButton type="submit" fill iconType="eye" isLoading={preview.isLoading} data-test-subj="lyrebirdGeneratePreview">
                    {i18n.translate('lyrebird.generate.preview', { defaultMessage: 'Preview' })}
                  </EuiButton>
                </EuiFlexItem>
                <EuiFlexItem>
                  <EuiButton iconType="save" onClick={askToWrite} data-test-subj="lyrebirdGenerateWrite">
                    {i18n.translate('lyrebird.generate.write', { defaultMessage: 'Write to index' })}
                  </EuiButton>
                </EuiFlexItem>
              </EuiFlexGroup>
            </EuiForm>
          </EuiPanel>
        </EuiFlexItem>
        <EuiFlexItem style={{ flex: '3 1 min(100%, 580px)', minWidth: 0 }}>
          {preview.isError && (
            <InView of={preview.error}>
              <ErrorCallout title={i18n.translate('lyrebird.generate.previewError', { defaultMessage: 'No preview' })} error={preview.error} />
            </InView>
          )}
          {preview.data && (
            <InView of={preview.data}>
              <PreviewTable result={preview.data} cascade={preview.variables?.options.cascade !== undefined} />
            </InView>
          )}
          {!preview.data && !preview.isError && (
            <EuiEmptyPrompt
              iconType="documents"
              titleSize="xs"
              title={<h2>{i18n.translate('lyrebird.generate.emptyTitle', { defaultMessage: 'Look before you write' })}</h2>}
              body={<p>{i18n.translate('lyrebird.generate.emptyBody', { defaultMessage: 'A preview writes {count} events here and stores none of them.', values: { count: PREVIEW_COUNT } })}</p>}
            />
          )}
        </EuiFlexItem>
      </EuiFlexGroup>
      {writing && (
        <WriteModal
          model={model}
          state={state}
          onChange={setState}
          onClose={() => setWriting(false)}
          onStarted={(job) => {
            setWriting(false);
            onStarted(job);
          }}
        />
      )}
    </>
  );
}
