import { groupBy } from 'lodash';
import type { DetectionTask, TrueEvent } from '../detect/organisation';

/** Events that a newcomer has left, in turn: what somebody brings who began some days ago. */
const KEPT = [10, 20, 40];
/** Who has less has too little to cut, or to be judged by. */
const LEAST = { train: 100, test: 30 };

export interface NewcomerTask extends DetectionTask {
  newcomers: ReadonlySet<string>;
}

/** The task with some users' history cut to their last events; all that they do afterwards is judged. */
export function withNewcomers({ train, test, ...task }: DetectionTask, count: number): NewcomerTask {
  const learned = groupBy(train, ({ entity }) => entity);
  const judged = groupBy(test.filter(({ attack }) => attack === undefined), ({ entity }) => entity);
  const able = Object.keys(learned).filter((name) => learned[name].length >= LEAST.train && (judged[name]?.length ?? 0) >= LEAST.test).sort();
  const chosen = Array.from({ length: Math.min(count, able.length) }, (_, i) => able[Math.floor((i * able.length) / Math.min(count, able.length))]);
  const kept = new Map<string, ReadonlySet<TrueEvent>>(chosen.map((name, i) => [name, new Set(learned[name].slice(-KEPT[i % KEPT.length]))]));
  return { ...task, train: train.filter((event) => kept.get(event.entity)?.has(event) ?? true), test, newcomers: new Set(chosen) };
}
