// Reads files, so it is not for browsers.
export { clusterOf, type ClusterOptions } from './environment';
