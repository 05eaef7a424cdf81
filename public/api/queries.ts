import { useEffect } from 'react';
import { useMutation, useQuery, useQueryClient, type UseQueryResult } from '@tanstack/react-query';
import type { AnomaliesQuery, CreateRule, EntityRiskQuery, PluginJob, Source, StartTrain, StartAugment, StartEvaluate, StartFinetune, StartGenerate, StartScore, Preview } from '../../common';
import { useApi, useCore } from '../app/core_context';
import { isRunning } from '../components/job_text';
import { toAppError } from './errors';

/** While a job runs the page asks again this often, ms; the node updates its progress about once a second. */
const BUSY_INTERVAL = 1_000;
const IDLE_INTERVAL = 15_000;

export function useStatus() {
  const api = useApi();
  return useQuery({ queryKey: ['status'], queryFn: api.status, refetchInterval: (data) => (data && data.running_jobs > 0 ? 3_000 : IDLE_INTERVAL) });
}

export function useSources() {
  const api = useApi();
  return useQuery({ queryKey: ['sources'], queryFn: api.sources, staleTime: 30_000 });
}

export function useFields(index: string) {
  const api = useApi();
  return useQuery({ queryKey: ['fields', index], queryFn: () => api.fields(index), enabled: index !== '', staleTime: 30_000, keepPreviousData: false });
}

/** Fields that seem to hold identifiers, told from a sample of the source's events. */
export function useIdentifierFields(source: Source, enabled: boolean) {
  const api = useApi();
  // Relative times move with every rendering: one index is asked once.
  return useQuery({ queryKey: ['identifierFields', source.index], queryFn: () => api.identifierFields(source), enabled, staleTime: 60_000 });
}

export function useModels() {
  const api = useApi();
  return useQuery({ queryKey: ['models'], queryFn: async () => (await api.models()).models });
}

export function useJobs(): UseQueryResult<PluginJob[]> {
  const api = useApi();
  return useQuery({
    queryKey: ['jobs'],
    queryFn: async () => (await api.jobs()).jobs,
    refetchInterval: (jobs) => (jobs?.some(isRunning) ? BUSY_INTERVAL : IDLE_INTERVAL),
  });
}

/** One job, followed while it runs; when it ends, what it made is asked for again. */
export function useJob(id: string | undefined): UseQueryResult<PluginJob> {
  const api = useApi();
  const client = useQueryClient();
  const query = useQuery({
    queryKey: ['job', id],
    queryFn: () => api.job(id ?? ''),
    enabled: id !== undefined && id !== '',
    refetchInterval: (job) => (!job || isRunning(job) ? BUSY_INTERVAL : false),
  });
  const state = query.data?.state;
  useEffect(() => {
    if (state === undefined) return;
    for (const key of ['jobs', 'models', 'status', 'anomalies', 'sources', 'report']) void client.invalidateQueries([key]);
  }, [client, id, state]);
  return query;
}

export function useAnomalies(filter: Partial<AnomaliesQuery>) {
  const api = useApi();
  return useQuery({ queryKey: ['anomalies', filter], queryFn: () => api.anomalies(filter), keepPreviousData: true });
}

/** An entity's buckets over time. Asked for again whenever the anomalies are. */
export function useEntityRisk(query: EntityRiskQuery) {
  const api = useApi();
  return useQuery({ queryKey: ['anomalies', 'risk', query], queryFn: () => api.entityRisk(query) });
}

/** What a job in real time has found is shown after each look that found something. */
export function useFreshAnomalies(job: PluginJob | undefined): void {
  const client = useQueryClient();
  const scored = job?.datafeed?.real_time_running === true && job.stage === 'waiting' ? job.counts.scored : undefined;
  useEffect(() => {
    if (scored !== undefined) void client.invalidateQueries(['anomalies']);
  }, [client, scored]);
}

export function useAnomaly(id: string) {
  const api = useApi();
  return useQuery({ queryKey: ['anomaly', id], queryFn: () => api.anomaly(id), staleTime: Infinity });
}

/** The rules in force. */
export function useRules() {
  const api = useApi();
  return useQuery({ queryKey: ['rules'], queryFn: async () => (await api.rules()).rules });
}

/** What a rule would hide of what is there. */
export function useRulePreview(rule: CreateRule, enabled: boolean) {
  const api = useApi();
  return useQuery({ queryKey: ['rulePreview', rule], queryFn: () => api.previewRule(rule), enabled, keepPreviousData: true });
}

/** What rules change is asked for again. */
function useRuleChange() {
  const client = useQueryClient();
  return () => {
    for (const key of ['rules', 'rulePreview', 'anomalies', 'anomaly', 'status']) void client.invalidateQueries([key]);
  };
}

export function useMakeRule(onMade: () => void) {
  const api = useApi();
  const changed = useRuleChange();
  return useMutation({
    mutationFn: api.makeRule,
    onSuccess: () => {
      changed();
      onMade();
    },
  });
}

export function useUndoRule() {
  const api = useApi();
  const changed = useRuleChange();
  return useMutation({ mutationFn: api.undoRule, onSuccess: changed, onError: useErrorToast() });
}

/** Starts a job; the caller gets it to follow. */
function useStart<T>(start: (body: T) => Promise<PluginJob>, onStarted: (job: PluginJob) => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: start,
    onSuccess: (job) => {
      client.setQueryData(['job', job.id], job);
      void client.invalidateQueries(['jobs']);
      void client.invalidateQueries(['status']);
      onStarted(job);
    },
  });
}
export const useStartTraining = (onStarted: (job: PluginJob) => void) => useStart<StartTrain>(useApi().train, onStarted);
export const useStartFinetuning = (onStarted: (job: PluginJob) => void) => useStart<StartFinetune>(useApi().finetune, onStarted);
export const useStartAugmentation = (onStarted: (job: PluginJob) => void) => useStart<StartAugment>(useApi().augment, onStarted);
export const useStartGeneration = (onStarted: (job: PluginJob) => void) => useStart<StartGenerate>(useApi().generate, onStarted);
export const useStartEvaluation = (onStarted: (job: PluginJob) => void) => useStart<StartEvaluate>(useApi().evaluate, onStarted);
export const useStartScoring = (onStarted: (job: PluginJob) => void) => useStart<StartScore>(useApi().score, onStarted);

/** What the last evaluation of a model found. */
export function useReport(modelId: string) {
  const api = useApi();
  return useQuery({ queryKey: ['report', modelId], queryFn: () => api.report(modelId), staleTime: Infinity });
}

export function usePreview() {
  const api = useApi();
  return useMutation({ mutationFn: (body: Preview) => api.preview(body) });
}

/** Fetches what is to be saved as a file, and hands it over; a refusal is shown as a toast. */
export function useReportPage(onPage: (html: string) => void) {
  const api = useApi();
  const onError = useErrorToast();
  return useMutation({ mutationFn: api.reportPage, onSuccess: onPage, onError });
}

function useErrorToast() {
  const { toasts } = useCore().notifications;
  return (error: unknown) => {
    const { message, hint } = toAppError(error);
    toasts.addDanger({ title: message, text: hint });
  };
}

/** Cancel and resume; a refusal is shown as a toast, for the job's own panel stays as it is. */
export function useJobActions() {
  const api = useApi();
  const client = useQueryClient();
  const onError = useErrorToast();
  const options = {
    onSuccess: (job: PluginJob) => {
      client.setQueryData(['job', job.id], job);
      void client.invalidateQueries(['jobs']);
    },
    onError,
  };
  return { cancel: useMutation({ mutationFn: api.cancelJob, ...options }), resume: useMutation({ mutationFn: api.resumeJob, ...options }) };
}

export function useDeleteModel(onDeleted: () => void) {
  const api = useApi();
  const client = useQueryClient();
  return useMutation({
    mutationFn: api.deleteModel,
    onSuccess: () => {
      void client.invalidateQueries(['models']);
      void client.invalidateQueries(['status']);
      onDeleted();
    },
  });
}
