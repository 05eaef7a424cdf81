import { groupBy, partition } from 'lodash';
import { median, quantileSorted } from 'simple-statistics';
import { roc } from '../../models/evaluate';

/** A score beside the truth. */
export interface Judged {
  score: number;
  entity: string;
  /** ms */
  time: number;
  /** Absent for what is normal. */
  attack?: { id: string; technique: string };
}

/** What an alert at a rate of false positives finds. */
export interface AtRate {
  /** Share of the attacks' events. */
  recall: number;
  /** Attacks with an event at least that is found. */
  attacks: number;
}

export interface TechniqueFigures {
  events: number;
  attacks: number;
  at_01: AtRate;
  at_1: AtRate;
  /** Median time from an attack's first event to the first that is found at 0.1 %, s; absent if none is. */
  first_alert_seconds?: number;
}

export interface Figures {
  events: number;
  attack_events: number;
  attacks: number;
  auc: number;
  average_precision: number;
  at_01: AtRate;
  at_1: AtRate;
  first_alert_seconds?: number;
  /** The highest score of an entity's hour stands for it. */
  hours: { average_precision: number; recall_1: number };
  techniques: Record<string, TechniqueFigures>;
  /** Attacks of which nothing is found at 0.1 %. */
  missed: string[];
}

const HOUR = 3_600_000;

/** @throws RangeError without any attack, or without anything normal */
export function measure(events: readonly Judged[]): Figures {
  const attacked = events.filter(({ attack }) => attack !== undefined);
  const normal = events.filter(({ attack }) => attack === undefined).map(({ score }) => score);
  if (attacked.length === 0 || normal.length === 0) throw new RangeError('Detection is measured on events of which some, and not all, are attacks.');
  const limits = { at_01: limitOf(normal, 0.001), at_1: limitOf(normal, 0.01) };
  const figuresOf = (some: readonly Judged[]): TechniqueFigures => {
    const attacks = Object.values(groupBy(some, ({ attack }) => attack!.id));
    const at = (limit: number): AtRate => ({
      recall: some.filter(({ score }) => score > limit).length / some.length,
      attacks: attacks.filter((attack) => attack.some(({ score }) => score > limit)).length,
    });
    const delays = attacks.flatMap((attack) => {
      const first = attack.find(({ score }) => score > limits.at_01);
      return first ? (first.time - attack[0].time) / 1000 : [];
    });
    return { events: some.length, attacks: attacks.length, at_01: at(limits.at_01), at_1: at(limits.at_1), ...(delays.length > 0 && { first_alert_seconds: median(delays) }) };
  };
  const { events: attack_events, ...all } = figuresOf(attacked);
  const found = new Set(attacked.filter(({ score }) => score > limits.at_01).map(({ attack }) => attack!.id));
  const techniques = groupBy(attacked, ({ attack }) => attack!.technique);
  const hours = hoursOf(events);
  const normalHours = hours.filter(({ attack }) => attack === undefined).map(({ score }) => score);
  const attackedHours = hours.filter(({ attack }) => attack !== undefined);
  return {
    ...all,
    events: events.length,
    attack_events,
    auc: aucOf(events),
    average_precision: averagePrecision(events),
    hours: { average_precision: averagePrecision(hours), recall_1: attackedHours.filter(({ score }) => score > limitOf(normalHours, 0.01)).length / attackedHours.length },
    techniques: Object.fromEntries(Object.keys(techniques).sort().map((id) => [id, figuresOf(techniques[id])])),
    missed: [...new Set(attacked.map(({ attack }) => attack!.id))].filter((id) => !found.has(id)),
  };
}

/** The score that so many of the normal ones exceed. */
const limitOf = (normal: readonly number[], rate: number): number => quantileSorted([...normal].sort((a, b) => a - b), 1 - rate);

function hoursOf(events: readonly Judged[]): Judged[] {
  return Object.values(groupBy(events, ({ entity, time }) => `${Math.floor(time / HOUR)} ${entity}`)).map((hour) => ({
    ...hour[0],
    score: Math.max(...hour.map(({ score }) => score)),
    attack: hour.find(({ attack }) => attack !== undefined)?.attack,
  }));
}

/** Calls `visit` for each score from the highest down, with the numbers of attacks and of normal events that have it. */
function descend(events: readonly Judged[], visit: (attacks: number, normal: number) => void): void {
  const sorted = [...events].sort((a, b) => b.score - a.score);
  for (let i = 0; i < sorted.length; ) {
    const { score } = sorted[i];
    let [attacks, normal] = [0, 0];
    for (; i < sorted.length && sorted[i].score === score; i++) {
      if (sorted[i].attack === undefined) normal++;
      else attacks++;
    }
    visit(attacks, normal);
  }
}

/** Area under the ROC curve; ties count half. */
export function aucOf(events: readonly Judged[]): number {
  const [attacked, normal] = partition(events, ({ attack }) => attack !== undefined);
  return roc(attacked.map(({ score }) => score), normal.map(({ score }) => score)).auc!;
}

/** Sum over thresholds of the gain in recall times the precision there, as scikit-learn's `average_precision_score` has it. */
export function averagePrecision(events: readonly Judged[]): number {
  let [found, seen, sum] = [0, 0, 0];
  descend(events, (attacks, normal) => {
    found += attacks;
    seen += attacks + normal;
    sum += (attacks * found) / seen;
  });
  return sum / found;
}
