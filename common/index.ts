export * from './constants';
export * from './errors';
export * from './events';
export * from './node_api';
export * from './plugin_api';
