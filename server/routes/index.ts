import type { IRouter } from '../kibana';
import { registerAnomalyRoutes } from './anomalies';
import type { RouteContext } from './context';
import { registerEvaluateRoutes } from './evaluate';
import { registerFromBaseRoutes } from './from_base';
import { registerGenerateRoutes } from './generate';
import { registerJobRoutes } from './jobs';
import { registerModelRoutes } from './models';
import { createRegistrar } from './register';
import { registerPseudonymRoutes } from './pseudonyms';
import { registerRuleRoutes } from './rules';
import { registerScoreRoute } from './score';
import { registerSourceRoutes } from './sources';
import { registerStatusRoute } from './status';
import { registerTrainRoute } from './train';

export function registerRoutes(router: IRouter, context: RouteContext): void {
  const register = createRegistrar(router, context);
  registerStatusRoute(register, context);
  registerSourceRoutes(register);
  registerTrainRoute(register, context);
  registerFromBaseRoutes(register, context);
  registerEvaluateRoutes(register, context);
  registerGenerateRoutes(register, context);
  registerScoreRoute(register, context);
  registerJobRoutes(register, context);
  registerModelRoutes(register, context);
  registerAnomalyRoutes(register, context);
  registerRuleRoutes(register, context);
  registerPseudonymRoutes(register, context);
}
