import type { Json, LogEvent } from '../events';
import { DEFAULT_KEPT_WORDS } from './kept_words';
import { Kinds, type Kind } from './kinds';

/** A field that seems to hold identifiers of people or machines. */
export interface IdentifierField {
  /** Dotted path. */
  field: string;
  holds: 'user' | 'mail' | 'address' | 'host' | 'account' | 'name' | 'id' | 'resource';
  /** 0-1: how sure. From SURE on a person should have to take it out rather than in. */
  confidence: number;
  /** For a person's eye: what spoke for it. */
  reason: string;
}

/** Fields this sure are chosen unless a person says otherwise. */
export const SURE = 0.7;
/** Less sure ones are not worth a person's time. */
const WORTH_A_LOOK = 0.5;
const MAX_DISTINCT = 1_000;
const MAX_FIELDS = 2_000;

const PERSON = new Set(['user', 'actor', 'account', 'principal', 'owner', 'member', 'author', 'employee', 'customer', 'caller', 'subject', 'initiator', 'requester', 'sender', 'recipient', 'identity', 'person', 'assignee', 'manager', 'contact', 'invoker', 'issuer', 'username', 'login', 'logon']);
const MACHINE = new Set(['host', 'hostname', 'hosts', 'computer', 'computername', 'device', 'machine', 'workstation', 'asset', 'endpoint']);
const NAMES = new Set(['name', 'username', 'login', 'alias', 'upn', 'displayname', 'fullname', 'display', 'full']);
const IDS = new Set(['id', 'ids', 'guid', 'uuid', 'sid', 'arn', 'oid', 'hash', 'puid', 'uid']);
/** Words of fields that describe software or the log itself, whatever else stands in their names. */
const OTHER = new Set(['type', 'version', 'agent', 'browser', 'os', 'system', 'mode', 'method', 'status', 'result', 'risk', 'state', 'category', 'region', 'country', 'city', 'geo', 'location', 'role', 'roles', 'count', 'duration', 'time', 'timestamp', 'date', 'app', 'application', 'service', 'operating', 'platform', 'model', 'trust', 'protocol', 'port', 'ecs', 'data', 'elastic']);

interface Seen {
  events: number;
  values: Map<string, number>;
  total: number;
}

/**
 * Which fields hold identifiers, the surest first: told from the fields' names (ECS and the names of raw logs, nested or flat) and from
 * their values (mail addresses, IP addresses, ids that come back, accounts, people's names). Works on a sample; some hundred events are enough.
 */
export function suggestIdentifiers(sample: readonly LogEvent[]): IdentifierField[] {
  const seen = new Map<string, Seen>();
  for (const event of sample) note(event, seen);
  const kinds = new Kinds(new Set(DEFAULT_KEPT_WORDS));
  return [...seen]
    .flatMap(([field, values]) => judge(field, values, kinds) ?? [])
    .filter(({ confidence }) => confidence >= WORTH_A_LOOK)
    .sort((a, b) => b.confidence - a.confidence || (a.field < b.field ? -1 : 1));
}

function note(event: LogEvent, seen: Map<string, Seen>): void {
  const inEvent = new Set<string>();
  const visit = (value: Json, path: string): void => {
    if (Array.isArray(value)) {
      for (const item of value) visit(item, path);
    } else if (typeof value === 'object' && value !== null) {
      for (const key of Object.keys(value)) visit(value[key], path === '' ? key : `${path}.${key}`);
    } else if (typeof value === 'string' ? value.trim() !== '' : typeof value === 'number') {
      let entry = seen.get(path);
      if (entry === undefined) {
        if (seen.size >= MAX_FIELDS) return;
        seen.set(path, (entry = { events: 0, values: new Map(), total: 0 }));
      }
      if (!inEvent.has(path)) entry.events++;
      inEvent.add(path);
      entry.total++;
      const text = String(value);
      if (entry.values.size < MAX_DISTINCT || entry.values.has(text)) entry.values.set(text, (entry.values.get(text) ?? 0) + 1);
    }
  };
  visit(event, '');
}

/** `userIdentity.sessionContext` -> user, identity, session, context */
const wordsOf = (field: string): string[] =>
  field
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');

function judge(field: string, { values, total }: Seen, kinds: Kinds): IdentifierField | undefined {
  const distinct = [...values.keys()];
  const words = wordsOf(field);
  const last = words[words.length - 1] ?? '';
  const share = (test: (value: string) => boolean) => distinct.filter(test).length / distinct.length;
  const ofKind = (...wanted: Kind[]) => share((value) => wanted.includes(kinds.of(value)));
  const found = (holds: IdentifierField['holds'], confidence: number, reason: string): IdentifierField => ({ field, holds, confidence, reason });
  const percent = (part: number) => `${Math.round(part * 100)} %`;

  const mails = ofKind('mail');
  if (mails >= 0.5) return found('mail', 0.97, `${percent(mails)} of its values are mail addresses or user principal names`);
  const addresses = ofKind('address');
  if (addresses >= 0.5) return found('address', 0.95, `${percent(addresses)} of its values are IP addresses`);
  const macs = ofKind('mac');
  if (macs >= 0.5) return found('address', 0.95, `${percent(macs)} of its values are MAC addresses`);
  const sids = ofKind('sid');
  if (sids >= 0.3) return found('account', 0.95, `${percent(sids)} of its values are Windows account SIDs`);
  const accounts = share((value) => /^[\w.-]{1,32}\\[^\\]{1,64}$/.test(value));
  if (accounts >= 0.5) return found('user', 0.93, `${percent(accounts)} of its values have the form DOMAIN\\user`);
  const arns = share((value) => /^arn:aws[\w-]*:(iam|sts):/.test(value));
  if (arns >= 0.5 && !/polic|permission/i.test(field)) return found('account', 0.92, `${percent(arns)} of its values are ARNs of users or roles`);
  const cloudIds = ofKind('cloud_id');
  if (cloudIds >= 0.5) return found('account', 0.85, `${percent(cloudIds)} of its values are ids of cloud accounts or keys`);

  const person = words.some((word) => PERSON.has(word)) && !words.includes('agent');
  const machine = words.some((word) => MACHINE.has(word));
  const about = OTHER.has(last) || words.some((word) => word === 'agent' || word === 'os' || word === 'browser');
  const repeats = total > distinct.length * 1.2;
  const dates = share((value) => /^\d{4}-\d\d-\d\d/.test(value));
  if (dates >= 0.5 || about) return undefined;
  if (/^related\.(user|hosts?|hash)/.test(field)) return found(field.includes('host') ? 'host' : 'user', 0.9, 'ECS collects users and hosts in this field');
  if (person && (NAMES.has(last) || PERSON.has(last) || last === 'email' || last === 'mail')) return found('user', 0.92, 'its name says that it names a user or account');
  if (person && IDS.has(last)) return found('account', 0.88, 'its name says that it is the id of a user or account');
  if (machine && (NAMES.has(last) || MACHINE.has(last))) return found('host', 0.85, 'its name says that it names a machine');
  if (machine && IDS.has(last)) return found('host', 0.75, 'its name says that it is the id of a machine');
  if (/phone|mobile|ssn|iban/.test(last)) return found('name', 0.9, 'its name says that it holds personal data');
  const people = share((value) => /^\p{Lu}\p{Ll}+(?:[ -]\p{Lu}\p{Ll}+){1,2}$/u.test(value));
  if (people >= 0.6 && distinct.length >= 5 && person) return found('name', 0.85, `${percent(people)} of its values look like people's names`);
  if (people >= 0.6 && distinct.length >= 5 && /identity|person|people|who/.test(field.toLowerCase())) return found('name', 0.75, `${percent(people)} of its values look like people's names`);
  if (person && last === 'domain') return found('user', 0.7, 'its name says that it is the domain of accounts');
  const hosts = share((value) => /^(?:[A-Z0-9]+-)+[A-Z0-9]+$/.test(value) && /\d/.test(value));
  if (hosts >= 0.6 && distinct.length >= 3) return found('host', 0.6, `${percent(hosts)} of its values look like names of machines`);
  if (/^\d{12}$/.test(distinct[0]) && share((value) => /^\d{12}$/.test(value)) === 1) return found('account', 0.6, 'its values have the form of cloud account numbers');
  const ids = ofKind('uuid', 'hex');
  // An id of each event names nobody; one that comes back names somebody or something.
  if (ids >= 0.8 && repeats && distinct.length >= 5 && (IDS.has(last) || last === 'session' || last === 'token')) return found('id', 0.5, 'ids that come back in other events');
  return undefined;
}
