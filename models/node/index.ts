export { openApiDocument } from './openapi';
export { DEFAULT_LIMITS, type NodeLimits, type NodeOptions } from './options';
export { startNode, type RunningNode } from './server';
export { runNode } from './run_node';
