import type { Rule } from '../../common';
import type { Logger } from '../kibana';

/** One line in the server's log for each rule that is made or undone: who, which, what it hides. */
export function ruleAudit(logger: Logger, done: 'made' | 'undone', { username, rule, records }: { username?: string; rule: Rule; records: number }): void {
  logger.info(`User ${username ?? '(unknown)'} has ${done} the rule ${rule.id} (${rule.kind}): ${records} anomalies are ${done === 'made' ? 'hidden' : 'shown again'}.`, {
    event: { action: done === 'made' ? 'lyrebird_rule_create' : 'lyrebird_rule_undo', category: ['configuration'], type: ['change'], outcome: 'success' },
    ...(username ? { user: { name: username } } : {}),
    lyrebird: { rule_id: rule.id, kind: rule.kind, records },
  });
}
