import { z } from 'zod';
import {
  API_BASE,
  API_VERSION,
  ROUTES,
  anomaliesSchema,
  anomalyDetailSchema,
  entityRiskSchema,
  fieldsSchema,
  identifierFieldsSchema,
  modelCardSchema,
  modelsSchema,
  pluginJobSchema,
  pluginJobsSchema,
  previewResultSchema,
  reportSchema,
  rulePreviewSchema,
  ruleSchema,
  rulesSchema,
  sourcesSchema,
  statusSchema,
  type AnomaliesQuery,
  type CreateRule,
  type EntityRiskQuery,
  type PluginJob,
  type Preview,
  type StartAugment,
  type StartEvaluate,
  type StartFinetune,
  type Source,
  type StartGenerate,
  type StartScore,
  type StartTrain,
} from '../../common';
import type { HttpFetchOptions, HttpStart } from '../kibana';

const at = (route: keyof typeof ROUTES, id?: string) =>
  API_BASE + ROUTES[route].replace('{id}', id === undefined ? '' : encodeURIComponent(id));

/** The plugin's routes as typed calls; answers are checked against their schemas. */
export function createApi(http: HttpStart) {
  const get = async <T>(schema: z.ZodType<T>, path: string, options?: HttpFetchOptions) =>
    schema.parse(await http.get(path, { version: API_VERSION, ...options }));
  const post = async <T>(schema: z.ZodType<T>, path: string, body?: object) => schema.parse(await http.post(path, { version: API_VERSION, ...(body ? { body: JSON.stringify(body) } : {}) }));

  return {
    status: () => get(statusSchema, at('status')),
    sources: () => get(sourcesSchema, at('sources')),
    fields: (index: string) => post(fieldsSchema, at('fields'), { index }),
    identifierFields: (source: Source) => post(identifierFieldsSchema, at('identifierFields'), { source }),
    jobs: () => get(pluginJobsSchema, at('jobs')),
    job: (id: string) => get(pluginJobSchema, at('job', id)),
    cancelJob: (id: string) => post(pluginJobSchema, at('jobCancel', id)),
    resumeJob: ({ id, params }: PluginJob) => post(pluginJobSchema, at(params.reveal === true ? 'revealedJobResume' : 'jobResume', id)),
    models: () => get(modelsSchema, at('models')),
    model: (id: string) => get(modelCardSchema, at('model', id)),
    deleteModel: (id: string) => http.delete<unknown>(at('model', id), { version: API_VERSION }),
    train: (body: StartTrain) => post(pluginJobSchema, at('train'), body),
    finetune: (body: StartFinetune) => post(pluginJobSchema, at('finetune'), body),
    augment: (body: StartAugment) => post(pluginJobSchema, at('augment'), body),
    /** Identifiers instead of pseudonyms have addresses of their own, for they need a privilege of their own. */
    preview: (body: Preview) => post(previewResultSchema, at(body.reveal ? 'revealedPreview' : 'preview'), body),
    generate: (body: StartGenerate) => post(pluginJobSchema, at(body.reveal ? 'revealedGenerate' : 'generate'), body),
    score: (body: StartScore) => post(pluginJobSchema, at('score'), body),
    evaluate: (body: StartEvaluate) => post(pluginJobSchema, at('evaluate'), body),
    report: (id: string) => get(reportSchema, at('report', id)),
    /** The report as one page of HTML that stands alone. */
    reportPage: (id: string) => get(z.string(), at('reportPage', id)),
    anomalies: (query: Partial<AnomaliesQuery>) => get(anomaliesSchema, at('anomalies'), { query }),
    entityRisk: (query: EntityRiskQuery) => get(entityRiskSchema, at('entityRisk'), { query }),
    rules: () => get(rulesSchema, at('rules')),
    previewRule: (body: CreateRule) => post(rulePreviewSchema, at('rulePreview'), body),
    makeRule: (body: CreateRule) => post(ruleSchema, at('rules'), body),
    undoRule: (id: string) => post(ruleSchema, at('ruleUndo', id)),
    anomaly: (id: string) => get(anomalyDetailSchema, at('anomaly', id)),
  };
}
export type Api = ReturnType<typeof createApi>;
