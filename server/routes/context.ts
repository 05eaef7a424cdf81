import type { LyrebirdConfig } from '../config';
import type { Jobs } from '../jobs';
import type { CoreRequestContext, KibanaRequest, Logger } from '../kibana';
import type { NodeClient } from '../node';
import type { ModelPseudonyms } from '../pseudonyms';
import type { RulesContext } from '../rules';

/** What routes work with. */
export interface RouteContext {
  node: NodeClient;
  jobs: Jobs;
  limits: LyrebirdConfig['limits'];
  logger: Logger;
  /** Who asks; undefined where nobody has to log in. */
  username(core: CoreRequestContext, request: KibanaRequest): string | undefined;
  pseudonyms: ModelPseudonyms;
  rules: RulesContext;
  /** Who mapped pseudonyms back, and who made rules. */
  audit: Logger;
}
