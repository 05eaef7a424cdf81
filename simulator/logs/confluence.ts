import type { Json, LogEvent } from '../../common';
import type { WikiDraft } from '../events';
import type { Organisation } from '../organisation';
import { Random, stableHex } from '../random';
import { pageById, SPACES, WIKI_ACTIONS } from '../wiki';
import { collected, enriched, iso, source } from './ecs';

const SYSTEM = 'https://wiki.example.com';
const TYPES: Record<string, string[]> = { login: ['start'], view: ['access'], search: ['access'], attachment: ['access'], export: ['access'], 'space-export': ['access'], edit: ['change'], comment: ['creation'], create: ['creation'], permission: ['change'] };

/** One audit event as Elastic's Confluence integration shapes it, in a data stream of its own (`logs-confluence.audit-*`). */
export function renderWiki(draft: WikiDraft, org: Organisation): LogEvent {
  const random = new Random('wiki', draft.seed);
  const { person, address } = draft.access;
  const kind = WIKI_ACTIONS[draft.action];
  const page = draft.pageId === undefined ? undefined : pageById(draft.pageId);
  const space = draft.spaceKey ? SPACES[draft.spaceKey] : undefined;
  const affected: Json[] = [];
  if (page) affected.push({ name: page.title, type: 'PAGE', id: String(page.id), uri: `${SYSTEM}/pages/viewpage.action?pageId=${page.id}` });
  if (space) affected.push({ name: space.name, type: 'SPACE', id: space.key, uri: `${SYSTEM}/display/${space.key}` });
  const changed: Json[] = [];
  if (draft.action === 'edit') {
    const version = random.int(2, 60);
    changed.push({ key: 'Version', i18nKey: 'audit.logging.changed.value.version', from: String(version - 1), to: String(version) });
  }
  if (draft.action === 'permission') changed.push({ key: 'Type', i18nKey: 'audit.logging.changed.value.permission', from: null, to: 'VIEWSPACE' });
  const extra: Json[] = [];
  if (draft.action === 'search') extra.push({ name: 'Query', nameI18nKey: 'confluence.audit.attribute.query', value: draft.subject ?? '' }, { name: 'Results returned', nameI18nKey: 'atlassian.audit.event.attribute.results', value: String(Math.min(200, Math.round(random.logNormal(14, 0.9)))) });
  if (draft.action === 'export' || draft.action === 'space-export') extra.push({ name: 'Export type', nameI18nKey: 'confluence.audit.attribute.export', value: draft.subject ?? 'PDF' });
  const host = `wiki-${1 + (person.index % 2)}`;
  return {
    '@timestamp': iso(draft.time),
    ...collected(org, 'confluence.audit', 'log'),
    confluence: {
      audit: {
        affected_objects: affected,
        changed_values: changed,
        extra_attributes: extra,
        method: draft.method,
        system: SYSTEM,
        type: { action: kind.action, actionI18nKey: kind.key, area: kind.area, category: kind.category, categoryI18nKey: kind.categoryKey, level: kind.level },
      },
    },
    event: {
      action: kind.key,
      category: [draft.action === 'login' ? 'authentication' : 'web'],
      dataset: 'confluence.audit',
      ingested: iso(Math.floor(draft.time / 1000) * 1000 + random.int(4, 16) * 1000),
      kind: 'event',
      module: 'confluence',
      outcome: 'success',
      type: TYPES[draft.action],
    },
    host: {
      architecture: 'x86_64',
      containerized: false,
      hostname: host,
      id: stableHex(32, 'host', org.seed, host),
      ip: [host === 'wiki-1' ? '10.20.4.11' : '10.20.4.12'],
      name: host,
      os: { codename: 'bookworm', family: 'debian', kernel: '6.1.0-28-amd64', name: 'Debian GNU/Linux', platform: 'debian', type: 'linux', version: '12 (bookworm)' },
    },
    log: { file: { path: '/var/atlassian/application-data/confluence/log/audit/audit.log' } },
    related: { hosts: ['wiki.example.com'], ip: [address.ip], user: [person.login] },
    service: { address: SYSTEM },
    source: source(address),
    ...(page ? { url: { original: `${SYSTEM}/pages/viewpage.action?pageId=${page.id}`, domain: 'wiki.example.com' } } : {}),
    user: { full_name: person.fullName, id: person.wikiId, name: person.login },
    ...enriched(draft),
  };
}
