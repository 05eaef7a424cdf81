import { useState } from 'react';
import { EuiSpacer, EuiTitle } from '@elastic/eui';
import { i18n } from '@kbn/i18n';
import type { ModelCard } from '../../../common';
import { useJob, useJobs, useModels } from '../../api/queries';
import { useMay } from '../../app/core_context';
import { PageLayout } from '../../app/page_layout';
import { useUrlState } from '../../app/url_state';
import { ErrorCallout } from '../../components/error_callout';
import { InView } from '../../components/in_view';
import { isRunning } from '../../components/job_text';
import { NotAllowed } from '../../components/needs';
import { QueryState } from '../../components/query_state';
import { readableLogs } from '../../discover/logs_link';
import { DeleteModel } from './delete_model';
import { FinetuneFlyout } from './finetune_flyout';
import { ModelFlyout } from './model_flyout';
import { ModelsTable } from './models_table';
import { TrainForm } from './train_form';
import { TrainJob } from './train_job';
import { emptyTrainState, isTrainJob, retrainState, trainStateOf } from './train_state';

/** Address state: `job` followed, `model` whose card is open, `finetune` model to teach more, `retrain` model whose settings the form starts from, `logs` that it starts from. */
export function TrainPage() {
  const [url, change] = useUrlState();
  const models = useModels();
  const jobs = useJobs();
  const [deleting, setDeleting] = useState<ModelCard>();
  const [dismissed, setDismissed] = useState<string>();
  const may = useMay('train');

  const trainJobs = (jobs.data ?? []).filter(isTrainJob);
  // Without one in the address, the job that runs (or waits to be resumed) is the one a person comes to see.
  const jobId = url.job ?? trainJobs.find((job) => isRunning(job) || (job.state === 'interrupted' && job.id !== dismissed))?.id;
  const job = useJob(jobId);
  const close = (id: string) => {
    setDismissed(id);
    change({ job: undefined });
  };
  const opened = models.data?.find(({ id }) => id === url.model);
  const finetuned = models.data?.find(({ id }) => id === url.finetune);
  const retrained = models.data?.find(({ id }) => id === url.retrain);
  const retrain = ({ id }: { id: string }) => {
    change({ retrain: id, job: undefined, model: undefined });
    window.scrollTo({ top: 0 });
  };
  const given = readableLogs(url.logs);
  const waitsForSettings = url.retrain !== undefined && (models.isLoading || jobs.isLoading);

  return (
    <PageLayout
      page="train"
      title={i18n.translate('lyrebird.train.title', { defaultMessage: 'Train' })}
      description={i18n.translate('lyrebird.train.description', {
        defaultMessage: 'A model learns what is normal here from your own events: who does what, when, from where, and what follows what.',
      })}
    >
      {jobId !== undefined && (
        <>
          {job.isError && <ErrorCallout title={i18n.translate('lyrebird.train.jobError', { defaultMessage: 'The job cannot be shown' })} error={job.error} onRetry={() => void job.refetch()} />}
          {job.data && (
            <InView of={jobId}>
              <TrainJob job={job.data} onClose={() => close(job.data.id)} />
            </InView>
          )}
          <EuiSpacer size="l" />
        </>
      )}
      {!may && <NotAllowed capability="train" />}
      {may && !waitsForSettings && (
        <TrainForm
          key={url.retrain ?? url.logs ?? 'new'}
          initial={retrained ? retrainState(retrained, trainJobs) : given ? trainStateOf(given) : emptyTrainState()}
          onStarted={({ id }) => change({ job: id, retrain: undefined, logs: undefined })}
        />
      )}
      <EuiSpacer size="xl" />
      <EuiTitle size="s">
        <h2>{i18n.translate('lyrebird.train.models', { defaultMessage: 'Models' })}</h2>
      </EuiTitle>
      <EuiSpacer size="s" />
      <QueryState query={models} errorTitle={i18n.translate('lyrebird.models.error', { defaultMessage: 'The models cannot be listed' })}>
        {(list) => (
          <ModelsTable
            models={list}
            mayChange={may}
            onOpen={({ id }) => change({ model: id })}
            onRetrain={retrain}
            onFinetune={({ id }) => change({ finetune: id })}
            onDelete={setDeleting}
          />
        )}
      </QueryState>
      {opened && <ModelFlyout model={opened} onClose={() => change({ model: undefined })} onRetrain={opened.finetune === undefined ? () => retrain(opened) : undefined} />}
      {finetuned && may && <FinetuneFlyout base={finetuned} onClose={() => change({ finetune: undefined })} onStarted={({ id }) => change({ job: id, finetune: undefined })} />}
      {deleting && <DeleteModel model={deleting} onClose={() => setDeleting(undefined)} />}
    </PageLayout>
  );
}
