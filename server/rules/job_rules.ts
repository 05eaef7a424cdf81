import type { Client } from '@elastic/elasticsearch';
import type { LogEvent } from '../../common';
import { matches, needsEvent, type Judged, type RuleInForce } from './match';
import type { RuleStore } from './rule_store';

/** A rule takes effect on what a running job writes after at most this long, ms. */
const REREAD_MS = 5_000;

/** The names of an entity: its own, and its pseudonym where there is one. */
export type EntityNames = (name: string) => Promise<string[]>;

/** What has changed since the job last asked. */
export interface RuleChanges {
  added: RuleInForce[];
  /** Ids. */
  undone: string[];
}

/** The rules that apply to one scoring job, kept up to date while it runs. */
export class JobRules {
  private rules: RuleInForce[] = [];
  private readAt = -Infinity;
  /** Those that the job's records follow. */
  private followed: Set<string>;

  constructor(
    private readonly options: { store: RuleStore; names: EntityNames; client: Client; jobId: string; followed: readonly string[]; signal?: AbortSignal }
  ) {
    this.followed = new Set(options.followed);
  }

  /** Reads them again, if that was a while ago, or `now`. Returns whether it has. */
  async refresh(now = false): Promise<boolean> {
    if (!now && Date.now() - this.readAt < REREAD_MS) return false;
    const { store, names, client, jobId, signal } = this.options;
    const found = await store.inForce(client, signal);
    this.rules = await withNames(found.filter(({ scope }) => scope.job_id === undefined || scope.job_id === jobId), names);
    this.readAt = Date.now();
    return true;
  }

  /** The rule that hides the record. */
  match(record: Judged, event: LogEvent | undefined): string | undefined {
    return this.rules.find((rule) => matches(rule, record, event))?.id;
  }

  /** Whether some of them can only be judged with the event at hand. */
  get needEvents(): boolean {
    return this.rules.some(needsEvent);
  }
  get inForce(): readonly RuleInForce[] {
    return this.rules;
  }
  get changes(): RuleChanges | undefined {
    const now = new Set(this.rules.map(({ id }) => id));
    const added = this.rules.filter(({ id }) => !this.followed.has(id));
    const undone = [...this.followed].filter((id) => !now.has(id));
    return added.length + undone.length > 0 ? { added, undone } : undefined;
  }
  /** The job's records follow the rules as they are now. Returns their ids, for the checkpoint. */
  follow(): string[] {
    this.followed = new Set(this.rules.map(({ id }) => id));
    return [...this.followed];
  }
}

export function withNames(rules: readonly RuleInForce[], names: EntityNames): Promise<RuleInForce[]> {
  return Promise.all(rules.map(async (rule) => (rule.scope.entity === undefined ? rule : { ...rule, entities: [rule.scope.entity, ...(await names(rule.scope.entity))] })));
}
