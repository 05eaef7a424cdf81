import { APPLICATIONS, type Application } from './applications';
import { maybeFail, regionOf, SERVICE_JOBS, WORKFLOWS, type ApiCall } from './aws';
import { browserAgent, cliAgent, sdkAgent, type UserAgent } from './devices';
import type { Access, ApiCredential, Draft, WikiDraft } from './events';
import { isService, type Organisation, type Person } from './organisation';
import { Random } from './random';
import { DAY, HOUR, planDay, type DayPlan } from './schedule';
import { searchTerm, type Page } from './wiki';

const SECOND = 1000;
/** CloudTrail prints whole seconds; rounded up, so that a call is never printed before the sign-in that allowed it. */
const wholeSecond = (time: number): number => Math.ceil(time / SECOND) * SECOND;

/** Writes the drafts of one session; the clock only moves forward, so what is written later happens later. */
export class Session {
  readonly drafts: Draft[] = [];

  constructor(
    readonly access: Access,
    public clock: number,
    readonly random: Random,
    private readonly start = clock
  ) {}

  wait(meanSeconds: number): void {
    this.clock += (0.4 + this.random.exponential(Math.max(0, meanSeconds - 0.4))) * SECOND;
  }
  private base(time: number): { time: number; seed: number; access: Access; sessionStart: number } {
    return { time: Math.round(time), seed: this.random.seed(), access: this.access, sessionStart: this.start };
  }

  attempt(app: Application, code: number, mfa: 'none' | 'claim' | 'push' | 'code' | 'declined' | 'timeout', interactive: boolean, correlationId: string): void {
    this.drafts.push({ ...this.base(this.clock), dataset: 'azure.signinlogs', app, code, mfa, interactive, correlationId });
  }

  /** A sign-in by password and second factor, with the slips that belong to it. */
  signIn(app: Application, options: { interactive: boolean; clumsy?: number }): void {
    const correlationId = this.random.uuid();
    const { person } = this.access;
    if (!options.interactive) {
      if (this.random.chance(0.012)) {
        this.attempt(app, 70044, 'none', false, correlationId);
        this.wait(8);
        this.attempt(app, 0, person.mfa, true, correlationId);
      } else this.attempt(app, 0, 'claim', false, correlationId);
      return;
    }
    const clumsy = options.clumsy ?? person.clumsy;
    for (let slips = 0; slips < 4 && this.random.chance(slips === 0 ? clumsy : 0.25); slips++) {
      this.attempt(app, 50126, 'none', true, correlationId);
      this.wait(14);
      if (this.random.chance(0.07)) {
        this.attempt(app, 50053, 'none', true, correlationId);
        this.wait(600);
      }
    }
    if (this.random.chance(0.0015)) {
      this.attempt(app, 65001, 'none', true, correlationId);
      this.wait(12);
    }
    // A device whose compliance has lapsed is turned away until it has reported in again.
    if (this.random.chance(0.002)) {
      this.attempt(app, 53003, 'none', true, correlationId);
      this.wait(420);
    }
    if (this.random.chance(0.0025)) {
      this.attempt(app, 50055, 'none', true, correlationId);
      this.wait(90);
    }
    if (this.random.chance(0.5)) {
      this.attempt(app, 50074, 'none', true, correlationId);
      this.wait(11);
    }
    if (this.random.chance(0.007)) {
      this.attempt(app, 500121, this.random.chance(0.4) ? 'declined' : 'timeout', true, correlationId);
      this.wait(25);
    }
    if (this.random.chance(0.03)) {
      this.attempt(app, 50140, person.mfa, true, correlationId);
      this.wait(4);
    }
    this.attempt(app, 0, person.mfa, true, correlationId);
  }

  call(call: ApiCall, credential: ApiCredential, region: string, agent: UserAgent, invokedBy?: string): void {
    this.drafts.push({ ...this.base(wholeSecond(this.clock)), dataset: 'aws.cloudtrail', call, credential, region: regionOf(call, region), agent, invokedBy });
  }

  wiki(action: WikiDraft['action'], page?: Page, subject?: string): void {
    const method = this.access.device.kind === 'phone' ? 'Mobile' : 'Browser';
    this.drafts.push({ ...this.base(this.clock), dataset: 'confluence.audit', action, method, spaceKey: page?.space, pageId: page?.id, subject });
  }

  /** Opens AWS through the identity provider: sign-in, then a role's temporary credential. */
  openAws(accountId: string, options: { interactive?: boolean; console: boolean }): { credential: ApiCredential; agent: UserAgent } {
    const { person, device } = this.access;
    this.signIn(APPLICATIONS.aws, { interactive: options.interactive ?? this.random.chance(0.35) });
    this.wait(3);
    const role = person.role.awsRole ?? 'ReadOnlyAccess';
    const accessKeyId = `ASIA${this.random.base32(16)}`;
    const browser = browserAgent(device, this.clock);
    this.call(assumeRole(accountId, role, person, accessKeyId), { type: 'SAMLUser' }, 'us-east-1', browser);
    const credential: ApiCredential = { type: 'AssumedRole', role, accessKeyId, createdAt: wholeSecond(this.clock), console: options.console };
    this.wait(3);
    return { credential, agent: options.console ? browser : cliAgent(device) };
  }
}

export const roleArn = (accountId: string, role: string): string => `arn:aws:iam::${accountId}:role/${role}`;
const assumeRole = (accountId: string, role: string, person: Person, accessKeyId: string): ApiCall => ({
  service: 'sts',
  action: 'AssumeRoleWithSAML',
  readOnly: true,
  request: { roleArn: roleArn(accountId, role), principalArn: `arn:aws:iam::${accountId}:saml-provider/EntraID`, durationSeconds: 28800, sAMLAssertionID: '_saml' },
  response: { credentials: { accessKeyId }, subject: person.mail, subjectType: 'persistent', audience: 'https://signin.aws.amazon.com/saml' },
  resources: [{ arn: roleArn(accountId, role), type: 'AWS::IAM::Role' }],
});

type SessionKind = 'apps' | 'aws' | 'wiki';

interface OpenAws {
  credential: ApiCredential;
  agent: UserAgent;
  signedInAt: number;
}
const CREDENTIAL_LIFE = 8 * HOUR;

/** Works with AWS; goes on with the day's credential while it lives, as command line and console do. */
function awsSession(org: Organisation, access: Access, start: number, random: Random, open?: OpenAws): { session: Session; open: OpenAws } {
  const { person } = access;
  const reused = open !== undefined && start - open.signedInAt < CREDENTIAL_LIFE - 2 * HOUR && start > open.credential.createdAt! && random.chance(0.55) ? open : undefined;
  const session = new Session(access, start, random, reused?.signedInAt ?? start);
  const console = reused ? reused.credential.console === true : random.chance(person.consoleShare);
  const current: OpenAws = reused ?? { ...session.openAws(org.accountId, { console }), signedInAt: start };
  const { credential, agent } = current;
  const region = person.regions[random.weighted([90, 8, 2].slice(0, person.regions.length))];
  const context = { accountId: org.accountId, region, owner: person.login, random };
  const rounds = 1 + random.poisson(1.1 * person.pace);
  for (let i = 0; i < rounds; i++) {
    const workflow = WORKFLOWS[person.workflows.keys[random.weighted(person.workflows.weights)]];
    for (const call of workflow(context)) {
      session.wait(console ? 7 : 4);
      session.call(maybeFail(call, context), credential, region, agent);
    }
    session.wait(240);
  }
  return { session, open: current };
}

function wikiSession(session: Session): void {
  const { person } = session.access;
  const { random } = session;
  session.signIn(APPLICATIONS.wiki, { interactive: random.chance(0.25) });
  session.wait(2);
  session.wiki('login');
  const rounds = 1 + random.poisson(2.4 * person.pace);
  for (let i = 0; i < rounds; i++) {
    session.wait(i === 0 ? 8 : 90);
    const page = person.pages.pages[random.weighted(person.pages.weights)];
    if (random.chance(0.12)) {
      session.wiki('search', undefined, searchTerm(random));
      session.wait(9);
    }
    session.wiki('view', page);
    const act = random.weighted([73, 15, 3, 6, 4, 0.7, 0.12, 0.04]);
    if (act === 0) continue;
    session.wait(act === 1 ? 260 : 40);
    session.wiki((['edit', 'create', 'comment', 'attachment', 'export', 'permission', 'space-export'] as const)[act - 1], page);
  }
}

function appsSession(session: Session, first: boolean): void {
  const { person } = session.access;
  const { random } = session;
  const count = 1 + random.poisson(1.5 * person.pace);
  for (let i = 0; i < count; i++) {
    const app = APPLICATIONS[person.apps.keys[random.weighted(person.apps.weights)]];
    session.signIn(app, { interactive: i === 0 && (first || random.chance(0.2)) });
    session.wait(i === 0 && first ? 12 : 150);
  }
}

/** Glances at the phone, before, during and after work, on free days too. */
function phoneDrafts(person: Person, plan: DayPlan, random: Random, scale: number): Draft[] {
  const glances = random.poisson((plan.working ? 0.9 : 0.45) * person.pace * scale);
  const drafts: Draft[] = [];
  for (let i = 0; i < glances; i++) {
    const time = plan.midnight + (7 + random.float() * 15.5) * HOUR;
    const atHome = random.chance(0.45) && plan.where !== 'travel';
    const session = new Session({ person, device: person.phone, address: atHome ? person.homeAddress : plan.mobile }, time, random);
    session.signIn(APPLICATIONS[random.chance(0.72) ? 'outlook-mobile' : 'teams'], { interactive: false });
    drafts.push(...session.drafts);
  }
  return drafts;
}

function serviceDrafts(org: Organisation, person: Person, plan: DayPlan, random: Random, scale: number): Draft[] {
  const name = person.login.replace(/^svc-/, '').replace(/-\d+$/, '');
  const job = SERVICE_JOBS[name];
  const access: Access = { person, device: person.laptop, address: person.homeAddress };
  const credential: ApiCredential = { type: 'IAMUser', accessKeyId: person.accessKeyId };
  const [from, to] = job.hours ?? [0, 24];
  const wanted = job.perDay * scale;
  const runs = job.hours ? random.poisson(wanted) : Math.floor(wanted) + (random.chance(wanted % 1) ? 1 : 0);
  const region = 'eu-central-1';
  const drafts: Draft[] = [];
  for (let i = 0; i < runs; i++) {
    const hour = job.hours ? from + random.float() * (to - from) : (i * (to - from)) / runs + 0.02;
    const session = new Session(access, plan.day * DAY + hour * HOUR + random.exponential(20) * SECOND, random);
    const context = { accountId: org.accountId, region, owner: person.login, random };
    for (const call of job.workflow(context)) {
      session.call(maybeFail(call, context), credential, region, sdkAgent(job.sdk), job.invokedBy);
      session.wait(2);
    }
    drafts.push(...session.drafts);
  }
  return drafts;
}

/** Everything a person (or program) does on one local day; unordered, `scale` multiplies the amount. */
export function dayDrafts(org: Organisation, person: Person, day: number, scale: number): Draft[] {
  const plan = planDay(org.seed, person, day);
  const random = new Random('sessions', org.seed, person.login, day);
  if (isService(person)) return serviceDrafts(org, person, plan, random, scale);
  const drafts = phoneDrafts(person, plan, random, scale);
  if (!plan.working) return drafts;
  const access: Access = { person, device: person.laptop, address: plan.address };
  const { sessions } = person.role;
  // The day starts with one look at the applications; more activity means more sessions, less means that some are left out.
  const kinds: SessionKind[] = [];
  for (const kind of ['aws', 'wiki', 'apps'] as const) {
    const mean = sessions[kind] * Math.max(1, scale) + (kind === 'apps' ? Math.max(0, scale - 1) : 0);
    kinds.push(...Array<SessionKind>(random.poisson(mean)).fill(kind));
  }
  const kept = (['apps', ...random.shuffle(kinds)] as SessionKind[]).filter(() => scale >= 1 || random.chance(scale));
  const times = kept.map((_, i) => (i === 0 ? plan.start : plan.start + (0.03 + 0.94 * random.float()) * (plan.end - plan.start))).sort((a, b) => a - b);
  let aws: OpenAws | undefined;
  kept.forEach((kind, i) => {
    const at = times[i];
    if (kind === 'aws') {
      const { session, open } = awsSession(org, access, at, random, aws);
      aws = open;
      drafts.push(...session.drafts);
      return;
    }
    const session = new Session(access, at, random);
    if (kind === 'apps') appsSession(session, i === 0);
    else wikiSession(session);
    drafts.push(...session.drafts);
  });
  return drafts;
}
