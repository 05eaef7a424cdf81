import type { LyrebirdConfig } from '../config';
import type { Jobs } from '../jobs';
import type { Logger } from '../kibana';
import type { NodeClient } from '../node';

/** What routes work with. */
export interface RouteContext {
  node: NodeClient;
  jobs: Jobs;
  limits: LyrebirdConfig['limits'];
  logger: Logger;
}
