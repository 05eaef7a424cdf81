import { z } from 'zod';
import {
  createDatasetSchema,
  createJobSchema,
  datasetSchema,
  errorBodySchema,
  generateOptionsSchema,
  generateSummarySchema,
  healthSchema,
  indexTrialSchema,
  jobSchema,
  logHitSchema,
  modelCardSchema,
  reportSchema,
  revisedEventSchema,
  scoredEventSchema,
  scoreSummarySchema,
  skippedSchema,
} from '../../common';

type Schema = Record<string, unknown>;

const SCHEMAS = {
  CreateDataset: [createDatasetSchema, 'input'],
  CreateJob: [createJobSchema, 'input'],
  Dataset: [datasetSchema, 'output'],
  Error: [errorBodySchema, 'output'],
  GenerateOptions: [generateOptionsSchema, 'input'],
  GenerateSummary: [generateSummarySchema, 'output'],
  Health: [healthSchema, 'output'],
  IndexTrial: [indexTrialSchema, 'input'],
  Job: [jobSchema, 'output'],
  LogHit: [logHitSchema, 'input'],
  ModelCard: [modelCardSchema, 'output'],
  Report: [reportSchema, 'output'],
  ScoreSummary: [scoreSummarySchema, 'output'],
  RevisedEvent: [revisedEventSchema, 'output'],
  ScoredEvent: [scoredEventSchema, 'output'],
  WrittenPart: [z.object({ events: z.number().int(), skipped: skippedSchema }), 'output'],
} as const;
type Name = keyof typeof SCHEMAS;

const ref = (name: Name): Schema => ({ $ref: `#/components/schemas/${name}` });
const list = (name: Name): Schema => ({ type: 'array', items: ref(name) });
const json = (schema: Schema) => ({ content: { 'application/json': { schema } } });
const ndjson = (description: string) => ({ content: { 'application/x-ndjson': { schema: { type: 'string', description } } } });
const text = (type: string) => ({ content: { [type]: { schema: { type: 'string' } } } });
const query = (name: string, schema: Schema, description: string) => ({ name, in: 'query', required: false, schema, description });

interface Operation {
  summary: string;
  status?: number;
  body?: object;
  answer?: object;
  parameters?: object[];
  open?: boolean;
}

const PATHS: Record<string, Record<string, Operation>> = {
  '/v1/datasets': {
    post: { summary: 'Create a dataset', status: 201, body: json(ref('CreateDataset')), answer: json(ref('Dataset')) },
    get: { summary: 'Datasets, newest first', answer: json(list('Dataset')) },
  },
  '/v1/datasets/{id}': {
    get: { summary: 'A dataset', answer: json(ref('Dataset')) },
    delete: { summary: 'Delete a dataset that no job needs', status: 204 },
  },
  '/v1/datasets/{id}/parts/{n}': {
    put: {
      summary: 'Write part n; the same part again replaces it. Bad lines are set aside and counted. Content-Encoding: gzip may be used',
      body: ndjson('One LogHit a line'),
      answer: json(ref('WrittenPart')),
    },
  },
  '/v1/datasets/{id}/close': { post: { summary: 'Close a dataset: it can be trained on and takes no more parts', answer: json(ref('Dataset')) } },
  '/v1/jobs': {
    post: { summary: 'Queue a job; its type says what it does', status: 201, body: json(ref('CreateJob')), answer: json(ref('Job')) },
    get: { summary: 'Jobs, newest first', answer: json(list('Job')) },
  },
  '/v1/jobs/{id}': { get: { summary: 'A job', answer: json(ref('Job')) } },
  '/v1/jobs/{id}/cancel': { post: { summary: 'Stop a job; it can be resumed', answer: json(ref('Job')) } },
  '/v1/jobs/{id}/resume': { post: { summary: 'Queue a cancelled, failed or interrupted job again; it goes on from its last checkpoint', answer: json(ref('Job')) } },
  '/v1/jobs/{id}/events': { get: { summary: 'Server-sent events: the whole Job now and at each change, until it ends', answer: text('text/event-stream') } },
  '/v1/models': { get: { summary: 'Models, newest first', answer: json(list('ModelCard')) } },
  '/v1/models/{id}': {
    get: { summary: 'A model card', answer: json(ref('ModelCard')) },
    delete: { summary: 'Delete a model that nothing works with', status: 204 },
  },
  '/v1/models/{id}/report': { get: { summary: 'What the last evaluation of the model found: its events beside held-out real ones', answer: json(ref('Report')) } },
  '/v1/models/{id}/report.html': { get: { summary: 'The report as one HTML page that stands alone, to save: no scripts, nothing loaded', answer: text('text/html') } },
  '/v1/models/{id}/report/index': { put: { summary: 'Add to the report how many of its events an index took', body: json(ref('IndexTrial')), answer: json(ref('Report')) } },
  '/v1/models/{id}/generate': {
    post: { summary: 'Generate events', body: json(ref('GenerateOptions')), answer: ndjson('One generated event a line, then a GenerateSummary; an Error as the last line when it broke off') },
  },
  '/v1/models/{id}/score': {
    post: {
      summary: 'Score events that are in time order. Content-Encoding: gzip may be used',
      parameters: [
        query('session', { type: 'string' }, 'Requests with the same session continue the context of each entity'),
        query('top_fields', { type: 'integer', minimum: 0, maximum: 50, default: 5 }, 'Fields explained per event'),
      ],
      body: ndjson('One LogHit a line'),
      answer: ndjson('One ScoredEvent a line, and { "revised": RevisedEvent } where the score of an earlier one has risen; then a ScoreSummary; an Error as the last line when it broke off'),
    },
  },
  '/v1/sessions/{id}': { delete: { summary: 'End a scoring session', status: 204 } },
  '/v1/openapi.json': { get: { summary: 'This document', answer: json({ type: 'object' }) } },
  '/healthz': { get: { summary: 'Health, without a token', answer: json(ref('Health')), open: true } },
  '/metrics': { get: { summary: 'Prometheus metrics', answer: text('text/plain') } },
};

/** OpenAPI 3.1, made from the schemas that check the requests. */
export function openApiDocument(version: string): Schema {
  const schemas = Object.fromEntries(
    Object.entries(SCHEMAS).map(([name, [schema, io]]) => {
      const { $schema: _dialect, ...rest } = z.toJSONSchema(schema as z.ZodType, { io }) as Schema;
      return [name, rest];
    })
  );
  const paths = Object.fromEntries(Object.entries(PATHS).map(([path, operations]) => [path, pathItem(path, operations)]));
  return {
    openapi: '3.1.0',
    info: { title: 'Lyrebird model node', version },
    security: [{ token: [] }],
    paths,
    components: { schemas, securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
  };
}

function pathItem(path: string, operations: Record<string, Operation>): Schema {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({ name, in: 'path', required: true, schema: { type: name === 'n' ? 'integer' : 'string' } }));
  return Object.fromEntries(
    Object.entries(operations).map(([method, { summary, status = 200, body, answer, parameters = [], open }]) => [
      method,
      {
        summary,
        ...(inPath.length + parameters.length > 0 ? { parameters: [...inPath, ...parameters] } : {}),
        ...(body ? { requestBody: { required: true, ...body } } : {}),
        responses: {
          [status]: { description: summary, ...answer },
          default: { description: 'An error', ...json(ref('Error')) },
        },
        ...(open ? { security: [] } : {}),
      },
    ])
  );
}
