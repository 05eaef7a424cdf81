import type { LogTypeReport } from '../../common';
import type { Rows } from './corpus';
import type { Field } from './schema';
import { ABSENT, NULL } from './table';
import type { CellValue } from './table';

/** Part of the training events, oldest first, that rules are learned on; on the rest they must not fail once. */
const LEARN = 0.6;
/** Violations that chance alone would have brought in that rest, at least: else the rule proves nothing. */
const EXPECTED = 20;
const LISTED = 20;

/** `from` determines `to`: `becomes.get(code of from)` is the code of `to`. */
interface Rule {
  from: Field;
  to: Field;
  becomes: Map<number, number>;
}

/**
 * What follows from what in the training events, validated in time: learned on the older part, never broken in the newer.
 * A rule learned on all of it would hold by accident, since the events of a session are alike.
 */
export function learnRules(fields: readonly Field[], train: Rows): Rule[] {
  const usable = fields.filter(({ kind, distinct }) => kind === 'categorical' && distinct > 1);
  const split = Math.floor(train.length * LEARN);
  const codes = usable.map((field) => train.map((row) => field.column.at(row)));
  const expectedChange = codes.map((column) => {
    const counts = new Map<number, number>();
    for (const code of column) counts.set(code, (counts.get(code) ?? 0) + 1);
    let same = 0;
    for (const count of counts.values()) same += (count / column.length) ** 2;
    return 1 - same;
  });
  const rules: Rule[] = [];
  usable.forEach((from, a) => {
    usable.forEach((to, b) => {
      if (a === b) return;
      const becomes = follows(codes[a], codes[b], split, expectedChange[b]);
      if (becomes !== undefined) rules.push({ from, to, becomes });
    });
  });
  return rules;
}

function follows(from: Int32Array, to: Int32Array, split: number, change: number): Map<number, number> | undefined {
  const becomes = new Map<number, number>();
  let tested = 0;
  for (let i = 0; i < from.length; i++) {
    // That a field is missing says little: it may be missing for many reasons.
    if (from[i] === ABSENT) continue;
    const known = becomes.get(from[i]);
    if (known === undefined) becomes.set(from[i], to[i]);
    else if (known !== to[i]) return undefined;
    else if (i >= split) tested++;
  }
  return new Set(becomes.values()).size > 1 && tested * change >= EXPECTED ? becomes : undefined;
}

/** Rows that break at least one rule, and how often each rule is broken. */
function violations(rules: readonly Rule[], rows: Rows) {
  const broken = new Uint8Array(rows.length);
  const perRule = rules.map(({ from, to, becomes }) => {
    let [tested, failed] = [0, 0];
    let example: number | undefined;
    rows.forEach((row, i) => {
      const wanted = becomes.get(from.column.at(row));
      if (wanted === undefined) return;
      tested++;
      if (to.column.at(row) === wanted) return;
      failed++;
      broken[i] = 1;
      example ??= row;
    });
    return { share: tested === 0 ? 0 : failed / tested, example };
  });
  return { share: rows.length === 0 ? 0 : broken.reduce((sum, flag) => sum + flag, 0) / rows.length, perRule };
}

export function dependencyReport(rules: readonly Rule[], heldout: Rows, synthetic: Rows): LogTypeReport['dependencies'] {
  const [ofHeldout, ofSynthetic] = [violations(rules, heldout), violations(rules, synthetic)];
  const worst = rules
    .map(({ from, to, becomes }, i) => {
      const row = ofSynthetic.perRule[i].example;
      const example = row === undefined ? undefined : `${show(from, from.column.at(row))} → ${show(to, to.column.at(row))} (${show(to, becomes.get(from.column.at(row))!)})`;
      return { from: from.path, to: to.path, heldout: ofHeldout.perRule[i].share, synthetic: ofSynthetic.perRule[i].share, example };
    })
    .filter(({ synthetic: share }) => share > 0)
    .sort((a, b) => b.synthetic - a.synthetic)
    .slice(0, LISTED);
  return { rules: rules.length, violations: { heldout: ofHeldout.share, synthetic: ofSynthetic.share }, worst };
}

function show(field: Field, code: number): string {
  if (code === ABSENT) return 'absent';
  if (code === NULL) return 'null';
  return short(field.column.values[code]);
}

const short = (value: CellValue) => (String(value).length > 60 ? `${String(value).slice(0, 59)}…` : String(value));
