/** What a role does all day. Weights are shares within the role; each person's own habits sharpen them. */
export interface Role {
  key: string;
  title: string;
  department: string;
  technical: boolean;
  /** Applications signed in to. */
  apps: Record<string, number>;
  /** API workflows; empty: no AWS access. */
  workflows: Record<string, number>;
  /** Name of the AWS permission set, when there is one. */
  awsRole?: string;
  /** Mean number of sessions a working day that use AWS, the wiki, and applications only. */
  sessions: { aws: number; wiki: number; apps: number };
  /** Spaces of the wiki. */
  spaces: Record<string, number>;
  /** Share of working days at the office. */
  office: number;
  /** Chance that a week holds a journey. */
  travel: number;
}

const COMMON_APPS = { outlook: 30, teams: 26, sharepoint: 12, office: 9, onedrive: 8, owa: 5, 'teams-web': 4, zoom: 3, myapps: 2, workday: 1 };

export const ROLES: Record<string, Role> = {
  engineer: {
    key: 'engineer', title: 'Software Engineer', department: 'Engineering', technical: true,
    apps: { ...COMMON_APPS, github: 40, datadog: 12 },
    workflows: { instances: 8, logs: 22, lambda: 14, containers: 16, objects: 12, stacks: 8, secrets: 6, queues: 8 },
    awsRole: 'DeveloperAccess', sessions: { aws: 1.5, wiki: 0.9, apps: 1.4 }, spaces: { ENG: 60, ARCH: 20, OPS: 10, ALL: 6 }, office: 0.4, travel: 0.02,
  },
  sre: {
    key: 'sre', title: 'Site Reliability Engineer', department: 'Platform', technical: true,
    apps: { ...COMMON_APPS, github: 25, datadog: 30, 'azure-portal': 14, servicenow: 10 },
    workflows: { instances: 20, logs: 18, containers: 14, stacks: 14, identity: 6, audit: 5, onboarding: 3, rotation: 2, storage: 6, secrets: 5, trailcare: 2 },
    awsRole: 'PlatformAdmin', sessions: { aws: 2.4, wiki: 0.8, apps: 1.3 }, spaces: { OPS: 60, ENG: 20, ARCH: 10, SEC: 8 }, office: 0.35, travel: 0.02,
  },
  analyst: {
    key: 'analyst', title: 'Data Analyst', department: 'Data', technical: true,
    apps: { ...COMMON_APPS, tableau: 35, github: 6 },
    workflows: { queries: 45, objects: 40, catalogue: 12 },
    awsRole: 'DataAnalyst', sessions: { aws: 1.6, wiki: 0.8, apps: 1.2 }, spaces: { DATA: 65, FIN: 12, ENG: 8, ALL: 10 }, office: 0.45, travel: 0.02,
  },
  sales: {
    key: 'sales', title: 'Account Executive', department: 'Sales', technical: false,
    apps: { ...COMMON_APPS, salesforce: 45, hubspot: 10, docusign: 6, concur: 4, zoom: 10, 'legacy-crm': 0.4 },
    workflows: {}, sessions: { aws: 0, wiki: 0.7, apps: 2.6 }, spaces: { SALES: 65, ALL: 18, PROD: 12 }, office: 0.3, travel: 0.16,
  },
  support: {
    key: 'support', title: 'Support Engineer', department: 'Support', technical: false,
    apps: { ...COMMON_APPS, servicenow: 50, salesforce: 12, datadog: 5 },
    workflows: { logs: 60, objects: 14 }, awsRole: 'SupportReadOnly',
    sessions: { aws: 0.5, wiki: 1.6, apps: 2.0 }, spaces: { SUP: 70, PROD: 14, ENG: 8 }, office: 0.5, travel: 0.01,
  },
  finance: {
    key: 'finance', title: 'Accountant', department: 'Finance', technical: false,
    apps: { ...COMMON_APPS, netsuite: 45, concur: 20, tableau: 10, docusign: 6 },
    workflows: { billing: 100 }, awsRole: 'BillingViewer',
    sessions: { aws: 0.12, wiki: 0.6, apps: 2.2 }, spaces: { FIN: 75, ALL: 15 }, office: 0.55, travel: 0.01,
  },
  hr: {
    key: 'hr', title: 'People Partner', department: 'People', technical: false,
    apps: { ...COMMON_APPS, workday: 55, docusign: 12, concur: 4 },
    workflows: {}, sessions: { aws: 0, wiki: 1.2, apps: 2.0 }, spaces: { HR: 72, ALL: 22 }, office: 0.5, travel: 0.02,
  },
  executive: {
    key: 'executive', title: 'Vice President', department: 'Management', technical: false,
    apps: { ...COMMON_APPS, 'outlook-mobile': 20, tableau: 12, salesforce: 8, docusign: 8 },
    workflows: {}, sessions: { aws: 0, wiki: 0.4, apps: 2.4 }, spaces: { ALL: 40, FIN: 25, SALES: 20 }, office: 0.4, travel: 0.3,
  },
  service: {
    key: 'service', title: 'Service account', department: 'Platform', technical: true,
    apps: {}, workflows: {}, sessions: { aws: 0, wiki: 0, apps: 0 }, spaces: {}, office: 0, travel: 0,
  },
};

/** The organisation's make-up: every twenty accounts look like this, so that even a small one has an administrator first. */
export const ROLE_CYCLE = ['sre', 'engineer', 'sales', 'analyst', 'engineer', 'support', 'finance', 'engineer', 'sales', 'service', 'engineer', 'hr', 'engineer', 'support', 'sales', 'analyst', 'engineer', 'executive', 'finance', 'engineer'] as const;
