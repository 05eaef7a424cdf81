import type { LogEvent } from '../common';
import type { ApiCall } from './aws';
import type { Application } from './applications';
import type { Device, UserAgent } from './devices';
import type { Address } from './places';
import type { Person } from './organisation';
import type { Technique } from './attacks/technique';
import type { WikiAction } from './wiki';

export const DATASETS = ['azure.signinlogs', 'aws.cloudtrail', 'confluence.audit'] as const;
export type Dataset = (typeof DATASETS)[number];

/** Data stream of a log type, named as the stack names them. */
export const indexOf = (dataset: Dataset, namespace = 'default'): string => `logs-${dataset}-${namespace}`;

/** What an event is a part of; kept beside the documents. */
export interface SampleLabel {
  technique: string;
  tactic: string;
  /** One attack, told apart from others of its kind. */
  attack_id: string;
  /** `exercise`: announced, and marked in the documents' `threat.*`; `attack`: unmarked. */
  phase: 'exercise' | 'attack';
}
export interface SampleEvent {
  dataset: Dataset;
  /** Deterministic: the same options give the same id. */
  _id: string;
  /** Same as `_source['@timestamp']`. */
  timestamp: string;
  /** Login of the person or service, the same in all three log types; in failed guesses, the account tried. */
  entity: string;
  _source: LogEvent;
  label?: SampleLabel;
}

/** Who acts, from where, with what. */
export interface Access {
  person: Person;
  device: Device;
  address: Address;
}

interface DraftBase {
  /** Milliseconds since the epoch; whole seconds where the log type prints whole seconds. */
  time: number;
  /** Seed of what is drawn when the document is written (fresh ids, delays). */
  seed: number;
  access: Access;
  /** The step of a session it belongs to starts here; used to drop sessions cut by the start of the period. */
  sessionStart: number;
  label?: SampleLabel;
  technique?: Technique;
}

export interface SignInDraft extends DraftBase {
  dataset: 'azure.signinlogs';
  app: Application;
  interactive: boolean;
  /** Entra ID error code, 0 is success. */
  code: number;
  /** How the second factor was met. */
  mfa: 'none' | 'claim' | 'push' | 'code' | 'declined' | 'timeout';
  /** The same for all attempts of one sign-in. */
  correlationId: string;
}

export interface ApiCredential {
  type: 'AssumedRole' | 'IAMUser' | 'SAMLUser' | 'AWSService';
  accessKeyId?: string;
  role?: string;
  /** When the temporary credential was issued, ms. */
  createdAt?: number;
  /** Session of the console, when it was made there. */
  console?: boolean;
}
export interface ApiDraft extends DraftBase {
  dataset: 'aws.cloudtrail';
  call: ApiCall;
  credential: ApiCredential;
  region: string;
  agent: UserAgent;
  invokedBy?: string;
}

export interface WikiDraft extends DraftBase {
  dataset: 'confluence.audit';
  action: WikiAction;
  spaceKey?: string;
  pageId?: number;
  /** What was searched for, or the name of what was exported. */
  subject?: string;
  method: 'Browser' | 'Mobile' | 'REST';
}
export type Draft = SignInDraft | ApiDraft | WikiDraft;
