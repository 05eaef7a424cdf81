import { randomBytes } from 'node:crypto';
import type { Client, estypes } from '@elastic/elasticsearch';
import { LyrebirdError, RULES_INDEX, type Rule } from '../../common';
import { callElasticsearch, ensureIndex, statusOf } from '../elasticsearch';

/** In force at a time; whoever needs more ignores by a field instead of by many values. */
const MAX_RULES = 1_000;

const MAPPING: estypes.MappingTypeMapping = {
  dynamic: false,
  properties: { id: { type: 'keyword' }, kind: { type: 'keyword' }, created_at: { type: 'date' }, created_by: { type: 'keyword' }, undone_at: { type: 'date' }, undone_by: { type: 'keyword' } },
};

/** Rules in their index. Each call is made with the rights of whoever asks. An undone rule stays there, for the record. */
export class RuleStore {
  constructor(private readonly index: string = RULES_INDEX) {}

  /** LYREBIRD_TOO_LARGE when there are too many already. */
  async create(client: Client, rule: Omit<Rule, 'id' | 'created_at'>): Promise<Rule> {
    await ensureIndex(client, { index: this.index, mappings: MAPPING, settings: { hidden: true, number_of_shards: 1, auto_expand_replicas: '0-1' } });
    if ((await this.inForce(client)).length >= MAX_RULES) {
      throw new LyrebirdError('LYREBIRD_TOO_LARGE', `There are ${MAX_RULES} rules already.`, 'Undo those that are not needed any more, or make one that matches more.');
    }
    const document: Rule = { ...rule, id: `rule-${Date.now().toString(36)}-${randomBytes(3).toString('hex')}`, created_at: new Date().toISOString() };
    await callElasticsearch((transport) => client.index({ index: this.index, id: document.id, document, refresh: 'wait_for' }, transport), { doing: 'store the rule' });
    return document;
  }

  /** LYREBIRD_NOT_FOUND when there is none; LYREBIRD_CONFLICT when it is undone already. */
  async undo(client: Client, id: string, username: string | undefined): Promise<Rule> {
    const found = await callElasticsearch(
      async (transport) => {
        try {
          return await client.get<Rule>({ index: this.index, id }, transport);
        } catch (error) {
          if (statusOf(error) === 404) return undefined;
          throw error;
        }
      },
      { doing: `read the rule "${id}"` }
    );
    if (!found?._source) throw new LyrebirdError('LYREBIRD_NOT_FOUND', `There is no rule "${id}".`, 'List the rules to see which exist.');
    if (found._source.undone_at) throw new LyrebirdError('LYREBIRD_CONFLICT', `Rule "${id}" was undone already.`, 'Reload the list.');
    const document: Rule = { ...found._source, undone_at: new Date().toISOString(), ...(username ? { undone_by: username } : {}) };
    await callElasticsearch(
      (transport) => client.index({ index: this.index, id, document, if_seq_no: found._seq_no, if_primary_term: found._primary_term, refresh: 'wait_for' }, transport),
      { doing: `undo the rule "${id}"` }
    );
    return document;
  }

  /** Newest first; `undone` ones, too. */
  async list(client: Client, { undone = false, signal }: { undone?: boolean; signal?: AbortSignal } = {}): Promise<Rule[]> {
    const answer = await callElasticsearch(
      (transport) =>
        client.search<Rule>(
          {
            index: this.index,
            ignore_unavailable: true,
            allow_no_indices: true,
            size: MAX_RULES,
            query: undone ? { match_all: {} } : { bool: { must_not: [{ exists: { field: 'undone_at' } }] } },
            sort: [{ created_at: { order: 'desc', unmapped_type: 'date' } }, { id: { order: 'asc', unmapped_type: 'keyword' } }],
          },
          transport
        ),
      { doing: 'list the rules', signal }
    );
    return answer.hits.hits.flatMap(({ _source }) => (_source ? [_source] : []));
  }

  inForce(client: Client, signal?: AbortSignal): Promise<Rule[]> {
    return this.list(client, { signal });
  }
}
