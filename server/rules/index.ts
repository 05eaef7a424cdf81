export { applyRule, unapplyRule } from './apply';
export { eventsOf, type EventReference } from './events_of';
export { JobRules } from './job_rules';
export type { EntityNames, RuleChanges } from './job_rules';
export { RuleStore } from './rule_store';
export { listRules, makeRule, previewRule, undoRule } from './rules_service';
export type { RulesContext } from './rules_service';
