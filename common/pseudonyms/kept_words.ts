/**
 * Words that name nobody: they stay as they are wherever they stand, and no pseudonym is one of them. Accounts that every system has,
 * generic host names, resource types of ARNs, and the names of public mail and cloud domains.
 */
export const DEFAULT_KEPT_WORDS: readonly string[] = [
  ...['admin', 'administrator', 'root', 'system', 'service', 'local service', 'network service', 'localsystem', 'guest', 'user', 'users', 'nobody', 'anonymous'],
  ...['daemon', 'default', 'unknown', 'none', 'null', 'undefined', 'nil', 'na', 'everyone', 'public', 'test', 'nt authority', 'builtin', 'ext'],
  ...['localhost', 'www', 'mail', 'smtp', 'imap', 'ftp', 'ntp', 'api', 'vpn', 'proxy', 'gateway', 'server', 'client', 'host', 'home'],
  ...['arn', 'aws', 'role', 'group', 'policy', 'instance', 'function', 'table', 'bucket', 'key', 'secret', 'federated-user', 'assumed-role', 'saml-provider', 'log-group', 'session'],
];

/** Domains that anybody may have an address in. */
export const DEFAULT_PUBLIC_DOMAINS: readonly string[] = [
  ...['gmail.com', 'googlemail.com', 'outlook.com', 'hotmail.com', 'live.com', 'yahoo.com', 'icloud.com', 'aol.com', 'proton.me', 'protonmail.com', 'gmx.de', 'gmx.net', 'web.de', 'qq.com', 'yandex.ru'],
  ...['microsoft.com', 'onmicrosoft.com', 'office.com', 'office365.com', 'windows.net', 'azure.com', 'google.com', 'amazon.com', 'amazonaws.com', 'apple.com', 'github.com', 'okta.com'],
];

/** Second labels of public suffixes such as `co.uk`. */
export const SECOND_LEVEL: ReadonlySet<string> = new Set(['co', 'com', 'net', 'org', 'gov', 'gob', 'ac', 'edu', 'or', 'ne', 'go']);

/** Last labels that make a domain of two labels one: what could be a surname is not among them (`jane.doe`, `anna.li` are names). */
export const TOP_LEVEL: ReadonlySet<string> = new Set([
  ...['com', 'net', 'org', 'edu', 'gov', 'mil', 'int', 'info', 'biz', 'arpa', 'io', 'ai', 'dev', 'app', 'cloud', 'tech'],
  ...['local', 'localdomain', 'internal', 'intranet', 'lan', 'corp', 'test', 'example', 'invalid'],
  ...['de', 'uk', 'fr', 'nl', 'ch', 'at', 'eu', 'us', 'ca', 'au', 'jp', 'cn', 'br', 'es', 'it', 'pl', 'dk', 'fi', 'be', 'cz', 'ru', 'nz', 'ie', 'pt', 'mx', 'kr', 'tw', 'za'],
]);
