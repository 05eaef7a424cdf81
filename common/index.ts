export * from './constants';
export * from './errors';
export * from './entity';
export * from './events';
export * from './node_api';
export * from './paths';
export * from './plugin_api';
export * from './time';
