/** Identity of the plugin, as Kibana knows it. */
export const PLUGIN_ID = 'lyrebird';
export const PLUGIN_NAME = 'Lyrebird';

/** Base path of the plugin's own routes (internal: they serve the app and may change between versions). */
export const API_BASE = '/internal/lyrebird';
/** Version that each internal route declares and that the app asks for. */
export const API_VERSION = '1';

/** Base path of the model node's HTTP API. */
export const NODE_API_BASE = '/v1';

/** Where anomaly scores go: `lyrebird-anomalies-<job id>`. */
export const ANOMALIES_INDEX_PREFIX = 'lyrebird-anomalies-';
export const ANOMALIES_INDEX_PATTERN = `${ANOMALIES_INDEX_PREFIX}*`;
/** Where synthetic events go unless a person names an index: `lyrebird-synthetic-<data set>`. */
export const SYNTHETIC_INDEX_PREFIX = 'lyrebird-synthetic-';
/** Documents that describe the plugin's own jobs, so that a restart can resume them. */
export const JOBS_INDEX = 'lyrebird-jobs';
/** What models' logs held in their pseudonymised fields, encrypted. */
export const PSEUDONYMS_INDEX = 'lyrebird-pseudonyms';
/** Rules for what is no anomaly. */
export const RULES_INDEX = 'lyrebird-rules';

/** Entity fields tried in this order when a person names none. ECS first, then names seen in common raw logs. */
export const DEFAULT_ENTITY_FIELDS = [
  'user.name',
  'user.email',
  'azure.signinlogs.properties.user_principal_name',
  'properties.userPrincipalName',
  'userIdentity.userName',
  'userIdentity.arn',
  'source.user.name',
  'user.id',
  'user',
  'username',
  'src_user',
  'actor.email',
  'host.name',
  'source.ip',
] as const;

/** Fields that hold the line of a text log, tried in this order where an entity is to be found in it. */
export const DEFAULT_TEXT_FIELDS = ['message', 'event.original', 'log.original', 'msg'] as const;

/** Time fields tried in this order when a person names none. */
export const DEFAULT_TIME_FIELDS = [
  '@timestamp',
  'timestamp',
  'time',
  'eventTime',
  'event.created',
  'createdDateTime',
  'created_at',
  'EventTime',
  'ts',
] as const;

/** Fields that say which log type an event is, tried in this order; the index name is the last resort. */
export const DEFAULT_LOG_TYPE_FIELDS = ['event.dataset', 'data_stream.dataset'] as const;

/** ECS fields that carry a MITRE ATT&CK (sub-)technique id; the sub-technique wins. */
export const TECHNIQUE_FIELDS = ['threat.technique.subtechnique.id', 'threat.technique.id'] as const;
