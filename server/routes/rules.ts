import { createRuleSchema, ROUTES } from '../../common';
import { PRIVILEGES } from '../features';
import { listRules, makeRule, previewRule, undoRule } from '../rules';
import type { RouteContext } from './context';
import { idParams, type Registrar } from './register';

export function registerRuleRoutes(register: Registrar, { rules }: RouteContext): void {
  register({ method: 'get', path: ROUTES.rules, privilege: PRIVILEGES.read, handler: ({ client }) => listRules(rules, client) });
  register({ method: 'post', path: ROUTES.rules, privilege: PRIVILEGES.score, body: createRuleSchema, handler: ({ client, body, username }) => makeRule(rules, client, body, username) });
  register({ method: 'post', path: ROUTES.rulePreview, privilege: PRIVILEGES.score, body: createRuleSchema, handler: ({ client, body, signal }) => previewRule(rules, client, body, signal) });
  register({ method: 'post', path: ROUTES.ruleUndo, privilege: PRIVILEGES.score, params: idParams, handler: ({ client, params, username }) => undoRule(rules, client, params.id, username) });
}
