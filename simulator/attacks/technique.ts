/** MITRE ATT&CK names of what the sample attacks do (enterprise matrix). */
export interface Technique {
  id: string;
  name: string;
  /** Present for sub-techniques: the technique above. */
  parent?: { id: string; name: string };
  tactic: { id: string; name: string };
}

const tactics = {
  credentialAccess: { id: 'TA0006', name: 'Credential Access' },
  initialAccess: { id: 'TA0001', name: 'Initial Access' },
  persistence: { id: 'TA0003', name: 'Persistence' },
  defenseEvasion: { id: 'TA0005', name: 'Defense Evasion' },
  discovery: { id: 'TA0007', name: 'Discovery' },
  collection: { id: 'TA0009', name: 'Collection' },
};

export const TECHNIQUES = {
  'T1110.003': { id: 'T1110.003', name: 'Password Spraying', parent: { id: 'T1110', name: 'Brute Force' }, tactic: tactics.credentialAccess },
  'T1078.004': { id: 'T1078.004', name: 'Cloud Accounts', parent: { id: 'T1078', name: 'Valid Accounts' }, tactic: tactics.initialAccess },
  T1621: { id: 'T1621', name: 'Multi-Factor Authentication Request Generation', tactic: tactics.credentialAccess },
  'T1098.001': { id: 'T1098.001', name: 'Additional Cloud Credentials', parent: { id: 'T1098', name: 'Account Manipulation' }, tactic: tactics.persistence },
  'T1562.008': { id: 'T1562.008', name: 'Disable or Modify Cloud Logs', parent: { id: 'T1562', name: 'Impair Defenses' }, tactic: tactics.defenseEvasion },
  T1530: { id: 'T1530', name: 'Data from Cloud Storage', tactic: tactics.collection },
  'T1213.001': { id: 'T1213.001', name: 'Confluence', parent: { id: 'T1213', name: 'Data from Information Repositories' }, tactic: tactics.collection },
  'T1087.004': { id: 'T1087.004', name: 'Cloud Account', parent: { id: 'T1087', name: 'Account Discovery' }, tactic: tactics.discovery },
  'T1136.003': { id: 'T1136.003', name: 'Cloud Account', parent: { id: 'T1136', name: 'Create Account' }, tactic: tactics.persistence },
} as const satisfies Record<string, Technique>;

export type TechniqueId = keyof typeof TECHNIQUES;
export const TECHNIQUE_IDS = Object.keys(TECHNIQUES) as TechniqueId[];
