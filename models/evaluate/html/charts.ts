import type { Figure, Histogram } from '../../../common';
import { cut, cutPath, escape, percent, seconds, short } from './markup';

/** SVG charts as text. Colours come from the page's style (`.real`, `.synthetic`, `.train`), so that light and dark both work. */

const svg = (width: number, height: number, label: string, content: string) =>
  `<svg viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escape(label)}">${content}</svg>`;
const px = (value: number) => String(Math.round(value * 10) / 10);
const hover = (text: string) => `<title>${escape(text)}</title>`;

/** The value as a bar, the floor as a line, the goal as a band. */
export function bullet({ name, value, floor, goal, unit }: Figure): string {
  if (value === null) return '';
  const [width, height] = [240, 22];
  // Shares near 1 would all look alike on a scale from 0.
  const high = unit === 'share' && Math.min(value, floor ?? 1, goal?.low ?? 1) > 0.9;
  const from = high ? 0.9 : unit === 'auc' ? 0.4 : 0;
  const to = high || unit === 'auc' ? 1 : Math.max(value, floor ?? 0, goal?.high ?? 0, goal?.low ?? 0) * 1.15 || 1;
  const x = (at: number) => (Math.min(to, Math.max(from, at)) - from) / (to - from) * width;
  const band = goal === undefined ? '' : `<rect class="goal" x="${px(x(goal.low ?? from))}" y="1" width="${px(x(goal.high ?? to) - x(goal.low ?? from) || 1)}" height="20"/>`;
  const line = floor === null ? '' : `<line class="floor" x1="${px(x(floor))}" x2="${px(x(floor))}" y1="1" y2="21"/>`;
  return svg(width, height, `${name}: ${short(value)}`, `<rect class="track" y="1" width="${width}" height="20"/>${band}<rect class="synthetic" y="7" width="${px(Math.max(1.5, x(value)))}" height="8"/>${line}`);
}

export interface DumbbellRow {
  label: string;
  value: number | null;
  floor: number | null;
}

/** Distance beside its floor, a row each. */
export function dumbbells(title: string, rows: readonly DumbbellRow[]): string {
  const [labels, plot, row] = [330, 330, 19];
  const largest = Math.max(0.01, ...rows.map(({ value, floor }) => Math.max(value ?? 0, floor ?? 0)));
  const x = (at: number) => labels + (at / largest) * plot;
  const lines = rows.map(({ label, value, floor }, i) => {
    const y = i * row + 12;
    const dot = (at: number | null, name: string) => (at === null ? '' : `<circle class="${name}" cx="${px(x(at))}" cy="${y}" r="4.5"/>`);
    const link = value === null || floor === null ? '' : `<line class="link" x1="${px(x(floor))}" x2="${px(x(value))}" y1="${y}" y2="${y}"/>`;
    const text = `${label}: ${value === null ? '–' : short(value)}, floor ${floor === null ? '–' : short(floor)}`;
    return `<g>${hover(text)}<text class="label" x="${labels - 10}" y="${y + 4}">${escape(cutPath(label, 46))}</text>${link}${dot(floor, 'train')}${dot(value, 'synthetic')}<text class="number" x="${labels + plot + 12}" y="${y + 4}">${value === null ? '–' : short(value)}</text></g>`;
  });
  return svg(labels + plot + 70, rows.length * row + 8, title, lines.join(''));
}

export interface ShareRow {
  label: string;
  train: number;
  heldout: number;
  synthetic: number;
}

/** Held-out and synthetic share of each value, one bar over the other, the training share as a line. */
export function shareBars(title: string, rows: readonly ShareRow[], labels = 200): string {
  const [plot, row] = [150, 24];
  const largest = Math.max(1e-9, ...rows.map((each) => Math.max(each.train, each.heldout, each.synthetic)));
  const x = (share: number) => (share / largest) * plot;
  const bars = rows.map(({ label, train, heldout, synthetic }, i) => {
    const y = i * row + 2;
    const text = `${label}: training ${percent(train)}, held-out ${percent(heldout)}, synthetic ${percent(synthetic)}`;
    return (
      `<g>${hover(text)}<text class="label" x="${labels - 8}" y="${y + 13}">${escape(cut(label, Math.floor(labels / 7)))}</text>` +
      `<rect class="real" x="${labels}" y="${y}" width="${px(Math.max(0.5, x(heldout)))}" height="8"/>` +
      `<rect class="synthetic" x="${labels}" y="${y + 9}" width="${px(Math.max(0.5, x(synthetic)))}" height="8"/>` +
      `<line class="floor" x1="${px(labels + x(train))}" x2="${px(labels + x(train))}" y1="${y}" y2="${y + 17}"/>` +
      `<text class="number" x="${labels + plot + 8}" y="${y + 13}">${percent(synthetic)}</text></g>`
    );
  });
  return svg(labels + plot + 60, rows.length * row + 4, title, bars.join(''));
}

/** Held-out as an area, synthetic as a line, training as a thin line. */
export function histogramChart(title: string, { edges, train, heldout, synthetic, unit, log }: Histogram): string {
  if (edges.length < 2) return '';
  const [width, height, bottom] = [340, 130, 18];
  const largest = Math.max(1e-9, ...heldout, ...synthetic, ...train);
  const bin = width / heldout.length;
  const y = (share: number) => height - (share / largest) * (height - 6);
  const steps = (shares: readonly number[]) => shares.map((share, i) => `L${px(i * bin)} ${px(y(share))}L${px((i + 1) * bin)} ${px(y(share))}`).join('');
  const name = unit === 's' ? seconds : (value: number) => `${short(value)}${unit === '' ? '' : ` ${unit}`}`;
  const bars = heldout.map((share, i) => `<rect class="none" x="${px(i * bin)}" y="0" width="${px(bin)}" height="${height}">${hover(`${name(edges[i])} to ${name(edges[i + 1])}: held-out ${percent(share)}, synthetic ${percent(synthetic[i])}, training ${percent(train[i])}`)}</rect>`);
  const ticks = [0, Math.floor(heldout.length / 2), heldout.length].map(
    (i, at) => `<text class="tick" x="${px(i * bin)}" y="${height + 14}" text-anchor="${['start', 'middle', 'end'][at]}">${escape(name(edges[i]))}</text>`
  );
  return svg(
    width,
    height + bottom,
    `${title}${log ? ', logarithmic' : ''}`,
    `<path class="real area" d="M0 ${height}${steps(heldout)}L${width} ${height}Z"/><path class="train stroke thin" d="M0 ${height}${steps(train)}"/><path class="synthetic stroke" d="M0 ${height}${steps(synthetic)}L${width} ${height}"/><line class="axis" x1="0" x2="${width}" y1="${height}" y2="${height}"/>${ticks.join('')}${bars.join('')}`
  );
}

/** Rows of shares or differences as squares; `class` names the colour, opacity says how much. */
export function heatmap(title: string, rows: readonly string[], columns: readonly string[], cells: ReadonlyArray<readonly (number | null)[]>, largest: number, name: string, cell = 13, labels = 40): string {
  const top = columns.some((column) => column.length > 3) ? 0 : 14;
  const squares = cells.flatMap((row, i) =>
    row.map((value, j) =>
      value === null
        ? ''
        : `<rect class="${name}" x="${labels + j * cell}" y="${top + i * cell}" width="${cell - 1}" height="${cell - 1}" fill-opacity="${Math.min(1, Math.max(0.03, value / Math.max(1e-9, largest))).toFixed(2)}">${hover(`${rows[i]} × ${columns[j]}: ${short(value)}`)}</rect>`
    )
  );
  const rowLabels = rows.map((label, i) => `<text class="label small" x="${labels - 5}" y="${top + i * cell + cell - 3}">${escape(cutPath(label, Math.floor(labels / 6)))}</text>`);
  const columnLabels = top === 0 ? [] : columns.map((label, j) => (j % 3 === 0 ? `<text class="tick" x="${labels + j * cell}" y="10">${escape(label)}</text>` : ''));
  return svg(labels + columns.length * cell + 4, top + rows.length * cell + 4, title, squares.join('') + rowLabels.join('') + columnLabels.join(''));
}

export function rocChart(title: string, curve: ReadonlyArray<readonly [number, number]>): string {
  const size = 190;
  const points = curve.map(([wrong, found]) => `${px(wrong * size)},${px(size - found * size)}`).join(' ');
  return svg(
    size + 2,
    size + 18,
    title,
    `<rect class="track" width="${size}" height="${size}"/><line class="axis dashed" x1="0" y1="${size}" x2="${size}" y2="0"/><polyline class="synthetic stroke" points="${points}"/><text class="tick" x="0" y="${size + 13}">${escape(title)}</text>`
  );
}

/** One bar a row. */
export function bars(title: string, rows: ReadonlyArray<{ label: string; value: number }>): string {
  const [labels, plot, row] = [300, 160, 18];
  const largest = Math.max(1e-9, ...rows.map(({ value }) => value));
  const drawn = rows.map(
    ({ label, value }, i) =>
      `<g>${hover(`${label}: ${short(value)}`)}<text class="label" x="${labels - 8}" y="${i * row + 12}">${escape(cutPath(label, 42))}</text><rect class="synthetic" x="${labels}" y="${i * row + 3}" width="${px(Math.max(0.5, (Math.max(0, value) / largest) * plot))}" height="11"/><text class="number" x="${labels + plot + 8}" y="${i * row + 12}">${short(value)}</text></g>`
  );
  return svg(labels + plot + 60, rows.length * row + 4, title, drawn.join(''));
}

/** A point per entity: held-out against synthetic events, both logarithmic. */
export function scatter(title: string, points: ReadonlyArray<{ label: string; x: number; y: number }>): string {
  const size = 300;
  const largest = Math.max(10, ...points.map(({ x, y }) => Math.max(x, y)));
  const at = (value: number) => 24 + (Math.log10(1 + value) / Math.log10(1 + largest)) * (size - 30);
  const dots = points.map(({ label, x, y }) => `<circle class="synthetic point" cx="${px(at(x))}" cy="${px(size - at(y))}" r="4">${hover(`${label}: held-out ${x}, synthetic ${y}`)}</circle>`);
  return svg(
    size,
    size + 4,
    title,
    `<line class="axis dashed" x1="24" y1="${size - 24}" x2="${px(at(largest))}" y2="${px(size - at(largest))}"/><line class="axis" x1="24" x2="${size}" y1="${size - 24}" y2="${size - 24}"/><line class="axis" x1="24" x2="24" y1="0" y2="${size - 24}"/>${dots.join('')}<text class="tick" x="24" y="${size - 8}">held-out events →</text><text class="tick" transform="translate(14 ${size - 26}) rotate(-90)">synthetic events →</text>`
  );
}
