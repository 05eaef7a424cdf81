import { DEFAULT_MASKS, maskLine, WILDCARD, type Mask } from './masking';

export interface DrainOptions {
  /** Depth of the tree with its root and its leaves, at least 3: a line is led by its number of words and its first `depth` - 3 words. */
  depth?: number;
  /** Share of a line's words that must be those of a template for the line to be put to it. */
  similarity?: number;
  /** Words told apart at one place of the tree; beyond them all others go one way. */
  maxChildren?: number;
  /** What is a parameter by its looks. */
  masks?: readonly Mask[];
}

/** Lines that are alike, and what they have in common. */
export interface Template {
  /** From 0, in the order in which they were found. */
  readonly id: number;
  /** The words; `<*>` where the lines differ. */
  readonly words: readonly string[];
  /** Lines put to it. */
  readonly lines: number;
}

interface Group {
  id: number;
  words: string[];
  lines: number;
}

interface Node {
  children: Map<string, Node>;
  groups: Group[];
}

const newNode = (): Node => ({ children: new Map(), groups: [] });
const hasDigit = (word: string): boolean => /\d/.test(word);
export const wordsOf = (line: string): string[] => line.split(/\s+/).filter((word) => word !== '');

/**
 * Templates of log lines, one line at a time (Drain; He, Zhu, Zheng and Lyu, ICWS 2017). A tree of fixed depth leads a line, by its number of
 * words and then by its first words, to few templates; it is put to the one that has most words in common with it, if these are enough, and
 * what differs becomes a wildcard; else it is the first of a new one. The same lines in the same order give the same templates.
 */
export class Drain {
  private readonly byLength = new Map<number, Node>();
  private readonly groups: Group[] = [];
  private readonly prefix: number;
  private readonly similarity: number;
  private readonly maxChildren: number;
  private readonly masks: readonly Mask[];

  constructor({ depth = 4, similarity = 0.4, maxChildren = 100, masks = DEFAULT_MASKS }: DrainOptions = {}) {
    if (!(Number.isInteger(depth) && depth >= 3)) throw new RangeError(`depth is ${depth}; expected a whole number of at least 3`);
    this.prefix = depth - 3;
    this.similarity = similarity;
    this.maxChildren = maxChildren;
    this.masks = masks;
  }

  get templates(): readonly Template[] {
    return this.groups;
  }

  /** Learns a line; returns the template that it was put to. */
  add(line: string): Template {
    const words = this.wordsOf(line);
    let group = this.find(words);
    if (group === undefined) {
      group = { id: this.groups.length, words, lines: 0 };
      this.groups.push(group);
      this.plant(group);
    } else {
      group.words = group.words.map((word, i) => (word === words[i] ? word : WILDCARD));
    }
    group.lines++;
    return group;
  }

  /** The template that a line would be put to, without learning it; undefined where that would be a new one. */
  match(line: string): Template | undefined {
    return this.find(this.wordsOf(line));
  }

  private wordsOf(line: string): string[] {
    return wordsOf(maskLine(line, this.masks));
  }

  private find(words: readonly string[]): Group | undefined {
    let node = this.byLength.get(words.length);
    for (let i = 0; i < this.prefix && i < words.length && node !== undefined; i++) node = node.children.get(words[i]) ?? node.children.get(WILDCARD);
    let best: Group | undefined;
    let most = -1;
    let wildest = -1;
    for (const group of node?.groups ?? []) {
      const { equal, wildcards } = compare(group.words, words);
      // Of templates that have as much in common, the one that is more open.
      if (equal > most || (equal === most && wildcards > wildest)) [best, most, wildest] = [group, equal, wildcards];
    }
    return most >= this.similarity * words.length ? best : undefined;
  }

  private plant(group: Group): void {
    const { words } = group;
    let node = this.byLength.get(words.length);
    if (node === undefined) this.byLength.set(words.length, (node = newNode()));
    for (let i = 0; i < this.prefix && i < words.length; i++) {
      let word = words[i];
      if (!node.children.has(word)) {
        // A word with digits is a parameter; and the last place is kept for all words that have none of their own.
        const left: number = this.maxChildren - node.children.size - (node.children.has(WILDCARD) ? 0 : 1);
        if (hasDigit(word) || left <= 0) word = WILDCARD;
      }
      let next = node.children.get(word);
      if (next === undefined) node.children.set(word, (next = newNode()));
      node = next;
    }
    node.groups.push(group);
  }
}

function compare(template: readonly string[], words: readonly string[]): { equal: number; wildcards: number } {
  let equal = 0;
  let wildcards = 0;
  template.forEach((word, i) => {
    if (word === WILDCARD) wildcards++;
    else if (word === words[i]) equal++;
  });
  return { equal, wildcards };
}
