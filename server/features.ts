import { PLUGIN_ID, PLUGIN_NAME } from '../common';

/** API privileges that routes ask for. */
export const PRIVILEGES = {
  read: 'lyrebird-read',
  train: 'lyrebird-train',
  generate: 'lyrebird-generate',
  score: 'lyrebird-score',
  /** Mapping pseudonyms back to identifiers. */
  reveal: 'lyrebird-reveal',
} as const;
export type Privilege = (typeof PRIVILEGES)[keyof typeof PRIVILEGES];

/** A privilege that an administrator can take out of `all`, or give without the others. */
const subFeature = (name: string, of: keyof typeof PRIVILEGES, what: string) => ({
  name,
  privilegeGroups: [{ groupType: 'independent', privileges: [{ id: of, name: what, includeIn: 'all' as const, api: [PRIVILEGES[of]], savedObject: { all: [], read: [] }, ui: [of] }] }],
});

const reading = { app: [PLUGIN_ID, 'kibana'], catalogue: [PLUGIN_ID], api: [PRIVILEGES.read], savedObject: { all: [], read: [] }, ui: ['read'] };

/** What administrators grant under Kibana's role management. `all` has each of the sub-features, unless one is taken out. */
export const KIBANA_FEATURE = {
  id: PLUGIN_ID,
  name: PLUGIN_NAME,
  category: { id: 'securitySolution', label: 'Security', order: 4000 },
  app: [PLUGIN_ID, 'kibana'],
  catalogue: [PLUGIN_ID],
  privileges: { all: reading, read: reading },
  subFeatures: [
    subFeature('Models', 'train', 'Train, fine-tune, compare and delete models'),
    subFeature('Synthetic events', 'generate', 'Generate events and write them'),
    subFeature('Anomalies', 'score', 'Score events and say what is no anomaly'),
    subFeature('Pseudonyms', 'reveal', 'Map pseudonyms back'),
  ],
};
