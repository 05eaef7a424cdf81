import type { Draft, SampleLabel } from '../events';
import { isService, type Organisation, type Person } from '../organisation';
import { Random, stableHex } from '../random';
import { DAY, HOUR, planDay } from '../schedule';
import { additionalKey, bulkRead, enumeration, newAccount, trailStopped } from './cloud';
import { mfaFatigue, passwordSpraying, stolenAccount } from './identity';
import type { Scene } from './scene';
import { TECHNIQUE_IDS, TECHNIQUES, type Technique, type TechniqueId } from './technique';
import { massExport } from './wiki';

export { TECHNIQUE_IDS, TECHNIQUES, type Technique, type TechniqueId } from './technique';

const PLAYS: Record<TechniqueId, (scene: Scene) => Draft[]> = {
  'T1110.003': passwordSpraying,
  'T1078.004': stolenAccount,
  T1621: mfaFatigue,
  'T1098.001': additionalKey,
  'T1562.008': trailStopped,
  T1530: bulkRead,
  'T1213.001': massExport,
  'T1087.004': enumeration,
  'T1136.003': newAccount,
};
/** Techniques that need somebody with AWS rights. */
const NEEDS_AWS = new Set<TechniqueId>(['T1098.001', 'T1562.008', 'T1530', 'T1087.004', 'T1136.003']);
/** Shares of the period: the announced exercise in its middle, the attacks at its end. */
export const EXERCISE_WINDOW = [0.3, 0.6] as const;
export const ATTACK_WINDOW = [0.8, 1] as const;

interface Phase {
  phase: SampleLabel['phase'];
  from: number;
  to: number;
}

/** Attacks may take longer than a short period has: their pace is then raised to fit. */
function fit(drafts: Draft[], start: number, latest: number): Draft[] {
  const last = drafts.reduce((max, draft) => Math.max(max, draft.time), start);
  if (last <= latest) return drafts;
  const factor = (latest - start) / (last - start);
  const squeeze = (time: number): number => start + (time - start) * factor;
  return drafts.map((draft) => {
    const time = draft.dataset === 'aws.cloudtrail' ? Math.ceil(squeeze(draft.time) / 1000) * 1000 : Math.round(squeeze(draft.time));
    const moved = { ...draft, time, sessionStart: Math.min(time, Math.round(squeeze(draft.sessionStart))) };
    if (moved.dataset === 'aws.cloudtrail' && moved.credential.createdAt !== undefined) moved.credential = { ...moved.credential, createdAt: Math.min(time, Math.ceil(squeeze(moved.credential.createdAt) / 1000) * 1000) };
    return moved;
  });
}

/** Victims in turn, so that the attacks spread over people; administrators only where rights are needed. */
function* victims(candidates: Person[], random: Random): Generator<Person> {
  for (;;) yield* random.shuffle(candidates);
}

/** A start within [from, to]: exercises in the victim's working hours, attacks at any hour, quiet ones in working hours too. */
function startOf(org: Organisation, victim: Person, share: number, { from, to, phase }: Phase, quiet: boolean, random: Random): number {
  const anywhere = from + (0.04 + 0.86 * share) * (to - from);
  if (to - from < 2 * DAY) return anywhere;
  for (let shift = 0; shift < 4; shift++) {
    const plan = planDay(org.seed, victim, Math.floor(anywhere / DAY) + shift);
    const hour = phase === 'exercise' || quiet ? plan.start + random.float() * (plan.end - plan.start) * 0.8 : plan.midnight + random.float() * 24 * HOUR;
    const fits = hour > from && hour < to - 3 * HOUR;
    if (fits && (plan.working || (phase === 'attack' && !quiet))) return hour;
  }
  return anywhere;
}

/** One attack in so many of a kind is quiet. */
const QUIET_EVERY = 3;

/**
 * Plans both phases for a period; a few thousand drafts, whatever the period's length. `events`: what the organisation writes without
 * them; `each`: attacks of each technique in each phase (default: three or four in the exercise, two or three at the end).
 */
export function planAttacks(org: Organisation, start: number, end: number, events: number, each?: number): Draft[] {
  const size = Math.min(1, Math.sqrt(events / 30_000));
  const people = org.people.filter((p) => !isService(p));
  if (people.length === 0) return [];
  const admins = people.filter((p) => p.role.awsRole !== undefined);
  const phases: Phase[] = [
    { phase: 'exercise', from: start + EXERCISE_WINDOW[0] * (end - start), to: start + EXERCISE_WINDOW[1] * (end - start) },
    { phase: 'attack', from: start + ATTACK_WINDOW[0] * (end - start), to: end },
  ];
  const out: Draft[] = [];
  for (const phase of phases) {
    const random = new Random('attacks', org.seed, phase.phase, people.length);
    const anybody = victims(people, random);
    const powerful = victims(admins.length > 0 ? admins : people, random);
    const list: { technique: TechniqueId; number: number }[] = [];
    for (const technique of TECHNIQUE_IDS) {
      const instances = each ?? (phase.phase === 'exercise' ? random.int(3, 4) : random.int(2, 3));
      for (let number = 0; number < instances; number++) list.push({ technique, number });
    }
    random.shuffle(list).forEach(({ technique, number }, i) => {
      const victim = (NEEDS_AWS.has(technique) ? powerful : anybody).next().value as Person;
      const key = stableHex(8, 'attack', org.seed, phase.phase, technique, number);
      const quiet = number % QUIET_EVERY === 1;
      const draws = new Random('attack', org.seed, key);
      const begin = startOf(org, victim, (i + 0.5) / list.length, phase, quiet, draws);
      const scene: Scene = { org, key, random: draws, victim, others: draws.shuffle(people.filter((p) => p !== victim)).concat(org.people.filter(isService)), start: Math.round(begin), quiet, size };
      const { tactic } = TECHNIQUES[technique];
      const label: SampleLabel = { technique, tactic: tactic.name, attack_id: `${phase.phase}-${technique}-${key}`, phase: phase.phase };
      const marked: Technique | undefined = phase.phase === 'exercise' ? TECHNIQUES[technique] : undefined;
      for (const draft of fit(PLAYS[technique](scene), scene.start, phase.to - 2000)) out.push({ ...draft, label, technique: marked });
    });
  }
  return out;
}
