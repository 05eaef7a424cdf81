import { RARE_VALUE } from '../../../common';
import type { FieldReport, Figure, LogTypeReport, Report } from '../../../common';
import { figureText } from '../figures';
import { bars, bullet, dumbbells, heatmap, histogramChart, rocChart, scatter, shareBars } from './charts';
import { escape, percent, short } from './markup';
import { STYLE } from './style';

const GROUPS: Record<Figure['group'], string> = {
  validity: 'Valid',
  consistency: 'Consistent',
  fields: 'Each field by itself',
  joint: 'Fields together',
  sequence: 'Order and rhythm',
  indistinguishable: 'Told from real ones',
  privacy: 'Copies of training events',
};
const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
const HOURS = Array.from({ length: 24 }, (_, hour) => String(hour));

const card = (title: string, content: string) => (content === '' ? '' : `<div class="card"><h4>${escape(title)}</h4>${content}</div>`);
const grid = (...cards: string[]) => `<div class="grid">${cards.join('')}</div>`;
const day = (time: string) => time.slice(0, 16).replace('T', ' ');
const count = (n: number) => n.toLocaleString('en-US');

/** The report as one HTML page that stands alone: style and charts inside, no scripts, nothing loaded, and its policy forbids both: it shows values of logs. */
export function reportPage(report: Report): string {
  const title = report.model === undefined ? 'Synthetic events' : `Synthetic events of ${report.model.name}`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"><title>${escape(title)}</title><style>${STYLE}</style></head><body>
<header><h1>${escape(title)}</h1><p class="soft">${escape(subtitle(report))}</p>${summary(report)}${legend}</header>
<main><h2>Figures</h2><p class="soft">Each beside its floor: the same measure between real training events of the same weekdays and the held-out events. At its floor, synthetic events are as near to the held-out ones as real events of another week.</p>${figureTable(report.figures)}
${report.notes.length > 0 ? `<ul>${report.notes.map((note) => `<li>${escape(note)}</li>`).join('')}</ul>` : ''}
${rhythm(report)}${sessions(report)}${report.log_types.map(logType).join('')}${joints(report)}${privacySection(report)}${entities(report)}${techniques(report)}</main>
</body></html>
`;
}

const legend =
  '<p class="legend soft"><span><i class="s"></i>synthetic</span><span><i class="r"></i>held-out, real</span><span><i class="t"></i>training, real</span><span><i class="f"></i>floor (in bars: training share)</span><span><i class="g"></i>goal</span></p>';

function subtitle({ model, samples, created_at }: Report): string {
  const { heldout, synthetic, train } = samples;
  const trained = model === undefined ? '' : `${count(model.parameters)} parameters, ${model.tokenizer} tokeniser, learned from ${model.source}. `;
  return `${trained}${count(synthetic.events)} synthetic against ${count(heldout.events)} held-out events of ${day(heldout.from)} to ${day(heldout.to)} UTC; ${count(train.events)} training events from ${day(train.from)}. Written ${day(created_at)} UTC.`;
}

function summary({ figures }: Report): string {
  const judged = figures.filter(({ verdict }) => verdict !== 'none');
  const met = judged.filter(({ verdict }) => verdict === 'met').length;
  const shown = ['right_entity', 'dependency_violations', 'categorical_distance', 'discriminator_auc', 'closest_record_share']
    .map((id) => figures.find((figure) => figure.id === id))
    .filter((figure) => figure !== undefined && figure.value !== null);
  const tile = (value: string, text: string, verdict = '') => `<div><b class="${verdict}">${escape(value)}</b>${escape(text)}</div>`;
  return `<div class="summary">${tile(`${met} of ${judged.length}`, 'goals met')}${shown.map((figure) => tile(figureText(figure!.unit, figure!.value!), figure!.name, figure!.verdict)).join('')}</div>`;
}

function figureTable(figures: readonly Figure[]): string {
  const rows = Object.entries(GROUPS).flatMap(([group, name]) => {
    const members = figures.filter((figure) => figure.group === group);
    return members.length === 0 ? [] : [`<tr class="group"><td colspan="6">${escape(name)}</td></tr>`, ...members.map(figureRow)];
  });
  return `<div class="scroll"><table><thead><tr><th>figure</th><th class="n">synthetic</th><th class="n">floor</th><th></th><th>goal</th><th>met</th></tr></thead><tbody>${rows.join('')}</tbody></table></div>`;
}

function figureRow(figure: Figure): string {
  const { name, description, unit, value, floor, floor_range, goal, verdict, note } = figure;
  const range = floor_range === undefined ? '' : ` title="${escape(`${figureText(unit, floor_range[0])} to ${figureText(unit, floor_range[1])} over the training periods`)}"`;
  const mark = verdict === 'none' ? '–' : `<span class="${verdict}">${verdict === 'met' ? 'yes' : 'no'}</span>`;
  return `<tr><td>${escape(name)}<small>${escape(note === undefined ? description : `${description} ${note}`)}</small></td><td class="n">${value === null ? '–' : figureText(unit, value)}</td><td class="n"${range}>${floor === null ? '–' : figureText(unit, floor)}</td><td>${bullet(figure)}</td><td class="goal">${escape(goal?.text ?? '')}</td><td>${mark}</td></tr>`;
}

function rhythm({ sequence }: Report): string {
  const largest = Math.max(...sequence.hour_of_week.heldout.flat(), ...sequence.hour_of_week.synthetic.flat());
  const week = (title: string, cells: number[][], name: string) => card(title, heatmap(title, DAYS, HOURS, cells, largest, name));
  const bigrams = sequence.bigrams.map(({ from, to, ...shares }) => ({ label: `${from} → ${to}`, ...shares }));
  return `<h2>Order and rhythm</h2>${grid(
    week('Hours of the week (UTC), held-out', sequence.hour_of_week.heldout, 'heat'),
    week('Hours of the week (UTC), synthetic', sequence.hour_of_week.synthetic, 'plus'),
    card('Events in a session', histogramChart('Events in a session', sequence.session_length)),
    card('Events of an entity on a day', histogramChart('Events of an entity on a day', sequence.events_per_entity_day)),
    card('Time between two events of an entity', histogramChart('Time between two events of an entity', sequence.gap)),
    card('One action after another: the most frequent pairs', shareBars('Pairs of actions', bigrams.slice(0, 12), 400)),
    card('Pairs that differ most', shareBars('Pairs that differ most', bigrams.slice(12), 400))
  )}`;
}

function sessions({ sessions: found }: Report): string {
  if (found === undefined) return '';
  const { ids, sign_in, times, backwards } = found;
  const share = (value: number | null) => (value === null ? '–' : percent(value));
  const pair = (of: { heldout: number | null; synthetic: number | null }, text: (value: number | null) => string) => `<td class="n">${text(of.synthetic)}</td><td class="n">${text(of.heldout)}</td>`;
  const rows = ids.map(
    ({ log_type, path, repeats, run_length, elsewhere }) =>
      `<tr><td><code>${escape(path)}</code><small>${escape(log_type)}</small></td>${pair(repeats, share)}${pair(run_length, (value) => (value === null ? '–' : short(value)))}${pair(elsewhere, share)}</tr>`
  );
  const table =
    rows.length === 0
      ? '<p>No log type has ids in several events of a session.</p>'
      : `<div class="scroll"><table><thead><tr><th>id</th><th class="n">had before in its session, synthetic</th><th class="n">held-out</th><th class="n">events in a row, synthetic</th><th class="n">held-out</th><th class="n">in other sessions too, synthetic</th><th class="n">held-out</th></tr></thead><tbody>${rows.join('')}</tbody></table></div>`;
  const signIn =
    sign_in === undefined
      ? 'The logs have no sign-ins, or nothing but sign-ins.'
      : `${share(sign_in.before.synthetic)} of synthetic sessions use something before a sign-in, ${share(sign_in.before.heldout)} of held-out and ${share(sign_in.before.train)} of training ones. Sign-ins: ${escape(sign_in.actions.slice(0, 5).join('; '))}.`;
  const orders = times.map(({ log_type, earlier, later, synthetic, heldout }) => `<li><code>${escape(earlier)}</code> before <code>${escape(later)}</code> (${escape(log_type)}): broken by ${percent(synthetic, 2)} of synthetic and ${percent(heldout, 2)} of held-out events</li>`);
  return `<h2>Sessions</h2><p>${signIn} ${backwards === 0 ? 'No synthetic event is earlier than the one that its entity wrote before.' : `${count(backwards)} synthetic events are earlier than one that their entity wrote before.`}</p>${orders.length === 0 ? '' : `<ul>${orders.join('')}</ul>`}${table}`;
}

function logType(type: LogTypeReport): string {
  const told = type.fields.filter(({ kind }) => kind !== 'constant');
  const worst = told.filter(({ distance }) => distance !== null).slice(0, 24);
  const categorical = told.filter(({ values }) => values !== undefined).slice(0, 9);
  const numeric = told.filter(({ histogram }) => histogram !== undefined && histogram.edges.length > 1).slice(0, 6);
  const { discriminator, dependencies } = type;
  return `<h2>${escape(type.name)}</h2><p class="soft">${count(type.events.synthetic)} synthetic, ${count(type.events.heldout)} held-out, ${count(type.events.train)} training events; ${type.fields.length} fields, ${type.fields.length - told.length} of them constant.</p>
${grid(
  card('Distance of each field (orange) and its floor (grey); the worst first', dumbbells('Distance of fields', worst.map(({ path, distance, floor }) => ({ label: path, value: distance, floor })))),
  discriminator === undefined ? '' : card(`What gives synthetic events away (AUC ${short(discriminator.auc ?? 0)}, floor ${discriminator.floor === null ? '–' : short(discriminator.floor)})`, bars('Loss in AUC without the feature', discriminator.importance.slice(0, 10).map(({ feature, importance }) => ({ label: feature, value: importance })))),
  discriminator === undefined ? '' : card('Real or synthetic', rocChart('real taken for synthetic → found', discriminator.roc)),
  discriminator?.steady === undefined ? '' : card('Without what changes from one period to another', steady(discriminator.steady)),
  card("Difference in Cramér's V, pair by pair", pairMatrix(type))
)}
<h3>Values</h3>${grid(...categorical.map(valuesCard))}
${numeric.length > 0 ? `<h3>Numbers and times</h3>${grid(...numeric.map((field) => card(field.path, histogramChart(field.path, field.histogram!))))}` : ''}
<h3>What follows from what</h3><p>${count(dependencies.rules)} dependencies hold in all training events. Broken by ${percent(dependencies.violations.synthetic, 2)} of synthetic and ${percent(dependencies.violations.heldout, 2)} of held-out events.</p>
${violations(type)}
<details><summary>All ${type.fields.length} fields</summary><div class="scroll">${fieldTable(type.fields)}</div></details>`;
}

function steady({ auc, floor, changing }: NonNullable<NonNullable<LogTypeReport['discriminator']>['steady']>): string {
  const number = (value: number | null) => (value === null ? '–' : short(value));
  return `<p>AUC ${number(auc)}, floor ${number(floor)}.</p><p class="soft">${changing.length === 0 ? 'No feature tells real events of one period from those of another.' : `Left out: ${changing.map((name) => `<code>${escape(name)}</code>`).join(', ')}.`}</p>`;
}

function valuesCard({ path, values, distance, floor }: FieldReport): string {
  const ordered = [...values!.filter(({ value }) => value !== RARE_VALUE), ...values!.filter(({ value }) => value === RARE_VALUE)];
  return card(`${path} · ${distance === null ? '–' : short(distance)}, floor ${floor === null ? '–' : short(floor)}`, shareBars(path, ordered.slice(0, 14).map(({ value, ...shares }) => ({ label: value, ...shares }))));
}

function pairMatrix({ pairs }: LogTypeReport): string {
  const names = [...new Set(pairs.flatMap(({ a, b }) => [a, b]))];
  const cells = names.map((row, i) =>
    names.slice(0, i).map((column) => pairs.find(({ a, b }) => (a === row && b === column) || (a === column && b === row))?.difference ?? null)
  );
  return names.length < 2 ? '' : heatmap("Difference in Cramér's V", names, names, cells, 0.3, 'plus', 15, 220);
}

function violations({ dependencies, bleed }: LogTypeReport): string {
  const rules = dependencies.worst.map(({ from, to, heldout, synthetic, example }) => `<tr><td><code>${escape(from)} → ${escape(to)}</code><small>${escape(example ?? '')}</small></td><td class="n">${percent(synthetic, 2)}</td><td class="n">${percent(heldout, 2)}</td></tr>`);
  const others = bleed.map(({ path, heldout, synthetic }) => `<tr><td><code>${escape(path)}</code><small>another entity's value</small></td><td class="n">${percent(synthetic, 2)}</td><td class="n">${percent(heldout, 2)}</td></tr>`);
  if (rules.length + others.length === 0) return '';
  return `<details><summary>What is broken most</summary><div class="scroll"><table><thead><tr><th>dependency or owned value</th><th class="n">synthetic</th><th class="n">held-out</th></tr></thead><tbody>${[...rules, ...others].join('')}</tbody></table></div></details>`;
}

function fieldTable(fields: readonly FieldReport[]): string {
  const number = (value: number | null | undefined) => (value === null || value === undefined ? '–' : short(value));
  const rows = fields.map(
    ({ path, kind, distinct, distance, floor, absent, null: nulls }) =>
      `<tr><td><code>${escape(path)}</code></td><td>${kind}</td><td class="n">${count(distinct)}</td><td class="n">${number(distance)}</td><td class="n">${number(floor)}</td><td class="n">${percent(absent.synthetic)} / ${percent(absent.heldout)}</td><td class="n">${percent(nulls.synthetic)} / ${percent(nulls.heldout)}</td></tr>`
  );
  return `<table><thead><tr><th>field</th><th>kind</th><th class="n">values</th><th class="n">distance</th><th class="n">floor</th><th class="n">absent, synthetic / held-out</th><th class="n">null</th></tr></thead><tbody>${rows.join('')}</tbody></table>`;
}

function joints({ joints: all, figures }: Report): string {
  if (all.length === 0) return '';
  const cards = all.map(({ id, distance, floor, worst }) =>
    card(`${figures.find((figure) => figure.id === id)?.name ?? id} · ${short(distance)}, floor ${floor === null ? '–' : short(floor)}`, shareBars(id, worst.map(({ entity, value, ...shares }) => ({ label: `${entity} · ${value}`, ...shares }))))
  );
  return `<h2>Who with what</h2><p class="soft">The cells that differ most, as shares of all events.</p>${grid(...cards)}`;
}

function privacySection({ privacy }: Report): string {
  const { closest_record, copied_ids } = privacy;
  const share = (value: number) => percent(value);
  return `<h2>Copies of training events</h2><p>The nearest real event is one of training for ${share(closest_record.train)} of synthetic events, one of the held-out for ${share(closest_record.heldout)}, equally near for ${share(closest_record.ties)}. ${copied_ids.values === 0 ? 'No id that real events never repeat was copied from training.' : `${count(copied_ids.values)} ids that real events never repeat were copied from training.`}</p>
${grid(
  card('Distance to the nearest training event (training line: of other training events)', histogramChart('Distance to the nearest training event', privacy.nearest)),
  card('Membership inference', rocChart('outsiders taken for training → found', privacy.membership_roc))
)}`;
}

function entities({ entities: all }: Report): string {
  const number = (value: number | null) => (value === null ? '–' : short(value));
  const rows = all.map(
    ({ name, events, hours, hours_floor, actions, actions_floor, bleed }) =>
      `<tr><td>${escape(name)}</td><td class="n">${count(events.heldout)}</td><td class="n">${count(events.synthetic)}</td><td class="n">${number(hours)} / ${number(hours_floor)}</td><td class="n">${number(actions)} / ${number(actions_floor)}</td><td class="n">${count(bleed)}</td></tr>`
  );
  return `<h2>Entities</h2>${grid(card('Events per entity', scatter('Events per entity', all.map(({ name, events }) => ({ label: name, x: events.heldout, y: events.synthetic })))))}
<details><summary>All ${all.length} entities</summary><div class="scroll"><table><thead><tr><th>entity</th><th class="n">held-out</th><th class="n">synthetic</th><th class="n">hours / floor</th><th class="n">actions / floor</th><th class="n">others' values</th></tr></thead><tbody>${rows.join('')}</tbody></table></div></details>`;
}

function techniques({ techniques: all }: Report): string {
  if (all.length === 0) return '';
  const number = (value: number | null) => (value === null ? '–' : short(value));
  const rows = all.map(({ id, events, actions, actions_floor }) => `<tr><td>${escape(id)}</td><td class="n">${count(events.train)}</td><td class="n">${count(events.heldout)}</td><td class="n">${count(events.synthetic)}</td><td class="n">${number(actions)}</td><td class="n">${number(actions_floor)}</td></tr>`);
  return `<h2>Techniques</h2><div class="scroll"><table><thead><tr><th>technique</th><th class="n">training</th><th class="n">held-out</th><th class="n">synthetic</th><th class="n">distance of actions</th><th class="n">floor</th></tr></thead><tbody>${rows.join('')}</tbody></table></div>`;
}
