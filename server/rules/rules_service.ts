import type { Client } from '@elastic/elasticsearch';
import type { z } from 'zod';
import { LyrebirdError, createRuleSchema, type Rule, type RulePreview, type Rules } from '../../common';
import { callElasticsearch } from '../elasticsearch';
import type { Logger } from '../kibana';
import { ANOMALIES_INDEX_PATTERN } from '../../common';
import { getRecord } from '../services/anomalies_service';
import { applyRule, countMatching, unapplyRule } from './apply';
import { ruleAudit } from './audit';
import { withNames, type EntityNames } from './job_rules';
import { carriedBy } from './match';
import { RuleStore } from './rule_store';

export interface RulesContext {
  store: RuleStore;
  names: EntityNames;
  audit: Logger;
}
type Asked = z.output<typeof createRuleSchema>;

/** The rule that is asked for. LYREBIRD_NOT_FOUND when the record that it is made from is gone. */
async function ruleOf(client: Client, asked: Asked): Promise<Omit<Rule, 'id' | 'created_at'>> {
  const { kind, description } = asked;
  const common = { kind, ...(description ? { description } : {}) };
  if (asked.kind === 'ignore') return { ...common, scope: asked.scope };
  const record = await getRecord(client, asked.record_id);
  const { entity, log_type } = record.lyrebird;
  return {
    ...common,
    record_id: asked.record_id,
    scope: {
      ...(asked.jobs === 'same' ? { job_id: record.job_id } : {}),
      ...(asked.entity === 'same' ? { entity } : {}),
      log_type,
      fields: carriedBy(record, asked.values),
    },
  };
}

/** What a rule would hide of what is there. */
export async function previewRule({ names }: RulesContext, client: Client, asked: Asked, signal: AbortSignal): Promise<RulePreview> {
  const [rule] = await withNames([{ ...(await ruleOf(client, asked)), id: 'preview', created_at: new Date().toISOString() }], names);
  return { scope: rule.scope, ...(await countMatching(client, rule, signal)) };
}

/** Stores a rule, then hides what is there; running jobs follow it within seconds. */
export async function makeRule({ store, names, audit }: RulesContext, client: Client, asked: Asked, username?: string): Promise<Rule> {
  const made = await store.create(client, { ...(await ruleOf(client, asked)), ...(username ? { created_by: username } : {}) });
  const [rule] = await withNames([made], names);
  const records = await applyRule(client, rule);
  ruleAudit(audit, 'made', { username, rule, records });
  return made;
}

/** Shows again what the rule has hidden. A rule that is undone already is shown again all the same, should that have broken off. */
export async function undoRule({ store, names, audit }: RulesContext, client: Client, id: string, username?: string): Promise<Rule> {
  let rule: Rule;
  try {
    rule = await store.undo(client, id, username);
  } catch (error) {
    if (!(error instanceof LyrebirdError) || error.code !== 'LYREBIRD_CONFLICT') throw error;
    const known = (await store.list(client, { undone: true })).find((one) => one.id === id && one.undone_at !== undefined);
    if (!known) throw error;
    rule = known;
  }
  const records = await unapplyRule(client, rule, await withNames(await store.inForce(client), names));
  ruleAudit(audit, 'undone', { username, rule, records });
  return rule;
}

/** The rules in force, and how many records each hides. */
export async function listRules({ store }: RulesContext, client: Client): Promise<Rules> {
  const rules = await store.inForce(client);
  const answer = await callElasticsearch(
    (transport) =>
      client.search<unknown, { rules: { buckets: Array<{ key: string; doc_count: number }> } }>(
        {
          index: ANOMALIES_INDEX_PATTERN,
          ignore_unavailable: true,
          allow_no_indices: true,
          size: 0,
          query: { term: { result_type: 'record' } },
          aggs: { rules: { terms: { field: 'lyrebird.ignored_by', size: 1_000 } } },
        },
        transport
      ),
    { doing: 'count what the rules hide' }
  );
  const hidden = new Map((answer.aggregations?.rules.buckets ?? []).map(({ key, doc_count }) => [key, doc_count]));
  return { rules: rules.map((rule) => ({ ...rule, records: hidden.get(rule.id) ?? 0 })) };
}
