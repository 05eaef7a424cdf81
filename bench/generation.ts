import { availableParallelism } from 'node:os';
import path from 'node:path';
import type { LogHit } from '../common';
import { gptConfig } from '../models/gpt';
import { runPython } from './python';

/** Rows that are written at once: the fastest of these counts. */
const ROWS = [1, 16, 64];
/** Characters that a GPT of raw JSON tells apart, about. */
const ALPHABET = 96;
const CONTEXT = 1024;

export interface CharacterFigures {
  characters_per_event: number;
  /** By number of rows; absent without a Python that has torch and transformers. */
  characters_per_second?: Record<string, number>;
  /** At the fastest number of rows, if each event were whole. */
  events_per_second?: number;
  /** Why it was not measured. */
  missing?: string;
}

/**
 * How fast a GPT of the same layers and width writes such events as JSON, a character a token, by `generate` of Hugging Face's
 * transformers, as the field's first models do. Its weights are random: how fast it writes does not hang on what it has learned.
 */
export async function benchCharacters(hits: readonly LogHit[]): Promise<CharacterFigures> {
  const characters_per_event = hits.reduce((sum, { _source }) => sum + JSON.stringify(_source).length, 0) / hits.length;
  const { layers, heads, width } = gptConfig('small', { vocabulary: ALPHABET, side: [] });
  const ran = await runPython(path.join(__dirname, 'hf_generate.py'), [layers, heads, width, CONTEXT, ALPHABET, availableParallelism(), ...ROWS]);
  if ('missing' in ran) return { characters_per_event, missing: ran.missing };
  const characters_per_second = JSON.parse(ran.output) as Record<string, number>;
  return { characters_per_event, characters_per_second, events_per_second: Math.max(...Object.values(characters_per_second)) / characters_per_event };
}
