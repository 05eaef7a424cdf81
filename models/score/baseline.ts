import { quantileSorted } from 'simple-statistics';
import type { Surprising } from './statistics';

/** What lies further than this, nats, beyond this quantile of held-out events counts as much as that: an attack, or one odd day of somebody, is no sign of age. */
const CAPPED_AT = 0.98;
const CAPPED_BEYOND = 1;
/** Fewer held-out events do not say what is normal. */
const MIN_EVENTS = 50;

/** Surprisal of held-out events, nats: mean and standard deviation of what is cut off at `cap`. */
export interface Usual {
  mean: number;
  deviation: number;
  cap: number;
}

export interface BaselineJson {
  types: Record<string, Usual>;
  fields: Record<string, Record<string, Usual>>;
}

/** How surprising each log type, and each of its fields, was when the model was new. */
export class Baseline {
  private constructor(private readonly json: BaselineJson) {}

  static fit(events: readonly Surprising[]): Baseline {
    const types = new Map<string, { totals: number[]; fields: Map<string, number[]> }>();
    for (const { logType, measure } of events) {
      let type = types.get(logType);
      if (!type) types.set(logType, (type = { totals: [], fields: new Map() }));
      type.totals.push(wholeOf(measure));
      for (const { path, surprisal } of measure.fields) {
        const values = type.fields.get(path);
        if (values) values.push(surprisal);
        else type.fields.set(path, [surprisal]);
      }
    }
    const json: BaselineJson = { types: {}, fields: {} };
    for (const [logType, { totals, fields }] of types) {
      if (totals.length < MIN_EVENTS) continue;
      json.types[logType] = usualOf(totals);
      json.fields[logType] = Object.fromEntries([...fields].filter(([, values]) => values.length >= MIN_EVENTS).map(([path, values]) => [path, usualOf(values)]));
    }
    return new Baseline(json);
  }

  type(logType: string): Usual | undefined {
    return Object.hasOwn(this.json.types, logType) ? this.json.types[logType] : undefined;
  }

  field(logType: string, path: string): Usual | undefined {
    const fields = Object.hasOwn(this.json.fields, logType) ? this.json.fields[logType] : {};
    return Object.hasOwn(fields, path) ? fields[path] : undefined;
  }

  toJSON(): BaselineJson {
    return this.json;
  }

  static fromJSON(json: BaselineJson): Baseline {
    return new Baseline(json);
  }
}

/** Surprisal of all fields, nats: what is no news any more, as everybody has it by now, is what a model does not know. */
export const wholeOf = ({ fields }: Surprising['measure']): number => fields.reduce((sum, { surprisal }) => sum + surprisal, 0);

function usualOf(values: readonly number[]): Usual {
  const cap = quantileSorted([...values].sort((a, b) => a - b), CAPPED_AT) + CAPPED_BEYOND;
  let [sum, squares] = [0, 0];
  for (const value of values) {
    const capped = Math.min(value, cap);
    sum += capped;
    squares += capped * capped;
  }
  const mean = sum / values.length;
  return { mean: round(mean), deviation: round(Math.sqrt(Math.max(0, squares / values.length - mean * mean))), cap: round(cap) };
}

const round = (value: number): number => Number(value.toPrecision(5));
