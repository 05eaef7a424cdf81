import type { Source } from '../../../common';
import { emptyPin, type Pin } from './pin_state';

type Clause = Record<string, unknown>;
const isObject = (value: unknown): value is Clause => typeof value === 'object' && value !== null && !Array.isArray(value);
const isScalar = (value: unknown): value is string | number | boolean => ['string', 'number', 'boolean'].includes(typeof value);

export interface LogsPins {
  pins: Pin[];
  /** Conditions of the query that no pin can say. */
  left: number;
}

/**
 * The conditions of a query that a model can be held to: fields that must have a value, one of several, or one in a range. What KQL, Lucene and filters become
 * in Kibana is looked through: `bool` around one clause, phrases, terms.
 */
export function pinsOf(query: Source['query']): LogsPins {
  const result: LogsPins = { pins: [], left: 0 };
  const visit = (clause: unknown): void => {
    if (!isObject(clause)) return;
    const [[kind, body]] = Object.entries(clause);
    if (kind === 'match_all') return;
    if (kind === 'bool' && isObject(body)) {
      const { filter = [], must = [], should = [], must_not = [] } = body;
      for (const all of [filter, must]) [all].flat().forEach(visit);
      const options = [should].flat();
      const values = options.map(valueOf);
      if (options.length === 1) visit(options[0]);
      else if (options.length > 1 && values.every((value) => value && value.field === values[0]?.field)) result.pins.push({ ...emptyPin(values[0]!.field, 'any'), values: values.flatMap((value) => value!.values) });
      else result.left += options.length > 0 ? 1 : 0;
      result.left += [must_not].flat().length;
      return;
    }
    const value = valueOf(clause);
    if (value) result.pins.push({ ...emptyPin(value.field, value.values.length > 1 ? 'any' : 'is'), values: value.values });
    else if (kind === 'range' && isObject(body)) {
      const [[field, bounds]] = Object.entries(body);
      const { gte, gt, lte, lt } = bounds as Record<string, unknown>;
      result.pins.push({ ...emptyPin(field, 'range'), low: String(gte ?? gt ?? ''), high: String(lte ?? lt ?? '') });
    } else result.left++;
  };
  visit(query);
  return result;
}

/** Field and values of a clause that asks for equality; undefined for any other. */
function valueOf(clause: unknown): { field: string; values: string[] } | undefined {
  if (!isObject(clause)) return undefined;
  const [[kind, body]] = Object.entries(clause);
  if (kind === 'bool' && isObject(body) && Object.keys(body).every((key) => key === 'should' || key === 'minimum_should_match') && [body.should].flat().length === 1) return valueOf([body.should].flat()[0]);
  if (!['match', 'match_phrase', 'term', 'terms'].includes(kind) || !isObject(body)) return undefined;
  const entries = Object.entries(body).filter(([field]) => field !== 'boost');
  if (entries.length !== 1) return undefined;
  const [field, asked] = entries[0];
  const value = isObject(asked) ? (asked.query ?? asked.value) : asked;
  const values = Array.isArray(value) ? value : [value];
  return values.length > 0 && values.every(isScalar) ? { field, values: values.map(String) } : undefined;
}
