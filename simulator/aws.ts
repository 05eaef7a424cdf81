import type { Json } from '../common';
import { hash32, Random, stableHex, zipf } from './random';

/** One request to an AWS API: what CloudTrail prints of it. */
export interface ApiCall {
  /** Short service name; the event source is `<service>.amazonaws.com`. */
  service: string;
  action: string;
  readOnly: boolean;
  request: { [key: string]: Json } | null;
  response: { [key: string]: Json } | null;
  resources?: { arn: string; type: string }[];
  error?: { code: string; message: string };
  /** Calls on objects (S3, Lambda) are data events, all others management events. */
  data?: boolean;
  /** IAM user or role that is acted upon. */
  target?: string;
  additional?: { [key: string]: Json };
}

export interface ApiContext {
  accountId: string;
  region: string;
  /** Login of the caller: favourites are drawn from it, so everybody keeps using the same few resources. */
  owner: string;
  random: Random;
}

const favourite = (context: ApiContext, kind: string, count: number, spread: number): number => {
  const rank = context.random.weighted(zipf(Math.min(spread, count), 1.2));
  return (hash32('favourite', kind, context.owner) + rank * 7) % count;
};
export const BUCKETS = ['prod-customer-exports', 'prod-invoices', 'analytics-lake', 'analytics-results', 'app-logs-archive', 'web-assets', 'ml-features', 'hr-documents', 'backup-databases', 'build-artifacts', 'support-uploads', 'terraform-state'].map((name) => `ex-${name}`);
const FUNCTIONS = ['order-intake', 'invoice-render', 'mail-dispatch', 'search-index', 'image-resize', 'user-sync', 'report-nightly', 'webhook-relay', 'audit-forward', 'price-update'];
const CLUSTERS = ['prod-web', 'prod-workers', 'staging-web'];
const SERVICES = ['checkout', 'catalogue', 'accounts', 'search', 'notifications', 'gateway'];
const STACKS = ['network', 'identity', 'data-lake', 'web-tier', 'workers', 'observability'];
const SECRETS = ['prod/db/orders', 'prod/db/accounts', 'prod/api/payments', 'staging/db/orders', 'prod/smtp'];
const QUEUES = ['orders', 'mail', 'search-updates', 'dead-letters'];
const LOG_GROUPS = FUNCTIONS.map((name) => `/aws/lambda/${name}`);
const TABLES = ['events', 'customers', 'orders', 'sessions', 'invoices', 'tickets'];
const JOB_NAMES = ['ci-deploy', 'backup', 'monitoring', 'terraform'];
const POLICIES = ['ReadOnlyAccess', 'AmazonS3ReadOnlyAccess', 'PowerUserAccess', 'job-function/ViewOnlyAccess', 'CloudWatchLogsReadOnlyAccess'];
export const TRAIL = 'org-management-events';

const EXTENSIONS: Record<string, string> = { 'ex-prod-invoices': 'pdf', 'ex-hr-documents': 'docx', 'ex-web-assets': 'png', 'ex-build-artifacts': 'zip', 'ex-terraform-state': 'tfstate', 'ex-backup-databases': 'dump', 'ex-app-logs-archive': 'log.gz' };
/** The `number`-th object of a bucket. */
export const objectKey = (bucket: string, number: number): string => {
  const folder = ['2025', '2026', 'current', 'archive'][number % 4];
  return `${folder}/${stableHex(2, bucket, number)}/part-${String(number).padStart(5, '0')}.${EXTENSIONS[bucket] ?? 'parquet'}`;
};
const instanceId = (context: ApiContext): string => `i-0${stableHex(16, 'instance', favourite(context, 'instance', 40, 6))}`;

const read = (service: string, action: string, request: ApiCall['request'] = null): ApiCall => ({ service, action, readOnly: true, request, response: null });
const write = (service: string, action: string, request: ApiCall['request'], response: ApiCall['response'] = null): ApiCall => ({ service, action, readOnly: false, request, response });

export function getObject(bucket: string, number: number, random: Random): ApiCall {
  const key = objectKey(bucket, number);
  return {
    ...read('s3', 'GetObject', { bucketName: bucket, Host: `${bucket}.s3.eu-central-1.amazonaws.com`, key }),
    data: true,
    resources: [
      { arn: `arn:aws:s3:::${bucket}/${key}`, type: 'AWS::S3::Object' },
      { arn: `arn:aws:s3:::${bucket}`, type: 'AWS::S3::Bucket' },
    ],
    additional: { SignatureVersion: 'SigV4', CipherSuite: 'TLS_AES_128_GCM_SHA256', bytesTransferredIn: 0, bytesTransferredOut: Math.round(random.logNormal(180_000, 1.4)), AuthenticationMethod: 'AuthHeader' },
  };
}
export const listObjects = (bucket: string): ApiCall => ({
  ...read('s3', 'ListObjects', { 'list-type': '2', bucketName: bucket, Host: `${bucket}.s3.eu-central-1.amazonaws.com`, prefix: '' }),
  data: true,
  resources: [{ arn: `arn:aws:s3:::${bucket}`, type: 'AWS::S3::Bucket' }],
});
export const ownBucket = (context: ApiContext): string => BUCKETS[favourite(context, 'bucket', BUCKETS.length, 3)];

export const iam = {
  listUsers: (): ApiCall => read('iam', 'ListUsers', { maxItems: 1000 }),
  listRoles: (): ApiCall => read('iam', 'ListRoles', { maxItems: 1000 }),
  listGroups: (): ApiCall => read('iam', 'ListGroups'),
  accountSummary: (): ApiCall => read('iam', 'GetAccountSummary'),
  getUser: (userName: string): ApiCall => ({ ...read('iam', 'GetUser', { userName }), target: userName }),
  listAccessKeys: (userName: string): ApiCall => ({ ...read('iam', 'ListAccessKeys', { userName }), target: userName }),
  listAttachedUserPolicies: (userName: string): ApiCall => ({ ...read('iam', 'ListAttachedUserPolicies', { userName }), target: userName }),
  listGroupsForUser: (userName: string): ApiCall => ({ ...read('iam', 'ListGroupsForUser', { userName }), target: userName }),
  createUser: (userName: string, accountId: string, random: Random): ApiCall => ({
    ...write('iam', 'CreateUser', { userName }, { user: { path: '/', userName, userId: `AIDA${random.base32(17)}`, arn: `arn:aws:iam::${accountId}:user/${userName}` } }),
    target: userName,
  }),
  createLoginProfile: (userName: string): ApiCall => ({ ...write('iam', 'CreateLoginProfile', { userName, passwordResetRequired: true }, { loginProfile: { userName, passwordResetRequired: true } }), target: userName }),
  attachUserPolicy: (userName: string, policy: string): ApiCall => ({ ...write('iam', 'AttachUserPolicy', { userName, policyArn: `arn:aws:iam::aws:policy/${policy}` }), target: userName }),
  addUserToGroup: (userName: string, groupName: string): ApiCall => ({ ...write('iam', 'AddUserToGroup', { userName, groupName }), target: userName }),
  createAccessKey: (userName: string, random: Random): ApiCall => ({
    ...write('iam', 'CreateAccessKey', { userName }, { accessKey: { userName, accessKeyId: `AKIA${random.base32(16)}`, status: 'Active' } }),
    target: userName,
  }),
};
export const trail = {
  describe: (): ApiCall => read('cloudtrail', 'DescribeTrails', { includeShadowTrails: false }),
  status: (): ApiCall => read('cloudtrail', 'GetTrailStatus', { name: TRAIL }),
  lookup: (): ApiCall => read('cloudtrail', 'LookupEvents', { maxResults: 50 }),
  selectors: (): ApiCall => read('cloudtrail', 'GetEventSelectors', { trailName: TRAIL }),
  stop: (): ApiCall => write('cloudtrail', 'StopLogging', { name: TRAIL }),
  start: (): ApiCall => write('cloudtrail', 'StartLogging', { name: TRAIL }),
  remove: (): ApiCall => write('cloudtrail', 'DeleteTrail', { name: TRAIL }),
  putSelectors: (all: boolean): ApiCall =>
    write('cloudtrail', 'PutEventSelectors', { trailName: TRAIL, eventSelectors: [{ readWriteType: all ? 'All' : 'ReadOnly', includeManagementEvents: all, dataResources: [] }] }, { trailARN: TRAIL }),
};

type Step = (context: ApiContext) => ApiCall[];
const times = (context: ApiContext, low: number, high: number, make: (i: number) => ApiCall): ApiCall[] => Array.from({ length: context.random.int(low, high) }, (_, i) => make(i));

/** What people (and programs) do with the API, as whole chains of calls. */
export const WORKFLOWS: Record<string, Step> = {
  instances: (c) => {
    const instance = instanceId(c);
    const calls = [read('ec2', 'DescribeInstances', { instancesSet: {}, filterSet: {} }), read('ec2', 'DescribeInstanceStatus', { instancesSet: { items: [{ instanceId: instance }] }, filterSet: {}, includeAllInstances: false })];
    if (c.random.chance(0.5)) calls.push(read('ec2', 'DescribeSecurityGroups', { securityGroupSet: {}, filterSet: {} }));
    if (c.random.chance(0.3)) calls.push(read('ec2', 'DescribeVolumes', { volumeSet: {}, filterSet: {} }));
    if (c.random.chance(0.06)) calls.push(write('ec2', 'RebootInstances', { instancesSet: { items: [{ instanceId: instance }] } }, { _return: true }));
    return calls;
  },
  logs: (c) => {
    const group = LOG_GROUPS[favourite(c, 'log', LOG_GROUPS.length, 4)];
    return [read('logs', 'DescribeLogGroups', { limit: 50 }), ...times(c, 1, 5, () => read('logs', 'FilterLogEvents', { logGroupName: group, limit: 100 }))];
  },
  lambda: (c) => {
    const functionName = FUNCTIONS[favourite(c, 'function', FUNCTIONS.length, 3)];
    const arn = `arn:aws:lambda:${c.region}:${c.accountId}:function:${functionName}`;
    const on = (call: ApiCall): ApiCall => ({ ...call, resources: [{ arn, type: 'AWS::Lambda::Function' }] });
    const calls = [on(read('lambda', 'GetFunction20150331v2', { functionName })), on(read('lambda', 'GetFunctionConfiguration20150331v2', { functionName }))];
    if (c.random.chance(0.45)) calls.push(on(write('lambda', 'UpdateFunctionCode20150331v2', { functionName, publish: false, dryRun: false }, { functionName, runtime: 'nodejs22.x', state: 'Active' })));
    if (c.random.chance(0.25)) calls.push(on(write('lambda', 'PublishVersion20150331', { functionName }, { functionName, state: 'Active' })));
    return calls;
  },
  containers: (c) => {
    const cluster = CLUSTERS[favourite(c, 'cluster', CLUSTERS.length, 2)];
    const service = SERVICES[favourite(c, 'service', SERVICES.length, 2)];
    const calls = [read('ecs', 'DescribeServices', { cluster, services: [service] }), ...times(c, 0, 3, () => read('ecs', 'DescribeTasks', { cluster, tasks: [service] }))];
    if (c.random.chance(0.3)) calls.push(write('ecs', 'RegisterTaskDefinition', { family: service }, { taskDefinition: { family: service, status: 'ACTIVE' } }), write('ecs', 'UpdateService', { cluster, service }, { service: { serviceName: service, status: 'ACTIVE' } }));
    return calls;
  },
  objects: (c) => {
    const bucket = ownBucket(c);
    const calls = [listObjects(bucket), ...times(c, 1, 6, () => getObject(bucket, favourite(c, `object:${bucket}`, 400, 12), c.random))];
    if (c.random.chance(0.2)) calls.unshift(read('s3', 'ListBuckets', { Host: 's3.amazonaws.com' }));
    return calls;
  },
  storage: (c) => {
    const bucketName = ownBucket(c);
    const on = (call: ApiCall): ApiCall => ({ ...call, resources: [{ arn: `arn:aws:s3:::${bucketName}`, type: 'AWS::S3::Bucket' }] });
    return [read('s3', 'ListBuckets', { Host: 's3.amazonaws.com' }), on(read('s3', 'GetBucketPolicy', { bucketName, policy: '' })), on(read('s3', 'GetBucketEncryption', { bucketName, encryption: '' }))];
  },
  stacks: (c) => {
    const stackName = STACKS[favourite(c, 'stack', STACKS.length, 2)];
    const calls = [read('cloudformation', 'DescribeStacks', { stackName })];
    if (c.random.chance(0.35)) calls.push(write('cloudformation', 'CreateChangeSet', { stackName, changeSetName: 'update' }, { stackId: stackName }), write('cloudformation', 'ExecuteChangeSet', { stackName, changeSetName: 'update' }));
    return [...calls, ...times(c, 1, 4, () => read('cloudformation', 'DescribeStackEvents', { stackName }))];
  },
  secrets: (c) => {
    const secretId = SECRETS[favourite(c, 'secret', SECRETS.length, 2)];
    return [read('secretsmanager', 'GetSecretValue', { secretId }), read('kms', 'Decrypt', { encryptionContext: { SecretARN: secretId }, encryptionAlgorithm: 'SYMMETRIC_DEFAULT' })];
  },
  queues: (c) => {
    const queueUrl = `https://sqs.${c.region}.amazonaws.com/${c.accountId}/${QUEUES[favourite(c, 'queue', QUEUES.length, 2)]}`;
    return [read('sqs', 'ListQueues'), ...times(c, 1, 3, () => read('sqs', 'GetQueueAttributes', { queueUrl, attributeNames: ['All'] }))];
  },
  queries: (c) => {
    const query = `SELECT * FROM lake.${TABLES[favourite(c, 'table', TABLES.length, 3)]} LIMIT 100`;
    const start = write('athena', 'StartQueryExecution', { queryString: query, workGroup: 'primary' }, { queryExecutionId: c.random.uuid() });
    const queryExecutionId = start.response!.queryExecutionId;
    return [start, ...times(c, 1, 4, () => read('athena', 'GetQueryExecution', { queryExecutionId })), read('athena', 'GetQueryResults', { queryExecutionId, maxResults: 1000 })];
  },
  catalogue: (c) => [read('glue', 'GetDatabases', { maxResults: 100 }), ...times(c, 1, 3, () => read('glue', 'GetTable', { databaseName: 'lake', name: TABLES[favourite(c, 'table', TABLES.length, 4)] }))],
  billing: (c) => times(c, 2, 6, (i) => read('ce', 'GetCostAndUsage', { granularity: i % 2 ? 'DAILY' : 'MONTHLY', metrics: ['UnblendedCost'] })),
  identity: (c) => {
    const calls = [iam.accountSummary(), iam.listUsers()];
    if (c.random.chance(0.4)) calls.push(iam.listRoles());
    if (c.random.chance(0.25)) calls.push(iam.listGroups());
    const user = `svc-${c.random.pick(JOB_NAMES)}`;
    if (c.random.chance(0.4)) calls.push(iam.getUser(user), iam.listAttachedUserPolicies(user), ...(c.random.chance(0.5) ? [iam.listGroupsForUser(user)] : []));
    return calls;
  },
  rotation: (c) => {
    const user = `svc-${c.random.pick(JOB_NAMES)}`;
    return [iam.listAccessKeys(user), iam.createAccessKey(user, c.random), write('iam', 'UpdateAccessKey', { userName: user, status: 'Inactive' })].map((call) => ({ ...call, target: user }));
  },
  audit: (c) => [trail.describe(), trail.status(), ...times(c, 0, 3, () => trail.lookup())],
  onboarding: (c) => {
    const userName = `app-${SERVICES[c.random.int(0, SERVICES.length - 1)]}-${c.random.hex(3)}`;
    const calls = [iam.listUsers(), iam.createUser(userName, c.accountId, c.random), iam.attachUserPolicy(userName, c.random.pick(POLICIES))];
    if (c.random.chance(0.4)) calls.push(iam.addUserToGroup(userName, 'applications'));
    calls.push(c.random.chance(0.75) ? iam.createAccessKey(userName, c.random) : iam.createLoginProfile(userName));
    return calls;
  },
  trailcare: (c) => [trail.describe(), trail.selectors(), ...(c.random.chance(0.5) ? [trail.putSelectors(true)] : []), ...(c.random.chance(0.2) ? [trail.stop(), trail.start()] : [])],
};

/** Jobs of service accounts: which calls, how often a day, from which program. */
export const SERVICE_JOBS: Record<string, { workflow: Step; perDay: number; sdk: string; hours?: [number, number]; invokedBy?: string }> = {
  'ci-deploy': { workflow: (c) => [...WORKFLOWS.containers(c), read('ecr', 'GetAuthorizationToken'), ...(c.random.chance(0.5) ? WORKFLOWS.lambda(c) : [])], perDay: 7, sdk: '1.34.131', hours: [7, 20] },
  backup: { workflow: () => [write('rds', 'CreateDBSnapshot', { dBInstanceIdentifier: 'orders', dBSnapshotIdentifier: 'orders-nightly' }, { status: 'creating' }), read('rds', 'DescribeDBSnapshots', { dBInstanceIdentifier: 'orders' })], perDay: 8, sdk: '1.28.57' },
  monitoring: { workflow: (c) => times(c, 1, 2, () => read('monitoring', 'DescribeAlarms', { stateValue: 'ALARM' })).concat(read('ec2', 'DescribeInstanceStatus', { instancesSet: {}, filterSet: {}, includeAllInstances: true })), perDay: 24, sdk: '1.35.40' },
  terraform: { workflow: (c) => [...WORKFLOWS.storage(c), ...WORKFLOWS.stacks(c)], perDay: 3, sdk: '1.34.131', hours: [6, 19] },
  etl: { workflow: (c) => [...WORKFLOWS.queries(c), ...WORKFLOWS.catalogue(c)], perDay: 6, sdk: '1.28.57' },
  'image-builder': { workflow: (c) => WORKFLOWS.instances(c), perDay: 4, sdk: '1.34.131', invokedBy: 'imagebuilder.amazonaws.com' },
  'log-shipper': { workflow: (c) => WORKFLOWS.logs(c), perDay: 12, sdk: '1.35.40', invokedBy: 'lambda.amazonaws.com' },
  inventory: { workflow: (c) => [...WORKFLOWS.instances(c), ...WORKFLOWS.identity(c)], perDay: 2, sdk: '1.28.57', hours: [2, 5] },
};

const DENIED_ACTIONS = 0.012;
/** Now and then a call fails, as in every real account. */
export function maybeFail(call: ApiCall, context: ApiContext): ApiCall {
  if (!context.random.chance(DENIED_ACTIONS)) return call;
  const throttled = call.readOnly && context.random.chance(0.4);
  const error = throttled
    ? { code: 'ThrottlingException', message: 'Rate exceeded' }
    : { code: 'AccessDenied', message: `User is not authorized to perform: ${call.service}:${call.action} because no identity-based policy allows the ${call.service}:${call.action} action` };
  return { ...call, error, response: null };
}

const GLOBAL_SERVICES = new Set(['iam', 'sts', 'cloudfront', 'ce', 'signin', 'sso']);
/** Global services log in us-east-1 whatever region their caller works in. */
export const regionOf = (call: ApiCall, region: string): string => (GLOBAL_SERVICES.has(call.service) ? 'us-east-1' : region);
