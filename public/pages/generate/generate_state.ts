import { generateOptionsSchema, startGenerateSchema, type GenerateOptionsInput, type ModelCard } from '../../../common';
import { issueText } from '../../components/issue_text';

export interface Pin {
  field: string;
  value: string;
}

/** The form as a person fills it; numbers that were emptied are NaN. */
export interface GenerateState {
  entities: string[];
  logTypes: string[];
  technique: string;
  pins: Pin[];
  /** ISO 8601; empty: where the training data ends. */
  from: string;
  count: number;
  temperature: number;
  topP: number;
  seed: number;
  target: string;
}

export const emptyGenerateState = (): GenerateState => ({
  entities: [],
  logTypes: [],
  technique: '',
  pins: [],
  from: '',
  count: 1000,
  temperature: 1,
  topP: 1,
  seed: 1,
  target: '',
});

/** Events that a preview shows: the server makes no more. */
export const PREVIEW_COUNT = 20;

/** Text as the field holds it: a value that the model knows as text stays text; true, false, null and numbers are read. */
function pinValue(text: string, known: ReadonlySet<string>): string | number | boolean | null {
  if (known.has(text)) return text;
  if (text === 'true' || text === 'false') return text === 'true';
  if (text === 'null') return null;
  return text;
}

export function toOptions(state: GenerateState, model: ModelCard, count: number): GenerateOptionsInput {
  const pins = state.pins.filter(({ field }) => field !== '');
  return {
    count,
    entities: state.entities,
    log_types: state.logTypes,
    ...(state.technique ? { technique: state.technique } : {}),
    where: Object.fromEntries(pins.map(({ field, value }) => [field, pinValue(value, new Set(knownValues(model, field)))])),
    ...(state.from ? { from: state.from } : {}),
    temperature: state.temperature,
    top_p: state.topP,
    seed: state.seed,
  };
}

/** What keeps the form from being sent, by the name of its field. */
export function generateProblem(state: GenerateState, model: ModelCard): { field: string; message: string } | undefined {
  const options = generateOptionsSchema.safeParse(toOptions(state, model, state.count));
  if (!options.success) return { field: String(options.error.issues[0].path[0] ?? ''), message: issueText(options.error.issues[0]) };
  const target = startGenerateSchema.shape.target_index.safeParse(state.target || undefined);
  return target.success ? undefined : { field: 'target', message: issueText(target.error.issues[0]) };
}

/** Fields that can be pinned, with no path twice: those whose values the card lists. */
export function pinnableFields(model: ModelCard, logTypes: readonly string[]): string[] {
  const chosen = model.fields.filter(({ values, log_type }) => values.length > 0 && (logTypes.length === 0 || logTypes.includes(log_type)));
  return [...new Set(chosen.map(({ path }) => path))].sort();
}

export function knownValues(model: ModelCard, field: string): string[] {
  return [...new Set(model.fields.filter(({ path }) => path === field).flatMap(({ values }) => values))];
}
