import { mean } from 'simple-statistics';
import type { AtRate, Figures } from './measure';

/** A detector's figures, one for each organisation. */
export interface Row {
  detector: string;
  runs: Figures[];
  /** Why there are none. */
  missing?: string;
}

const share = (value: number) => value.toFixed(3);
const percent = (value: number) => `${(100 * value).toFixed(0)} %`;

/** Detectors side by side, as Markdown: the mean over the organisations, and the attacks of all of them together. */
export function comparison(rows: readonly Row[]): string {
  const head = ['', 'ROC AUC', 'average precision', 'recall at 0.1 %', 'recall at 1 %', 'attacks at 0.1 %', 'attacks at 1 %', 'first alert', 'user-hours: average precision', 'recall at 1 %'];
  const lines = rows.map(({ detector, runs, missing }) => {
    if (runs.length === 0) return [detector, missing ?? '–'];
    const of = (pick: (figures: Figures) => number) => mean(runs.map(pick));
    const attacks = (pick: (figures: Figures) => AtRate) => `${runs.reduce((sum, run) => sum + pick(run).attacks, 0)} / ${runs.reduce((sum, run) => sum + run.attacks, 0)}`;
    const delays = runs.flatMap(({ first_alert_seconds: seconds }) => seconds ?? []);
    return [
      detector,
      share(of(({ auc }) => auc)),
      share(of(({ average_precision }) => average_precision)),
      share(of(({ at_01 }) => at_01.recall)),
      share(of(({ at_1 }) => at_1.recall)),
      attacks(({ at_01 }) => at_01),
      attacks(({ at_1 }) => at_1),
      delays.length === 0 ? '–' : `${mean(delays).toFixed(0)} s`,
      share(of(({ hours }) => hours.average_precision)),
      share(of(({ hours }) => hours.recall_1)),
    ];
  });
  return markdown(head, lines);
}

/** One detector, by technique: share of the events that are found, and attacks with an event that is. */
export function byTechnique(runs: readonly Figures[]): string {
  const ids = [...new Set(runs.flatMap(({ techniques }) => Object.keys(techniques)))].sort();
  const lines = ids.map((id) => {
    const all = runs.flatMap(({ techniques }) => techniques[id] ?? []);
    const total = (pick: (figures: (typeof all)[number]) => number) => all.reduce((sum, figures) => sum + pick(figures), 0);
    const events = total((figures) => figures.events);
    const attacks = total((figures) => figures.attacks);
    const delays = all.flatMap(({ first_alert_seconds: seconds }) => seconds ?? []);
    return [
      id,
      String(events),
      percent(total((figures) => figures.events * figures.at_01.recall) / events),
      percent(total((figures) => figures.events * figures.at_1.recall) / events),
      `${total((figures) => figures.at_01.attacks)} / ${attacks}`,
      `${total((figures) => figures.at_1.attacks)} / ${attacks}`,
      delays.length === 0 ? '–' : `${mean(delays).toFixed(0)} s`,
    ];
  });
  return markdown(['technique', 'events', 'found at 0.1 %', 'at 1 %', 'attacks at 0.1 %', 'at 1 %', 'first alert'], lines);
}

function markdown(head: readonly string[], lines: ReadonlyArray<readonly string[]>): string {
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [row(head), row(head.map((_, i) => (i === 0 ? '---' : '---:'))), ...lines.map((cells) => row([...cells, ...head.slice(cells.length).map(() => '')]))].join('\n');
}
