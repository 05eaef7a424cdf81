import type { estypes } from '@elastic/elasticsearch';
import { DATASETS, indexOf, type Dataset } from './events';

type Property = estypes.MappingProperty;
type Properties = Record<string, Property>;

const keyword: Property = { type: 'keyword', ignore_above: 1024 };
const date: Property = { type: 'date' };
const ip: Property = { type: 'ip' };
const long: Property = { type: 'long' };
const boolean: Property = { type: 'boolean' };
const flattened: Property = { type: 'flattened', ignore_above: 8191 };
const point: Property = { type: 'geo_point' };
/** Long printed parameters: exact for grouping, text for searching. */
const printed: Property = { type: 'keyword', ignore_above: 8191, fields: { text: { type: 'text' } } };
const searchable: Property = { type: 'keyword', ignore_above: 1024, fields: { text: { type: 'text' } } };

const object = (properties: Properties): Property => ({ properties });
const keywords = (...names: string[]): Properties => Object.fromEntries(names.map((name) => [name, keyword]));

/** ECS and collector fields that all three log types share. */
const shared: Properties = {
  '@timestamp': date,
  agent: object(keywords('ephemeral_id', 'id', 'name', 'type', 'version')),
  data_stream: object(keywords('dataset', 'namespace', 'type')),
  ecs: object(keywords('version')),
  elastic_agent: object({ ...keywords('id', 'version'), snapshot: boolean }),
  event: object({ ...keywords('action', 'category', 'dataset', 'id', 'kind', 'module', 'outcome', 'provider', 'type'), created: date, duration: long, ingested: date }),
  input: object(keywords('type')),
  log: object({ ...keywords('level'), file: object(keywords('path')) }),
  message: { type: 'text' },
  related: object({ ...keywords('hosts', 'user'), ip }),
  source: object({
    ...keywords('address'),
    ip,
    geo: object({ ...keywords('city_name', 'continent_name', 'country_iso_code', 'country_name', 'region_iso_code', 'region_name'), location: point }),
    as: object({ number: long, organization: object({ name: searchable }) }),
  }),
  tags: keyword,
  threat: object({
    ...keywords('framework'),
    tactic: object(keywords('id', 'name')),
    technique: object({ ...keywords('id', 'reference'), name: searchable, subtechnique: object({ ...keywords('id', 'reference'), name: searchable }) }),
  }),
  user: object({ ...keywords('domain', 'id'), name: searchable, full_name: searchable, target: object(keywords('name')) }),
  user_agent: object({ ...keywords('name', 'version'), original: searchable, device: object(keywords('name')), os: object(keywords('name', 'version', 'full')) }),
};

const own: Record<Dataset, Properties> = {
  'azure.signinlogs': {
    azure: object({
      ...keywords('tenant_id', 'correlation_id'),
      resource: object(keywords('id', 'provider')),
      signinlogs: object({
        ...keywords('category', 'identity', 'operation_name', 'operation_version', 'result_signature', 'result_type', 'result_description', 'tenant_id'),
        caller_ip_address: ip,
        properties: object({
          ...keywords('app_display_name', 'app_id', 'authentication_protocol', 'authentication_requirement', 'client_app_used', 'client_credential_type', 'conditional_access_status', 'correlation_id'),
          ...keywords('cross_tenant_access_type', 'home_tenant_id', 'id', 'incoming_token_type', 'original_request_id', 'resource_display_name', 'resource_id', 'resource_tenant_id'),
          ...keywords('risk_detail', 'risk_event_types', 'risk_event_types_v2', 'risk_level_aggregated', 'risk_level_during_signin', 'risk_state', 'service_principal_id', 'sso_extension_version'),
          ...keywords('token_issuer_name', 'token_issuer_type', 'unique_token_identifier', 'user_display_name', 'user_id', 'user_principal_name', 'user_type'),
          applied_conditional_access_policies: flattened,
          authentication_details: flattened,
          authentication_processing_details: flattened,
          authentication_requirement_policies: flattened,
          network_location_details: flattened,
          autonomous_system_number: long,
          created_at: date,
          processing_time_ms: { type: 'float' },
          flagged_for_review: boolean,
          is_interactive: boolean,
          is_tenant_restricted: boolean,
          device_detail: object({ ...keywords('browser', 'device_id', 'display_name', 'operating_system', 'trust_type'), is_compliant: boolean, is_managed: boolean }),
          status: object({ ...keywords('additional_details', 'failure_reason'), error_code: long }),
        }),
      }),
    }),
    client: object({ ip }),
    cloud: object(keywords('provider')),
    geo: object({ ...keywords('city_name', 'country_iso_code', 'country_name'), location: point }),
  },
  'aws.cloudtrail': {
    aws: object({
      s3: object({ bucket: object(keywords('arn', 'name')) }),
      cloudtrail: object({
        ...keywords('error_code', 'error_message', 'event_category', 'event_type', 'event_version', 'management_event', 'recipient_account_id', 'request_id', 'session_credential_from_console'),
        read_only: boolean,
        additional_eventdata: printed,
        request_parameters: printed,
        response_elements: printed,
        flattened: object({ additional_eventdata: flattened, request_parameters: flattened, response_elements: flattened }),
        resources: object(keywords('account_id', 'arn', 'type')),
        user_identity: object({
          ...keywords('access_key_id', 'arn', 'invoked_by', 'type'),
          session_context: object({ creation_date: date, ...keywords('mfa_authenticated'), session_issuer: object(keywords('account_id', 'arn', 'principal_id', 'type')) }),
        }),
      }),
    }),
    cloud: object({ ...keywords('provider', 'region'), account: object(keywords('id')), service: object(keywords('name')) }),
    tls: object({ ...keywords('cipher', 'version', 'version_protocol'), client: object(keywords('server_name')) }),
  },
  'confluence.audit': {
    confluence: object({
      audit: object({
        affected_objects: flattened,
        changed_values: flattened,
        extra_attributes: flattened,
        ...keywords('method', 'system'),
        type: object(keywords('action', 'actionI18nKey', 'area', 'category', 'categoryI18nKey', 'level')),
      }),
    }),
    host: object({
      ...keywords('architecture', 'hostname', 'id', 'name'),
      containerized: boolean,
      ip,
      os: object(keywords('codename', 'family', 'kernel', 'name', 'platform', 'type', 'version')),
    }),
    service: object(keywords('address')),
    url: object({ ...keywords('domain'), original: searchable }),
  },
};

/** Marks data streams that hold sample logs, so that they are never mixed with an organisation's own. */
export const SAMPLE_MARK = { managed_by: 'lyrebird', sample: 'logs' };

/** Mapping of a log type; strict, so that an event it does not cover is refused, not guessed at. */
export const mappingOf = (dataset: Dataset): estypes.MappingTypeMapping => ({ dynamic: 'strict', _meta: SAMPLE_MARK, properties: { ...shared, ...own[dataset] } });

export const LABELS_INDEX = 'lyrebird-sample-labels';
/** Labels of the sample in a namespace of its own stay apart from those of the default one. */
export const labelsIndexOf = (namespace = 'default'): string => (namespace === 'default' ? LABELS_INDEX : `${LABELS_INDEX}-${namespace}`);
/** Labels of the sample attacks: which event belongs to which attack. */
export const LABELS_MAPPING: estypes.MappingTypeMapping = {
  dynamic: 'strict',
  properties: { '@timestamp': date, event: object(keywords('id', 'index')), ...keywords('dataset', 'entity', 'technique', 'tactic', 'attack_id', 'phase') },
};

/** Name and body of each data stream's index template. Its priority is above that of the stack's own `logs-*-*`. */
export const indexTemplates = (namespace = 'default'): { name: string; template: Omit<estypes.IndicesPutIndexTemplateRequest, 'name'> }[] =>
  DATASETS.map((dataset) => ({
    name: `lyrebird-sample-${dataset}-${namespace}`,
    template: {
      index_patterns: [indexOf(dataset, namespace)],
      data_stream: {},
      priority: 500,
      template: { settings: { number_of_shards: 1, number_of_replicas: 0, 'index.mapping.total_fields.limit': 2000 }, mappings: mappingOf(dataset) },
      _meta: { description: 'Sample logs of Lyrebird', ...SAMPLE_MARK },
    },
  }));
