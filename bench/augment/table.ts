import { mean } from 'simple-statistics';
import type { AugmentFigures } from '../../common';

/** A detector trained on one set of events: its figures, one for each organisation. */
export interface AugmentRow {
  detector: string;
  set: string;
  runs: Array<{
    chosen: AugmentFigures;
    all: AugmentFigures;
    /** Average precision, of newcomers' events and of all. */
    precision: { theirs: number; all: number };
    /** Of all, at the score that one normal event in so many exceeds now. */
    recall: { at_01: number; at_1: number };
  }>;
}

/** Counts of all organisations together at thresholds chosen beforehand, means of what has no threshold, as Markdown. */
export function table(rows: readonly AugmentRow[]): string {
  const head = ['', 'trained on', '1 in 100: newcomers falsely reported', 'all', 'attack events found', '1 in 1,000: newcomers', 'all', 'found', 'average precision: newcomers', 'all', 'recall at its own 0.1 %', '1 %'];
  const lines = rows.map(({ detector, set, runs }) => {
    const sum = (pick: (run: AugmentRow['runs'][number]) => number) => runs.reduce((total, run) => total + pick(run), 0);
    const counts = (name: AugmentFigures['at'][number]['name']) => {
      const at = (figures: AugmentFigures) => figures.at.find((one) => one.name === name)!;
      return [
        `${sum(({ chosen }) => at(chosen).false_positives.after)} of ${sum(({ chosen }) => chosen.normal)}`,
        `${sum(({ all }) => at(all).false_positives.after)} of ${sum(({ all }) => all.normal)}`,
        `${sum(({ all }) => at(all).attack_events.after)} of ${sum(({ all }) => all.attack_events)}`,
      ];
    };
    const average = (pick: (run: AugmentRow['runs'][number]) => number) => mean(runs.map(pick)).toFixed(3);
    return [
      detector,
      set,
      ...counts('one_in_100'),
      ...counts('one_in_1000'),
      average(({ precision }) => precision.theirs),
      average(({ precision }) => precision.all),
      average(({ recall }) => recall.at_01),
      average(({ recall }) => recall.at_1),
    ];
  });
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [row(head), row(head.map((_, i) => (i < 2 ? '---' : '---:'))), ...lines.map(row)].join('\n');
}
