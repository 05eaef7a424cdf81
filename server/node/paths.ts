import { NODE_API_BASE } from '../../common';

const part = encodeURIComponent;
const path = (...segments: string[]) => [NODE_API_BASE, ...segments.map(part)].join('/');

/** The node's routes, in this one place. */
export const nodePaths = {
  health: '/healthz',
  datasets: path('datasets'),
  dataset: (id: string) => path('datasets', id),
  datasetPart: (id: string, number: number) => path('datasets', id, 'parts', String(number)),
  datasetClose: (id: string) => path('datasets', id, 'close'),
  jobs: path('jobs'),
  job: (id: string) => path('jobs', id),
  jobEvents: (id: string) => path('jobs', id, 'events'),
  jobCancel: (id: string) => path('jobs', id, 'cancel'),
  jobResume: (id: string) => path('jobs', id, 'resume'),
  models: path('models'),
  model: (id: string) => path('models', id),
  report: (id: string) => path('models', id, 'report'),
  reportPage: (id: string) => path('models', id, 'report.html'),
  reportIndex: (id: string) => path('models', id, 'report', 'index'),
  generate: (id: string) => path('models', id, 'generate'),
  session: (id: string) => path('sessions', id),
  score: (id: string) => path('models', id, 'score'),
} as const;
