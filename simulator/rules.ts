import type { Client, estypes } from '@elastic/elasticsearch';
import { indexOf, type Dataset } from './events';
import type { TechniqueId } from './attacks';

/** A detection as Sigma describes one, as a query of Elasticsearch: single events, or many of one kind in a short time. */
export interface DetectionRule {
  id: string;
  title: string;
  technique: TechniqueId;
  dataset: Dataset;
  query: estypes.QueryDslQueryContainer;
  /** Fires for so many events that share a value of the field within a quarter hour of the clock; single events when left out. */
  threshold?: { field: string; count: number };
}

export interface Alert {
  rule: string;
  technique: TechniqueId;
  /** Ids of the events that fired it. */
  events: string[];
}

const ENTRA = 'azure.signinlogs';
const TRAIL = 'aws.cloudtrail';
const WIKI = 'confluence.audit';
const WINDOW_MINUTES = 15;
/** Events of a single search, as many as an index gives by default. */
const MOST_EVENTS = 10_000;

const is = (field: string, ...values: Array<string | number | boolean>): estypes.QueryDslQueryContainer => (values.length === 1 ? { term: { [field]: values[0] } } : { terms: { [field]: values } });
const all = (...filter: estypes.QueryDslQueryContainer[]): estypes.QueryDslQueryContainer => ({ bool: { filter } });
const action = (...names: string[]) => is('event.action', ...names);

const DEVICE = 'azure.signinlogs.properties.device_detail';
/** A computer that the organisation does not manage; phones of one's own are common. */
const strangeComputer: estypes.QueryDslQueryContainer = { bool: { filter: [is(`${DEVICE}.is_managed`, false)], must_not: [{ prefix: { [`${DEVICE}.operating_system`]: 'Ios' } }, { prefix: { [`${DEVICE}.operating_system`]: 'Android' } }] } };
const RESULT = 'azure.signinlogs.result_type';

/** Ten detections, one at least for each technique of the sample's attacks. */
export const DETECTION_RULES: readonly DetectionRule[] = [
  { id: 'entra_password_failure_strange_computer', title: 'Wrong password from an unmanaged computer', technique: 'T1110.003', dataset: ENTRA, query: all(is(RESULT, '50126', '50053'), strangeComputer) },
  { id: 'entra_sign_in_strange_computer', title: 'Sign-in from an unmanaged computer', technique: 'T1078.004', dataset: ENTRA, query: all(is('event.outcome', 'success'), strangeComputer) },
  { id: 'entra_mfa_refused_repeatedly', title: 'Second factor refused or not answered again and again', technique: 'T1621', dataset: ENTRA, query: all(is(RESULT, '500121')), threshold: { field: 'user.name', count: 2 } },
  { id: 'aws_access_key_created', title: 'Access key created', technique: 'T1098.001', dataset: TRAIL, query: all(action('CreateAccessKey')) },
  { id: 'aws_trail_disrupted', title: 'Audit trail stopped, narrowed or deleted', technique: 'T1562.008', dataset: TRAIL, query: all(action('StopLogging', 'DeleteTrail', 'PutEventSelectors', 'UpdateTrail')) },
  { id: 'aws_bulk_object_reads', title: 'Many objects read by one user', technique: 'T1530', dataset: TRAIL, query: all(action('GetObject')), threshold: { field: 'user.name', count: 10 } },
  { id: 'aws_account_enumeration', title: 'Accounts and their rights listed one after the other', technique: 'T1087.004', dataset: TRAIL, query: all(action('GetUser', 'ListUsers', 'ListGroups', 'ListRoles', 'ListAttachedUserPolicies', 'ListGroupsForUser', 'ListAccessKeys', 'GetAccountSummary')), threshold: { field: 'user.name', count: 3 } },
  { id: 'aws_account_created', title: 'IAM user created', technique: 'T1136.003', dataset: TRAIL, query: all(action('CreateUser')) },
  { id: 'aws_wide_rights_granted', title: 'Wide rights granted to an IAM user', technique: 'T1136.003', dataset: TRAIL, query: all(action('AttachUserPolicy', 'AddUserToGroup', 'CreateLoginProfile')) },
  { id: 'wiki_mass_export', title: 'Page after page viewed and exported', technique: 'T1213.001', dataset: WIKI, query: all(action('audit.logging.summary.page.exported', 'audit.logging.summary.space.exported', 'confluence.audit.event.action.page.view')), threshold: { field: 'user.name', count: 6 } },
];

/**
 * Runs a rule over indices in the shape of its data set (default: the sample's own) and says what fired it. `within` narrows the
 * events down (a time range, synthetic ones).
 */
export async function runRule(client: Client, rule: DetectionRule, { index = indexOf(rule.dataset), within }: { index?: string; within?: estypes.QueryDslQueryContainer } = {}): Promise<Alert[]> {
  const query = within ? all(rule.query, within) : rule.query;
  const idsOf = async (matching: estypes.QueryDslQueryContainer): Promise<string[]> => {
    const { hits } = await client.search({ index, query: matching, size: MOST_EVENTS, _source: false, sort: [{ '@timestamp': 'asc' }] });
    return hits.hits.map(({ _id }) => _id!);
  };
  const alert = (events: string[]): Alert => ({ rule: rule.id, technique: rule.technique, events });
  if (!rule.threshold) return (await idsOf(query)).map((id) => alert([id]));
  const { field, count } = rule.threshold;
  const answer = await client.search<unknown, { by: { buckets: Array<{ key: string; when: { buckets: Array<{ key: number }> } }> } }>({
    index,
    query,
    size: 0,
    aggs: { by: { terms: { field, size: MOST_EVENTS }, aggs: { when: { date_histogram: { field: '@timestamp', fixed_interval: `${WINDOW_MINUTES}m`, min_doc_count: count } } } } },
  });
  const alerts: Alert[] = [];
  for (const { key: value, when } of answer.aggregations?.by.buckets ?? []) {
    for (const { key: from } of when.buckets) alerts.push(alert(await idsOf(all(query, is(field, value), { range: { '@timestamp': { gte: from, lt: from + WINDOW_MINUTES * 60_000, format: 'epoch_millis' } } }))));
  }
  return alerts;
}
