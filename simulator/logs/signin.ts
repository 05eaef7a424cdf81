import type { Json, LogEvent } from '../../common';
import { SIGN_IN_RESULTS } from '../applications';
import { browserAgent } from '../devices';
import type { SignInDraft } from '../events';
import type { Organisation } from '../organisation';
import { Random, stableUuid } from '../random';
import { collected, enriched, geo, iso, source, userAgent } from './ecs';

const POLICIES = [
  { key: 'mfa', name: 'CA001: Require MFA for all users', grant: ['Mfa'], session: [] as string[] },
  { key: 'device', name: 'CA002: Require compliant device for administration', grant: ['RequireCompliantDevice'], session: [] },
  { key: 'legacy', name: 'CA003: Block legacy authentication', grant: ['Block'], session: [] },
  { key: 'frequency', name: 'CA004: Sign-in frequency on unmanaged devices', grant: [], session: ['SignInFrequency'] },
];

function policies(draft: SignInDraft, org: Organisation): Json[] {
  const admin = draft.app.key === 'azure-portal' || draft.app.key === 'aws';
  const satisfied = draft.mfa === 'push' || draft.mfa === 'code' || draft.mfa === 'claim';
  const result: Record<string, string> = {
    mfa: draft.code === 50126 || draft.code === 50053 || draft.code === 50055 ? 'notApplied' : satisfied ? 'success' : 'failure',
    device: !admin ? 'notApplied' : draft.access.device.managed ? 'success' : 'reportOnlyFailure',
    legacy: 'notApplied',
    frequency: draft.access.device.managed ? 'notApplied' : 'success',
  };
  return POLICIES.map((policy) => ({
    id: stableUuid('policy', org.seed, policy.key),
    displayName: policy.name,
    enforcedGrantControls: policy.grant,
    enforcedSessionControls: policy.session,
    result: result[policy.key],
  }));
}

const STEP: Record<SignInDraft['mfa'], [string, string | null, boolean, string] | undefined> = {
  none: undefined,
  claim: undefined,
  push: ['Mobile app notification', null, true, 'MFA completed in Azure AD'],
  code: ['OATH verification code', null, true, 'MFA completed in Azure AD'],
  declined: ['Mobile app notification', null, false, 'MFA denied; user declined the authentication'],
  timeout: ['Mobile app notification', null, false, 'MFA denied; user did not respond to mobile app notification'],
};

function steps(draft: SignInDraft): Json[] {
  if (!draft.interactive) return [];
  const when = iso(Math.floor(draft.time / 1000) * 1000);
  const wrong = draft.code === 50126 || draft.code === 50055 || draft.code === 50053;
  const out: Json[] = [
    {
      authenticationStepDateTime: when,
      authenticationMethod: 'Password',
      authenticationMethodDetail: 'Password Hash Sync',
      succeeded: !wrong,
      authenticationStepResultDetail: wrong ? 'Invalid username or password or Invalid on-premise username or password.' : 'Correct password',
      authenticationStepRequirement: 'Primary authentication',
    },
  ];
  const second = STEP[draft.mfa];
  if (second) out.push({ authenticationStepDateTime: when, authenticationMethod: second[0], authenticationMethodDetail: second[1], succeeded: second[2], authenticationStepResultDetail: second[3], authenticationStepRequirement: 'Secondary authentication' });
  return out;
}

const capitalise = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** One sign-in as Elastic's Azure integration indexes it (`logs-azure.signinlogs-*`). */
export function renderSignIn(draft: SignInDraft, org: Organisation): LogEvent {
  const random = new Random('signin', draft.seed);
  const { person, device, address } = draft.access;
  const id = random.uuid();
  const time = iso(draft.time);
  const success = draft.code === 0;
  const result = SIGN_IN_RESULTS[draft.code];
  const agent = browserAgent(device, draft.time);
  const category = draft.interactive ? 'SignInLogs' : 'NonInteractiveUserSignInLogs';
  const known = device.managed;
  const singleFactor = draft.mfa === 'none' && draft.code !== 50074;
  return {
    '@timestamp': time,
    ...collected(org, 'azure.signinlogs', 'azure-eventhub'),
    cloud: { provider: 'azure' },
    client: { ip: address.ip },
    event: {
      action: 'Sign-in activity',
      category: ['authentication'],
      dataset: 'azure.signinlogs',
      duration: 0,
      id,
      ingested: iso(Math.floor(draft.time / 1000) * 1000 + Math.round(random.logNormal(150, 0.5)) * 1000),
      kind: 'event',
      module: 'azure',
      outcome: success ? 'success' : 'failure',
      type: ['info'],
    },
    geo: { country_iso_code: address.place.countryCode, country_name: address.place.country, city_name: address.place.city, location: geo(address).location },
    log: { level: '4' },
    ...(success ? {} : { message: result.reason }),
    related: { ip: [address.ip], user: [person.login, person.id] },
    source: source(address),
    user: { domain: 'example.com', full_name: person.fullName, id: person.id, name: person.login },
    user_agent: userAgent(agent),
    azure: {
      tenant_id: org.tenantId,
      correlation_id: draft.correlationId,
      resource: { id: `/tenants/${org.tenantId}/providers/Microsoft.aadiam`, provider: 'Microsoft.aadiam' },
      signinlogs: {
        caller_ip_address: address.ip,
        category,
        identity: person.fullName,
        operation_name: 'Sign-in activity',
        operation_version: '1.0',
        result_signature: result.signature,
        result_type: String(draft.code),
        ...(success ? {} : { result_description: result.reason }),
        tenant_id: org.tenantId,
        properties: {
          app_display_name: draft.app.name,
          app_id: draft.app.id,
          applied_conditional_access_policies: policies(draft, org),
          authentication_details: steps(draft),
          authentication_processing_details: draft.interactive ? [{ key: 'Legacy TLS (TLS 1.0, 1.1, 3DES)', value: 'False' }] : [],
          authentication_protocol: draft.app.client === 'Browser' ? 'none' : 'oAuth2',
          authentication_requirement: singleFactor ? 'singleFactorAuthentication' : 'multiFactorAuthentication',
          authentication_requirement_policies: singleFactor ? [] : [{ requirementProvider: 'multiConditionalAccess', detail: 'Conditional Access' }],
          autonomous_system_number: address.as.number,
          client_app_used: draft.app.client,
          client_credential_type: 'none',
          conditional_access_status: success || draft.code === 50140 ? 'success' : draft.code === 50074 || draft.code === 500121 || draft.code === 53003 ? 'failure' : 'notApplied',
          correlation_id: draft.correlationId,
          created_at: time,
          cross_tenant_access_type: 'none',
          device_detail: {
            browser: `${agent.name} ${agent.version}`,
            device_id: known ? device.id : '',
            display_name: known ? device.name : null,
            is_compliant: known,
            is_managed: known,
            operating_system: device.osLabel,
            trust_type: known ? (device.kind === 'phone' ? 'Azure AD registered' : 'Azure AD joined') : null,
          },
          flagged_for_review: false,
          home_tenant_id: org.tenantId,
          id,
          incoming_token_type: draft.interactive ? 'none' : device.kind === 'phone' ? 'refreshToken' : 'primaryRefreshToken',
          is_interactive: draft.interactive,
          is_tenant_restricted: false,
          network_location_details: person.officeAddress?.ip === address.ip ? [{ networkType: 'trustedNamedLocation', networkNames: [`Office ${capitalise(person.office ?? '')}`] }] : [],
          original_request_id: id,
          processing_time_ms: Math.round(random.logNormal(draft.interactive ? 240 : 120, 0.5)),
          resource_display_name: draft.app.resource,
          resource_id: draft.app.resourceId,
          resource_tenant_id: org.tenantId,
          risk_detail: 'none',
          risk_event_types: [],
          risk_event_types_v2: [],
          risk_level_aggregated: 'none',
          risk_level_during_signin: 'none',
          risk_state: 'none',
          service_principal_id: '',
          sso_extension_version: '',
          status: { error_code: draft.code, ...(success ? { additional_details: draft.mfa === 'claim' ? result.details : 'MFA completed in Azure AD' } : { failure_reason: result.reason }) },
          token_issuer_name: '',
          token_issuer_type: 'AzureAD',
          unique_token_identifier: random.base62(22),
          user_display_name: person.fullName,
          user_id: person.id,
          user_principal_name: person.mail,
          user_type: 'Member',
        },
      },
    },
    ...enriched(draft),
  };
}
