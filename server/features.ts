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

/** What administrators grant under Kibana's role management. */
export const KIBANA_FEATURE = {
  id: PLUGIN_ID,
  name: PLUGIN_NAME,
  category: { id: 'securitySolution', label: 'Security', order: 4000 },
  app: [PLUGIN_ID, 'kibana'],
  catalogue: [PLUGIN_ID],
  privileges: {
    all: {
      app: [PLUGIN_ID, 'kibana'],
      catalogue: [PLUGIN_ID],
      api: [PRIVILEGES.read, PRIVILEGES.train, PRIVILEGES.generate, PRIVILEGES.score],
      savedObject: { all: [], read: [] },
      ui: ['read', 'train', 'generate', 'score'],
    },
    read: {
      app: [PLUGIN_ID, 'kibana'],
      catalogue: [PLUGIN_ID],
      api: [PRIVILEGES.read],
      savedObject: { all: [], read: [] },
      ui: ['read'],
    },
  },
  // Part of `all`, unless an administrator takes it out.
  subFeatures: [
    {
      name: 'Pseudonyms',
      privilegeGroups: [
        {
          groupType: 'independent',
          privileges: [{ id: 'reveal', name: 'Map pseudonyms back', includeIn: 'all', api: [PRIVILEGES.reveal], savedObject: { all: [], read: [] }, ui: ['reveal'] }],
        },
      ],
    },
  ],
};
