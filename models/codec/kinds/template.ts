/** A text that many values follow: what stands fixed in it, and its slots. */
export interface TemplateSpec {
  /** Separator, word, separator, word, ..., separator; the word of a slot is ''. */
  pieces: string[];
  count: number;
  slots: SlotSpec[];
}

export interface SlotSpec {
  /** Words with a token of their own. */
  values: string[];
  /** Times that another word stood here. */
  rest: number;
  /** Some of these, to make up others like them. */
  samples: string[];
}

/** Longer texts are not taken apart. */
const MAX_LENGTH = 8192;
const MAX_WORDS = 256;
const WORD = /[^\s,;|()[\]{}"'<>=]+/g;
/** Marks that end a word rather than being part of it. */
const TRAILING = /[.:!?]+$/;
const LINE = /^(\s*(?:[^:=]{1,60}?\s*[:=](?=\s|$)\s*)?)(.*?)(\s*)$/;

/**
 * Takes a text apart into separator, word, separator, ..., separator, which joined give it back. Of a text of several lines, each line's
 * name belongs to the separator and the rest of the line is one word. Undefined for texts that are too long.
 */
export function cutText(text: string): string[] | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  const pieces: string[] = [''];
  const add = (separator: string, word: string): void => {
    pieces[pieces.length - 1] += separator;
    if (word !== '') pieces.push(word, '');
  };
  const lines = text.split('\n');
  if (lines.length > 2) {
    lines.forEach((line, i) => {
      const [, before, word, after] = LINE.exec(line) ?? ['', '', line, ''];
      add(i === 0 ? before : `\n${before}`, word);
      add(after, '');
    });
  } else {
    let from = 0;
    for (const match of text.matchAll(WORD)) {
      const word = match[0].replace(TRAILING, '');
      add(text.slice(from, match.index), word);
      from = match.index + word.length;
    }
    add(text.slice(from), '');
  }
  return pieces.length > 2 * MAX_WORDS + 1 ? undefined : pieces;
}

export const isLines = (text: string): boolean => text.split('\n', 3).length > 2;

/** The separators of a text, as one key. */
export const skeletonOf = (pieces: readonly string[]): string => pieces.filter((_, i) => i % 2 === 0).join('\u0001');

/** Finds the template that a text follows: of several the first. */
export class TemplateIndex {
  private readonly bySkeleton = new Map<string, number[]>();

  constructor(private readonly templates: readonly TemplateSpec[]) {
    templates.forEach(({ pieces }, i) => {
      const key = `${pieces.length}\u0001${skeletonOf(pieces)}`;
      const same = this.bySkeleton.get(key);
      if (same) same.push(i);
      else this.bySkeleton.set(key, [i]);
    });
  }

  /** The template's number and the words in its slots. */
  find(text: string): { template: number; words: string[] } | undefined {
    const pieces = cutText(text);
    const candidates = pieces && this.bySkeleton.get(`${pieces.length}\u0001${skeletonOf(pieces)}`);
    const template = candidates?.find((i) => this.templates[i].pieces.every((piece, at) => at % 2 === 0 || piece === '' || piece === pieces![at]));
    if (template === undefined) return undefined;
    return { template, words: pieces!.filter((_, at) => at % 2 === 1 && this.templates[template].pieces[at] === '') };
  }
}

/** The text of a template with these words in its slots. */
export function fillTemplate({ pieces }: TemplateSpec, words: readonly string[]): string {
  let slot = 0;
  return pieces.map((piece, at) => (at % 2 === 1 && piece === '' ? words[slot++] : piece)).join('');
}

const IDENTIFIER = /^(0x)?[{]?[0-9a-f-]*\d[0-9a-f-]*[}]?$/i;
/** Dates and addresses would no longer be any with other digits. */
const STRUCTURED = /^\d{1,4}[-/]\d{1,2}[-/]|^\d{1,2}:\d\d|^\d+\.\d+/;

/** A word like one of the samples: identifiers get other digits, everything else stays. */
export function drawWord(samples: readonly string[], random: () => number): string {
  const sample = samples[Math.floor(random() * samples.length)];
  if (!IDENTIFIER.test(sample) || STRUCTURED.test(sample) || sample.length < 3) return sample;
  const from = sample.startsWith('0x') || sample.startsWith('0X') ? 2 : 0;
  const upper = /[A-F]/.test(sample);
  const hex = /[a-f]/i.test(sample.slice(from));
  let first = true;
  return [...sample]
    .map((character, at) => {
      if (at < from || !/[0-9a-f]/i.test(character)) return character;
      const lowest = first && !hex ? 1 : 0;
      first = false;
      const digit = (lowest + Math.floor(random() * ((hex ? 16 : 10) - lowest))).toString(16);
      return upper ? digit.toUpperCase() : digit;
    })
    .join('');
}
