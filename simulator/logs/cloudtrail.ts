import type { Json, LogEvent } from '../../common';
import { TRAIL, type ApiCall } from '../aws';
import type { ApiDraft } from '../events';
import type { Organisation } from '../organisation';
import { Random, stableHex } from '../random';
import { collected, enriched, iso, source, userAgent } from './ecs';

/** How the integration prints nested parameters: `{name=value, list=[a, b]}`. */
export function printed(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(printed).join(', ')}]`;
  if (value !== null && typeof value === 'object')
    return `{${Object.entries(value)
      .map(([key, inner]) => `${key}=${printed(inner)}`)
      .join(', ')}}`;
  return String(value);
}

/** ECS category and type of an API call, after the integration's own table: identity calls are `iam`, sign-ins `authentication`. */
function categories(call: ApiCall): { category: string[]; type: string[] } {
  if (call.service === 'sts') return { category: ['authentication'], type: ['start'] };
  const change = call.action.startsWith('Create') ? 'creation' : call.action.startsWith('Delete') ? 'deletion' : 'change';
  if (call.service === 'iam') return { category: ['iam'], type: call.readOnly ? ['info', 'user'] : call.action.startsWith('Attach') || call.action.startsWith('Add') ? ['user', 'change'] : ['user', change] };
  if (call.service === 's3') return { category: ['file'], type: [call.readOnly ? 'access' : change] };
  if (call.readOnly) return { category: [], type: ['info'] };
  return { category: ['configuration'], type: [change] };
}

function identity(draft: ApiDraft, org: Organisation): { trail: LogEvent; userId: string; userName: string } {
  const { person } = draft.access;
  const { credential } = draft;
  if (credential.type === 'AssumedRole') {
    const role = credential.role!;
    const principal = `AROA${stableHex(17, 'role', org.seed, role).toUpperCase()}`;
    return {
      userId: `${principal}:${person.mail}`,
      userName: person.mail,
      trail: {
        type: 'AssumedRole',
        arn: `arn:aws:sts::${org.accountId}:assumed-role/${role}/${person.mail}`,
        access_key_id: credential.accessKeyId!,
        session_context: {
          creation_date: iso(credential.createdAt!),
          mfa_authenticated: 'false',
          session_issuer: { type: 'Role', principal_id: principal, arn: `arn:aws:iam::${org.accountId}:role/${role}`, account_id: org.accountId },
        },
      },
    };
  }
  if (credential.type === 'SAMLUser') return { userId: `EntraID:${person.mail}`, userName: person.mail, trail: { type: 'SAMLUser' } };
  return {
    userId: person.awsUserId,
    userName: person.login,
    trail: {
      type: 'IAMUser',
      arn: `arn:aws:iam::${org.accountId}:user/${person.login}`,
      access_key_id: credential.accessKeyId ?? null,
      ...(draft.invokedBy ? { invoked_by: draft.invokedBy } : {}),
    },
  };
}

/** One API call as Elastic's AWS integration indexes it (`logs-aws.cloudtrail-*`). */
export function renderApiCall(draft: ApiDraft, org: Organisation): LogEvent {
  const random = new Random('api', draft.seed);
  const { call, credential, access } = draft;
  const id = random.uuid();
  const who = identity(draft, org);
  const failed = call.error !== undefined;
  // CloudTrail delivers files every few minutes; all events of a file share its delivery time.
  const delivered = Math.ceil((draft.time + 120_000) / 300_000) * 300_000 + (draft.access.person.index % 7) * 1000;
  const { category, type } = categories(call);
  const endpoint = `${call.service}.${draft.region}.amazonaws.com`;
  const response = call.response as Json;
  const relatedUsers = [...new Set([who.userName, ...(call.target ? [call.target] : [])])];
  return {
    '@timestamp': iso(draft.time),
    ...collected(org, 'aws.cloudtrail', 'aws-s3'),
    aws: {
      s3: { bucket: { arn: 'arn:aws:s3:::ex-cloudtrail', name: 'ex-cloudtrail' } },
      cloudtrail: {
        event_category: call.data ? 'Data' : 'Management',
        event_type: 'AwsApiCall',
        event_version: '1.11',
        flattened: {
          request_parameters: call.request,
          ...(response ? { response_elements: response } : {}),
          ...(call.additional ? { additional_eventdata: call.additional } : {}),
        },
        management_event: call.data ? 'false' : 'true',
        read_only: call.readOnly,
        recipient_account_id: org.accountId,
        request_id: random.uuid(),
        request_parameters: call.request ? printed(call.request) : null,
        response_elements: response ? printed(response) : null,
        resources: (call.resources ?? []).map((resource) => ({ arn: resource.arn, type: resource.type, account_id: org.accountId })),
        ...(credential.console ? { session_credential_from_console: 'true' } : {}),
        ...(call.additional ? { additional_eventdata: printed(call.additional) } : {}),
        ...(failed ? { error_code: call.error!.code, error_message: call.error!.message } : {}),
        user_identity: who.trail,
      },
    },
    cloud: { account: { id: org.accountId }, provider: 'aws', region: draft.region, service: { name: 'cloudtrail' } },
    event: {
      action: call.action,
      category,
      created: iso(delivered),
      dataset: 'aws.cloudtrail',
      id,
      ingested: iso(delivered + random.int(3, 12) * 1000),
      kind: 'event',
      module: 'aws',
      outcome: failed ? 'failure' : 'success',
      provider: `${call.service}.amazonaws.com`,
      type,
    },
    log: { file: { path: `https://ex-cloudtrail.s3.eu-central-1.amazonaws.com/AWSLogs/${org.accountId}/CloudTrail/${draft.region}/${TRAIL}` } },
    related: { ...(draft.invokedBy ? {} : { ip: [access.address.ip] }), user: relatedUsers },
    source: draft.invokedBy ? { address: draft.invokedBy } : source(access.address),
    ...(draft.invokedBy ? {} : { tls: { version: '1.3', version_protocol: 'tls', cipher: 'TLS_AES_128_GCM_SHA256', client: { server_name: endpoint } } }),
    user: { id: who.userId, name: who.userName, ...(call.target ? { target: { name: call.target } } : {}) },
    user_agent: draft.invokedBy ? { original: draft.invokedBy, name: 'Other', device: { name: 'Other' } } : userAgent(draft.agent),
    ...enriched(draft),
  };
}
