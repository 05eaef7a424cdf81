import { hash32, Random, zipf } from './random';

export interface Page {
  id: number;
  title: string;
  space: string;
}
export interface Space {
  key: string;
  name: string;
  pages: Page[];
}
export type WikiAction = keyof typeof WIKI_ACTIONS;

/** Confluence's audit vocabulary: printed name and message key, category and its key, area, level. */
export const WIKI_ACTIONS = {
  login: { action: 'User login successful', key: 'atlassian.audit.event.action.user.login', category: 'Authentication', categoryKey: 'atlassian.audit.event.category.authentication', area: 'SECURITY', level: 'ADVANCED' },
  view: { action: 'Page viewed', key: 'confluence.audit.event.action.page.view', category: 'Pages', categoryKey: 'audit.logging.category.page', area: 'END_USER_ACTIVITY', level: 'FULL' },
  edit: { action: 'Page updated', key: 'audit.logging.summary.page.updated', category: 'Pages', categoryKey: 'audit.logging.category.page', area: 'END_USER_ACTIVITY', level: 'ADVANCED' },
  create: { action: 'Page created', key: 'audit.logging.summary.page.created', category: 'Pages', categoryKey: 'audit.logging.category.page', area: 'END_USER_ACTIVITY', level: 'ADVANCED' },
  comment: { action: 'Comment added', key: 'audit.logging.summary.comment.created', category: 'Pages', categoryKey: 'audit.logging.category.page', area: 'END_USER_ACTIVITY', level: 'FULL' },
  search: { action: 'Search performed', key: 'confluence.audit.event.action.search', category: 'Search', categoryKey: 'audit.logging.category.search', area: 'END_USER_ACTIVITY', level: 'FULL' },
  attachment: { action: 'Attachment downloaded', key: 'audit.logging.summary.attachment.download', category: 'Pages', categoryKey: 'audit.logging.category.page', area: 'END_USER_ACTIVITY', level: 'FULL' },
  export: { action: 'Page exported', key: 'audit.logging.summary.page.exported', category: 'Import/Export', categoryKey: 'audit.logging.category.import.export', area: 'LOCAL_CONFIG_AND_ADMINISTRATION', level: 'BASE' },
  'space-export': { action: 'Space exported', key: 'audit.logging.summary.space.exported', category: 'Import/Export', categoryKey: 'audit.logging.category.import.export', area: 'LOCAL_CONFIG_AND_ADMINISTRATION', level: 'BASE' },
  permission: { action: 'Space permission added', key: 'audit.logging.summary.space.permission.added', category: 'Permissions', categoryKey: 'audit.logging.category.permissions', area: 'PERMISSIONS', level: 'BASE' },
} as const;

const SUBJECTS: Record<string, [string, string]> = {
  ENG: ['Engineering', 'Build pipeline|Code review guide|Release checklist|Service template|API style guide|On-call handover|Test strategy|Feature flags|Sprint notes|Retrospective|Local setup|Branching model|Performance budget|Payments service|Search service|Notification service|Mobile app|Client library|Schema changes|Error budget|Dependency upgrades|Team charter'],
  ARCH: ['Architecture', 'Decision records|System overview|Event backbone|Data retention|Identity model|Multi-region plan|Threat model|Capacity model|Domain map|Integration patterns|Storage layout|Tenant isolation'],
  OPS: ['Operations', 'Runbook database failover|Runbook certificate renewal|Runbook queue backlog|Incident process|Change calendar|Backup plan|Disaster recovery|Network map|Access reviews|Monitoring overview|Cost report|Maintenance windows|Break-glass accounts|Patch status|Cluster upgrade'],
  SEC: ['Security', 'Key rotation|Incident register|Vendor reviews|Penetration test|Security training|Policy exceptions|Log sources|Vulnerability triage|Access policy|Audit evidence'],
  DATA: ['Data', 'Metric definitions|Warehouse tables|Churn model|Dashboard index|Data dictionary|Experiment results|Quality checks|Pipeline status|Forecast|Customer segments|Query cookbook|Access requests'],
  SALES: ['Sales', 'Price list|Account plans|Battle cards|Pipeline review|Reference customers|Proposal template|Discount policy|Territories|Quarter targets|Demo script|Contract terms|Renewals|Partner programme|Win reports'],
  PROD: ['Product', 'Roadmap|Release notes|User research|Personas|Pricing study|Feature requests|Launch plan|Competitor notes|Accessibility|Beta programme'],
  SUP: ['Support', 'Known problems|Reply templates|Escalation path|Customer contacts|Troubleshooting sign-in|Troubleshooting import|Troubleshooting billing|Service levels|Shift plan|Macros|Log collection|Refund policy'],
  FIN: ['Finance', 'Month-end close|Budget|Travel policy|Expense rules|Audit schedule|Vendor list|Payment runs|Revenue report|Tax calendar|Board pack|Cost centres'],
  HR: ['People', 'Onboarding|Offboarding|Salary bands|Holiday calendar|Performance reviews|Benefits|Recruiting pipeline|Interview guide|Parental leave|Org chart|Training catalogue'],
  ALL: ['Company', 'Welcome|Office guide|Company news|IT help|Holidays|Town hall notes|Lunch menu|Phone list|Code of conduct|Brand guide|Security tips|Parking'],
};

export const SPACES: Record<string, Space> = Object.fromEntries(
  Object.entries(SUBJECTS).map(([key, [name, titles]]) => [
    key,
    { key, name, pages: titles.split('|').map((title) => ({ id: 65_000_000 + (hash32('page', key, title) % 9_000_000), title, space: key })) },
  ])
);
export const pagesOf = (space: string): Page[] => SPACES[space].pages;
const PAGES = new Map(Object.values(SPACES).flatMap((space) => space.pages.map((page) => [page.id, page] as const)));
export const pageById = (id: number): Page | undefined => PAGES.get(id);

const TERMS = 'password rotation|onboarding|vpn setup|release|holiday calendar|invoice|price list|incident|access request|roadmap|backup|salary|dashboard|contract|runbook|expense|api key|org chart|training|certificate'.split('|');
const TERM_WEIGHTS = zipf(TERMS.length, 1);
export const searchTerm = (random: Random): string => TERMS[random.weighted(TERM_WEIGHTS)];
