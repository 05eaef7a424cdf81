import type { Client, estypes } from '@elastic/elasticsearch';
import { DATASETS, DETECTION_RULES, indexOf, indexTemplates, runRule, type DetectionRule } from '../../simulator';
import type { AttackSequence, Document } from './organisation';

/** Ids that one query may name. */
const MOST_IDS = 10_000;

/** Of the attacks of one technique, what fires a rule that is meant for it. */
export interface Firing {
  sequences: number;
  events: number;
  /** Shares, 0-1. */
  events_fired: number;
  sequences_fired: number;
}

/**
 * Indexes documents in data streams of the sample's own mappings, which are strict.
 *
 * @returns why documents were refused, none when all were taken
 */
export async function indexDocuments(client: Client, namespace: string, documents: readonly Document[]): Promise<string[]> {
  for (const { name, template } of indexTemplates(namespace)) await client.indices.putIndexTemplate({ name, ...template });
  const refused: string[] = [];
  await client.helpers.bulk<Document>({
    datasource: [...documents],
    onDocument: ({ id, dataset, source }) => [{ create: { _index: indexOf(dataset, namespace), _id: id } }, source],
    onDrop: ({ error }) => refused.push(`${error?.type}: ${error?.reason}`),
  });
  await client.indices.refresh({ index: DATASETS.map((dataset) => indexOf(dataset, namespace)) });
  return refused;
}

const only = (documents: readonly Document[]): estypes.QueryDslQueryContainer => ({ ids: { values: documents.map(({ id }) => id) } });

/** Ids of the events among these that fire the rules. */
async function fired(client: Client, namespace: string, rules: readonly DetectionRule[], documents: readonly Document[]): Promise<Set<string>> {
  const ids = new Set<string>();
  for (const rule of rules) {
    for (const { events } of await runRule(client, rule, { index: indexOf(rule.dataset, namespace), within: only(documents) })) for (const id of events) ids.add(id);
  }
  return ids;
}

/** Runs the rules of a technique over each attack by itself, together with what its victim did beside it. */
export async function attacksFired(client: Client, namespace: string, attacks: readonly AttackSequence[]): Promise<Firing> {
  let [events, eventsFired, sequencesFired] = [0, 0, 0];
  for (const attack of attacks) {
    const rules = DETECTION_RULES.filter(({ technique }) => technique === attack.technique);
    const ids = await fired(client, namespace, rules, [...attack.events, ...attack.around]);
    const own = attack.events.filter(({ id }) => ids.has(id)).length;
    events += attack.events.length;
    eventsFired += own;
    if (own > 0) sequencesFired++;
  }
  return { sequences: attacks.length, events, events_fired: eventsFired / events, sequences_fired: sequencesFired / attacks.length };
}

/** Share of events that fire any rule at all. */
export async function shareFired(client: Client, namespace: string, documents: readonly Document[]): Promise<number> {
  const looked = documents.slice(0, MOST_IDS);
  return (await fired(client, namespace, DETECTION_RULES, looked)).size / looked.length;
}
