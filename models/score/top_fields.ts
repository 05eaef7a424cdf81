import type { FieldSurprisal } from '../../common';
import type { Judgement } from './calibration';
import type { Evidence, Finding } from './evidence';
import { shown } from './explain';
import type { History } from './history';

/** An entity that does so many times what is usual is told of. */
const BURST = 2;
/** What accumulated is told of from one event in twenty on. */
const ACCUMULATED = -Math.log(0.05);

/** A reason, and the token of the event that says it, if one does: what was typical there is read from the model. */
export interface TopField {
  surprisal: FieldSurprisal;
  token?: number;
}

/** What an event's score is made of, the most surprising first: values, what is new for the entity, and a burst. */
export function topFields(evidence: Evidence, judgement: Judgement, history: History, count: number): TopField[] {
  if (count === 0) return [];
  const { measure, entity } = evidence;
  const found = new Map(evidence.findings.map((finding) => [finding.path, finding]));
  const tops: Array<TopField & { counted: boolean }> = [];
  for (const { path, actual, surprisal, reason, token, counted } of measure.fields) {
    const finding = found.get(path);
    // The model and the entity's history on the same field: the one that is more surprised speaks.
    if (finding !== undefined && finding.time === evidence.time && finding.surprisal >= (counted ? surprisal : 0)) continue;
    found.delete(path);
    tops.push({ surprisal: { field: path, actual: shown(actual), surprisal, probability: Math.exp(-surprisal), reason, typical: [] }, token, counted });
  }
  for (const finding of found.values()) tops.push({ surprisal: describe(finding, evidence, history.usualOf(entity, finding.path)), counted: true });
  const { events, usual } = evidence.pace;
  if (judgement.parts.accumulated >= ACCUMULATED && events >= BURST * Math.max(1, usual)) {
    const surprisal = judgement.parts.accumulated;
    const typical = [{ value: perTenMinutes(Math.max(1, usual)), probability: 0.95 }];
    tops.push({ surprisal: { field: '@burst', actual: perTenMinutes(events), surprisal, probability: Math.exp(-surprisal), reason: 'unlikely', typical }, counted: true });
  }
  return tops.sort((a, b) => Number(b.counted) - Number(a.counted) || b.surprisal.surprisal - a.surprisal.surprisal).slice(0, count);
}

function describe({ path, actual, surprisal, others, time }: Finding, evidence: Evidence, usual: { value: string; share: number } | undefined): FieldSurprisal {
  const earlier = Math.round((evidence.time - time) / 1000);
  return {
    field: path,
    actual: shown(actual),
    surprisal,
    probability: Math.exp(-surprisal),
    reason: others === 0 ? 'unseen' : 'first',
    typical: usual === undefined ? [] : [{ value: shown(usual.value), probability: usual.share }],
    ...(earlier > 0 && { earlier_seconds: earlier }),
  };
}

const perTenMinutes = (events: number) => `${events} event${events === 1 ? '' : 's'} in 10 min`;
