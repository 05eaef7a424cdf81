import type { LogHit } from '../../common';
import { findFields } from './find_fields';
import { wordsOf } from './walk_scalars';

/** Fields added at most: beyond so many shapes, one more name says little. */
const MAX_FOUND = 64;
/** Longer texts, or texts of more words, are descriptions rather than names. */
const MAX_NAME = 256;
const MAX_WORDS = 6;
const LEAST_RANK = 20;

/** Whoever did it. In names without separators the words are found as they end: `accountname`, `clientip`. */
const PERSON = /^(user|username|userid|useremail|actor|principal|principalid|email|emailaddress|login|loginname|upn|identity|sender|pusher|caller|employee|admin|operator|author|identifier)$/;
const ACCOUNT = /^(account|accountid|accountname|serviceaccount|tenant|customer|client|project|organization|org|aid|cid)$/;
const MACHINE = /^(host|hostname|hostid|hostidentifier|computer|computername|device|devicename|instance|machine|agent|node)$/;
const ADDRESS = /^(source|src|client|caller|remote|user|sender|host|internal|external|local|a)?(ip|ips|ipaddr|ipaddress|addr)$/;
/** What a name ends in that tells one from another, the best first. */
const NAMING: ReadonlyArray<readonly [RegExp, number]> = [
  [/^(email|emailaddress|upn|login|loginname|username|name|useremail)$/, 8],
  [/^(user|actor|principal|arn|alternateid|hostname|accountname|computername|devicename|host|computer|operator|admin|employee|sender|caller|author|(.*(ip|ipaddr|ipaddress|addr)))$/, 6],
  [/^(id|uid|uuid|userid|accountid|identifier|sid|key|account)$/, 3],
];
/** Someone or something that it was done to, and what only describes. */
const OTHERS = /^(target|affected|entity|old|new|previous|invitee|recipient|receiver|dst|destination|deleted|granted|requested|owner|creator|issuer|member|members|participant|participants|group|groups|preaction|postaction|comment|repository)$/;
const WITHIN = /^(parameters|params|parameter|request|response|requestparameters|responseelements|requestobject|responseobject|body|resource|resources|labels|metadata|enrichment|extra|context|details)$/;
const DESCRIBES = /^(type|kind|role|roles|status|reason|count|version|country|city|region|state|time|timestamp|date|at|agent|useragent|url|uri|path|method|action|risk|scope|scopes|model|platform|os|browser|subject|policy|port|proto|protocol|location|timezone|geo|is|has|verified)$/;

/** Of a person, an account or a machine, but no name of it. */
const THINGS = /^(is|has|agent|useragent|process|domain|file|image|module|key|token|session|auth|class|app|application|provider|factor|store|principaltype)$/;

/**
 * How well a path names whose event it is, by its words alone: a person before an account, an account before a machine, a machine before an
 * address; the one who acts before those acted on; short paths before long ones. Undefined when it names nobody.
 */
export function entityRank(path: string): number | undefined {
  const segments = path.split('.').map(wordsOf);
  const words = segments.flat();
  const last = segments[segments.length - 1];
  const ending = last[last.length - 1] ?? '';
  const whole = last.join('');
  const naming = NAMING.find(([pattern]) => pattern.test(ending) || pattern.test(whole))?.[1];
  if (naming === undefined || (DESCRIBES.test(ending) && !PERSON.test(whole) && !MACHINE.test(whole))) return undefined;
  if (last.some((word) => THINGS.test(word))) return undefined;
  const has = (pattern: RegExp): boolean => words.some((word) => pattern.test(word)) || segments.some((segment) => pattern.test(segment.join('')));
  // What a person is shown as need not be his alone.
  const shown = last.includes('display') ? 4 : 0;
  const kind = ADDRESS.test(ending) || ADDRESS.test(whole) ? 40 : has(PERSON) ? 100 : has(MACHINE) ? 60 : has(ACCOUNT) ? 50 : undefined;
  if (kind === undefined) return undefined;
  const others = words.filter((word) => OTHERS.test(word)).length;
  const within = segments.slice(0, -1).filter((segment) => segment.some((word) => WITHIN.test(word)) || WITHIN.test(segment.join(''))).length;
  const rank = kind + naming - shown - 40 * others - 12 * within - 2 * segments.length;
  return rank >= LEAST_RANK ? rank : undefined;
}

/** Whether a value can name an entity. */
export function isName(value: unknown): value is string | number {
  if (typeof value === 'number') return true;
  if (typeof value !== 'string') return false;
  const text = value.trim();
  return text !== '' && text.length <= MAX_NAME && text.split(/\s+/).length <= MAX_WORDS;
}

/** Fields that name whose event it is, for the events that none of `known` does, in order of preference. */
export function findEntityFields(sample: readonly LogHit[], known: readonly string[]): string[] {
  return findFields(sample, { known, rank: entityRank, accepts: isName, most: MAX_FOUND });
}
