import type { PluginJob } from '../../../common';
import { PATHS } from '../../app/paths';
import { pagePath } from '../../app/url_state';
import { isTrainJob, trainJobSubject } from '../train/train_state';

/** What a job is about: the model that it makes or uses, or the index that it fills. */
export function jobSubject(job: PluginJob, modelName: (id: string) => string | undefined): string | undefined {
  if (isTrainJob(job)) return trainJobSubject(job);
  if (job.type === 'generate' && job.target_index) return job.target_index;
  return job.model_id && (modelName(job.model_id) ?? job.model_id);
}

/** The page that follows a job. */
export function pageOfJob({ id, type, model_id }: PluginJob): string {
  if (type === 'score') return pagePath(PATHS.anomalies, { job_id: id });
  if (type === 'generate') return pagePath(PATHS.generate, { job: id });
  return type === 'evaluate' ? pagePath(PATHS.report, { model: model_id, job: id }) : pagePath(PATHS.train, { job: id });
}
