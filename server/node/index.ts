export { EmbeddedNode } from './embedded_node';
export { remoteEndpoint } from './endpoint';
export type { NodeEndpoint, NodeEndpointSource } from './endpoint';
export { followJob } from './follow_job';
export { NodeClient } from './node_client';
export type { NodeClientOptions } from './node_client';
