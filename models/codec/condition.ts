import { isIP } from 'node:net';
import { EMPTY_ARRAY, EMPTY_OBJECT, ABSENT, Blob, showLeaf, type Leaf } from './leaf';
import { parseTime } from './kinds/time_format';

export type PinValue = string | number | boolean | null;
/** Numbers, or times as text. */
export interface Range {
  gte?: number | string;
  gt?: number | string;
  lte?: number | string;
  lt?: number | string;
}
/** What a field must be: one value, one of several, or within a range. */
export type Condition = PinValue | readonly PinValue[] | Range;
export type Conditions = ReadonlyMap<string, Condition>;

export const isRange = (condition: Condition): condition is Range => typeof condition === 'object' && condition !== null && !Array.isArray(condition);

/** A closed interval of numbers, or of times in ms, that holds the whole range. */
export interface Within {
  lo: number;
  hi: number;
}

/** A condition as leaves are held against it. */
export interface LeafTest {
  accepts(leaf: Leaf): boolean;
  /** The only values that pass; undefined where there are endlessly many. */
  values?: readonly PinValue[];
  within?: Within;
  /** As a person would write it. */
  text: string;
}

const scalar = (leaf: Leaf): leaf is string | number | boolean | null =>
  leaf !== ABSENT && leaf !== EMPTY_OBJECT && leaf !== EMPTY_ARRAY && !(leaf instanceof Blob);

/** People may write numbers and booleans as text. */
const sameValue = (leaf: Leaf, value: PinValue): boolean => leaf === value || (scalar(leaf) && leaf !== null && value !== null && showLeaf(leaf) === String(value));

const numberOf = (bound: number | string): number => (typeof bound === 'number' ? bound : bound.trim() === '' ? NaN : Number(bound));
const timeOf = (bound: number | string): number => parseTime(bound)?.time ?? (typeof bound === 'string' ? Date.parse(bound) : NaN);

/** `field` names the condition in messages. Bounds are numbers, or else times. */
export function compileCondition(field: string, condition: Condition): LeafTest {
  if (isRange(condition)) return compileRange(field, condition);
  if (Array.isArray(condition)) {
    const values = condition as readonly PinValue[];
    return { values, accepts: (leaf) => values.some((value) => sameValue(leaf, value)), text: `${field}=${values.map(String).join(',')}` };
  }
  const value = condition as PinValue;
  return { values: [value], accepts: (leaf) => sameValue(leaf, value), text: `${field}=${String(value)}` };
}

const SIGNS = { gte: '>=', gt: '>', lte: '<=', lt: '<' } as const;

function compileRange(field: string, range: Range): LeafTest {
  const bounds = (Object.keys(SIGNS) as Array<keyof typeof SIGNS>).flatMap((name) => (range[name] === undefined ? [] : [{ name, bound: range[name] }]));
  const read = bounds.every(({ bound }) => Number.isFinite(numberOf(bound))) ? numberOf : timeOf;
  const asTimes = read === timeOf;
  const lower = Math.max(-Infinity, ...bounds.filter(({ name }) => name === 'gte' || name === 'gt').map(({ bound }) => read(bound)));
  const upper = Math.min(Infinity, ...bounds.filter(({ name }) => name === 'lte' || name === 'lt').map(({ bound }) => read(bound)));
  const open = (name: 'gt' | 'lt', at: number): boolean => range[name] !== undefined && read(range[name]) === at;
  const [above, below] = [open('gt', lower), open('lt', upper)];
  const fits = (value: number): boolean => value >= lower && value <= upper && !(above && value === lower) && !(below && value === upper);
  return {
    accepts: (leaf) => {
      if (typeof leaf !== 'number' && typeof leaf !== 'string') return false;
      if (!asTimes) return typeof leaf === 'number' ? fits(leaf) : /^[-+]?\d+([.]\d+)?$/.test(leaf) && fits(Number(leaf));
      const parsed = parseTime(leaf);
      return parsed !== undefined && fits(parsed.time);
    },
    within: { lo: above ? after(lower, asTimes) : lower, hi: below ? -after(-upper, asTimes) : upper },
    text: bounds.map(({ name, bound }) => `${field}${SIGNS[name]}${bound}`).join(' and '),
  };
}

/** The next larger number, or ms. */
const after = (value: number, asTime: boolean): number => (asTime ? value + 1 : value + Math.max(Math.abs(value) * Number.EPSILON, Number.MIN_VALUE));

/** The interval in which all of the tests hold; undefined when none of them is a range. */
export function withinAll(tests: readonly LeafTest[]): Within | undefined {
  let all: Within | undefined;
  for (const { within } of tests) if (within) all = all ? { lo: Math.max(all.lo, within.lo), hi: Math.min(all.hi, within.hi) } : within;
  return all;
}

/** The values that pass all tests; undefined where there are endlessly many. */
export function valuesOfAll(tests: readonly LeafTest[]): PinValue[] | undefined {
  const finite = tests.find(({ values }) => values !== undefined);
  return finite?.values!.filter((value) => tests.every((test) => test.accepts(value)));
}

export const looksLikeAddress = (value: PinValue): value is string => typeof value === 'string' && isIP(value) !== 0;
