/** A real Elasticsearch on loopback for people without a cluster at hand, and for the tests. */
export { ELASTICSEARCH_VERSION, installElasticsearch } from './install';
export { freePort } from './port';
export { forgetElasticsearch, startElasticsearch, stopElasticsearch } from './start';
export type { RunningElasticsearch, StartOptions, Variant } from './start';
