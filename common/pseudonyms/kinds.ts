import { isAddress } from './addresses';
import { lowerCase } from '../entity';
import { SECOND_LEVEL, TOP_LEVEL } from './kept_words';

/**
 * What a value is, told from the value alone: so the same value has the same pseudonym wherever it stands, and a pseudonym can be mapped
 * back without knowing its field. Pseudonyms are of the kind of their value.
 */
export type Kind = 'kept' | 'address' | 'uuid' | 'mac' | 'sid' | 'cloud_id' | 'resource_id' | 'arn' | 'dn' | 'mail' | 'composite' | 'domain' | 'hex' | 'second_level' | 'text';

/** Characters that separate parts which are values of their own. */
const SEPARATORS = '/\\\\:,;|=<>()\\[\\]{}"?&#+@\\t\\r\\n%*!$^~`';
const COMPOSITE = new RegExp(`[${SEPARATORS}]`);
const SPLIT = new RegExp(`([${SEPARATORS}]+)`);

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const MAC = /^[0-9a-f]{2}([:-])[0-9a-f]{2}(?:\1[0-9a-f]{2}){4}$/i;
/** Domain account: S-1-5-21-<domain, three numbers>-<relative id>. Other SIDs name nobody. */
const SID = /^S-1-5-21-(\d{1,10})-(\d{1,10})-(\d{1,10})-(\d{1,10})$/;
const WELL_KNOWN_SID = /^S-1-\d{1,2}(?:-\d{1,3}){1,2}$/;
/** AWS unique ids: users, roles, keys, ... */
const CLOUD_ID = /^(?:AKIA|ASIA|AIDA|AROA|AGPA|ANPA|ANVA|AIPA|APKA|ABIA|ACCA)[A-Z0-9]{12,20}$/;
/** `i-0a1b2c3d`, `vol-…`, `eni-…` */
const RESOURCE_ID = /^[a-z]{1,9}-[0-9a-f]{8}(?:[0-9a-f]{9})?$/;
const ARN = /^arn:aws[\w-]*:[^:]*:[^:]*:[^:]*:.+$/;
const DN = /^[A-Za-z]{1,20}=[^=,]+(?:,\s*[A-Za-z]{1,20}=[^=,]+)+$/;
const MAIL = /^[^@\s<>,;:"()\\/]+@[A-Za-z0-9_.-]*[A-Za-z0-9]$/;
const LABEL = /^[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?$/;
const HEX = /^(?:[0-9a-f]{16,}|[0-9A-F]{16,})$/;

export class Kinds {
  constructor(private readonly kept: ReadonlySet<string>) {}

  of(value: string): Kind {
    if (value.length < 2) return 'text';
    if (isUniform(value) && UUID.test(value)) return isNilUuid(value) ? 'kept' : 'uuid';
    if (isAddress(value)) return 'address';
    if (isUniform(value) && MAC.test(value)) return 'mac';
    if (this.kept.has(lowerCase(value))) return 'kept';
    if (value.startsWith('S-1-')) {
      if (SID.test(value) && SID.exec(value)!.slice(1).every(isUint32)) return 'sid';
      if (WELL_KNOWN_SID.test(value)) return 'kept';
    }
    if (CLOUD_ID.test(value)) return 'cloud_id';
    if (ARN.test(value)) return 'arn';
    if (DN.test(value)) return 'dn';
    if (MAIL.test(value)) return 'mail';
    if (COMPOSITE.test(value)) return 'composite';
    if (RESOURCE_ID.test(value) && /\d/.test(value)) return 'resource_id';
    if (HEX.test(value) && /\d/.test(value) && /[a-f]/i.test(value)) return 'hex';
    if (isDomain(value)) return 'domain';
    return SECOND_LEVEL.has(lowerCase(value)) ? 'second_level' : 'text';
  }
}

/** The parts of a composite value, separators at the odd places. */
export const splitComposite = (value: string): string[] => value.split(SPLIT);

/** `[local, domain]` of a mail address or UPN. */
export function splitMail(mail: string): [string, string] {
  const at = mail.lastIndexOf('@');
  return [mail.slice(0, at), mail.slice(at + 1)];
}

/** The labels that belong to the organisation, and the public suffix that stays. */
export function splitDomain(domain: string): { labels: string[]; suffix: string[] } {
  const labels = domain.split('.');
  const last = labels[labels.length - 1];
  const two = labels.length > 2 && last.length === 2 && SECOND_LEVEL.has(labels[labels.length - 2].toLowerCase());
  const at = labels.length < 2 ? 1 : labels.length - (two ? 2 : 1);
  return { labels: labels.slice(0, at), suffix: labels.slice(at) };
}

function isDomain(value: string): boolean {
  if (!value.includes('.') || value.length > 253) return false;
  const labels = value.split('.');
  const last = labels[labels.length - 1].toLowerCase();
  if (!labels.every((label) => LABEL.test(label))) return false;
  return TOP_LEVEL.has(last) || (labels.length > 2 && /^[a-z]{2}$/.test(last));
}

/** One case throughout: only then can the case be restored, since digits have none. */
const isUniform = (value: string) => /[a-f]/.test(value) !== /[A-F]/.test(value) || !/[a-f]/i.test(value);
const isNilUuid = (value: string) => /^[0-]+$/.test(value) || /^[f-]+$/i.test(value);
const isUint32 = (digits: string) => Number(digits) <= 0xffff_ffff && String(Number(digits)) === digits;
