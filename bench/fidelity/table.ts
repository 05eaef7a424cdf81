import type { Attempt } from './settings';
import type { Judgement } from './judge';

export interface Column {
  name: string;
  attempt: Attempt;
  judgement?: Judgement;
}

const NONE = '–';
const decimals = (value: number, digits = 3) => value.toFixed(digits);
const percent = (value: number) => `${(100 * value).toFixed(1)} %`;
const whole = (value: number) => Math.round(value).toLocaleString('en-US');

/** Events a second while writing; texts that are no event took their time, too, but count for nothing. */
export const speed = ({ attempt }: Column): number | undefined => ('made' in attempt ? attempt.made.generated / attempt.made.writing_seconds : undefined);

/** A markdown table: a column for each contender, the report's figures beside their floor. */
export function comparison(columns: readonly Column[]): string {
  const report = columns.find(({ judgement }) => judgement?.report !== undefined)?.judgement?.report;
  const made = (cell: (made: Extract<Attempt, { made: unknown }>['made']) => string) => columns.map(({ attempt }) => ('made' in attempt ? cell(attempt.made) : NONE));
  const rows: string[][] = [
    ['', ...columns.map(({ name }) => name), 'floor'],
    ['---', ...columns.map(() => '---:'), '---:'],
    ['parameters', ...made(({ parameters }) => whole(parameters)), ''],
    ['training, s', ...made(({ training_seconds }) => whole(training_seconds)), ''],
    ['steps', ...made(({ steps }) => whole(steps)), ''],
    ['an event is', ...made(({ per_event, unit }) => `${per_event < 100 ? per_event.toFixed(1) : whole(per_event)} ${unit}`), ''],
    ['events written', ...made(({ generated, complete }) => `${whole(generated)}${complete ? '' : ', time up'}`), ''],
    ['valid events a second', ...columns.map((column) => speed(column)?.toFixed(1) ?? NONE), ''],
    ['valid JSON', ...made(({ generated, malformed }) => (generated + malformed === 0 ? NONE : percent(generated / (generated + malformed)))), ''],
    ['as the entity asked for', ...columns.map(({ judgement }) => (judgement?.as_asked === undefined ? NONE : percent(judgement.as_asked))), ''],
  ];
  for (const { id, name, unit, floor } of report?.figures ?? []) {
    const values = columns.map(({ judgement }) => judgement?.report?.figures.find((figure) => figure.id === id)?.value ?? undefined);
    if (id === 'valid_json' || values.every((value) => value === undefined)) continue;
    const cell = (value: number | null | undefined) => (value === undefined || value === null ? NONE : unit === 'share' ? percent(value) : decimals(value));
    rows.push([name, ...values.map(cell), floor === null ? '' : cell(floor)]);
  }
  const versions = columns.flatMap(({ attempt }) => ('made' in attempt && attempt.made.version !== undefined ? [attempt.made.version] : []));
  const reasons = columns.flatMap(({ name, attempt, judgement }) => ('missing' in attempt ? [`- ${name}: ${attempt.missing}.`] : judgement?.failure === undefined ? [] : [`- ${name}: ${judgement.failure}`]));
  const notes = versions.length > 0 ? [`- Peers: ${versions.join(', ')}.`, ...reasons] : reasons;
  return [...rows.map((row) => `| ${row.join(' | ')} |`), ...(notes.length > 0 ? ['', ...notes] : [])].join('\n');
}
