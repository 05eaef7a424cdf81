import type { LyrebirdConfig } from '../config';
import type { Jobs } from '../jobs';
import type { Logger } from '../kibana';
import type { NodeClient } from '../node';
import type { ModelPseudonyms } from '../pseudonyms';

/** What routes work with. */
export interface RouteContext {
  node: NodeClient;
  jobs: Jobs;
  limits: LyrebirdConfig['limits'];
  logger: Logger;
  pseudonyms: ModelPseudonyms;
  /** Who mapped pseudonyms back. */
  audit: Logger;
}
