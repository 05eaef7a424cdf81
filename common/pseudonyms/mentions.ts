import { lowerCase } from '../entity';
import { letterOf } from './alphabet';

/** A longer name is found inside of words, too (`janedoe` in `janedoelaptop`); a shorter one would be found in every other word. */
const INSIDE = 6;
/** What may stand between the words of a name where the name has something else: `jane.doe`, `Jane Doe`, `jane_doe`. */
const BETWEEN = /^[ ._\-']{1,2}$/;
/** Texts remembered: most values of a log come again and again. */
const CACHE = 100_000;
const CACHED_LENGTH = 512;
/** Texts in base64 shorter than this hold no name that could be told. */
const BASE64 = /[A-Za-z0-9+/_-]{12,}={0,2}/g;
const PERCENT = /%[0-9A-Fa-f]{2}/;

interface Entry {
  words: string[];
  /** Undefined: any of BETWEEN. */
  separators?: string[];
}

/**
 * Finds known identifiers in any text, whatever their case, and replaces each by what `map` makes of it. A name is found at word
 * boundaries, with other separators, as the beginning of a word that goes on with digits or a plural s, and, from six letters on, inside of words;
 * also where the text is percent-encoded or base64.
 */
export class Mentions {
  private readonly byWord = new Map<string, Entry[]>();
  private readonly inside = new Map<string, string[]>();
  private readonly filter = new Uint8Array(1 << 16);
  private readonly cache = new Map<string, string>();
  private readonly whole = new Set<string>();

  constructor(private readonly map: (text: string) => string) {}

  /** Whether the whole text is a known identifier. */
  isKnown(text: string): boolean {
    return this.whole.has(lowerCase(text));
  }

  add(identifier: string): void {
    const text = lowerCase(identifier);
    const words = wordsOf(text);
    if (words.length === 0) return;
    this.whole.add(text);
    this.cache.clear();
    const separators = separatorsOf(text, words);
    const flexible = separators.every((separator) => BETWEEN.test(separator)) && words.some(({ text: word }) => /\p{L}/u.test(word));
    this.enter({ words: words.map((word) => word.text), ...(flexible ? {} : { separators }) });
    const joined = words.map((word) => word.text).join('');
    if (flexible && words.length > 1) this.enter({ words: [joined] });
    if (flexible && joined.length >= INSIDE && /\p{L}/u.test(joined)) {
      const head = joined.slice(0, INSIDE);
      const known = this.inside.get(head);
      if (known === undefined) this.inside.set(head, [joined]);
      else if (!known.includes(joined)) {
        known.push(joined);
        known.sort((a, b) => b.length - a.length);
      }
      this.filter[hashOf(head)] = 1;
    }
  }

  replace(text: string): string {
    if (this.whole.size === 0 || text.length < 2) return text;
    const known = this.cache.get(text);
    if (known !== undefined) return known;
    const result = this.replaceEncoded(this.replacePlain(text));
    if (text.length <= CACHED_LENGTH) {
      if (this.cache.size >= CACHE) this.cache.clear();
      this.cache.set(text, result);
    }
    return result;
  }

  private enter(entry: Entry): void {
    const known = this.byWord.get(entry.words[0]);
    if (known === undefined) this.byWord.set(entry.words[0], [entry]);
    else {
      known.push(entry);
      known.sort((a, b) => b.words.length - a.words.length);
    }
  }

  private replacePlain(text: string): string {
    const lower = lowerCase(text);
    let out = '';
    let copied = 0;
    const put = (from: number, to: number) => {
      out += text.slice(copied, from) + this.map(text.slice(from, to));
      copied = to;
    };
    for (let at = 0; at < lower.length; ) {
      if (!isWordAt(lower, at)) {
        at++;
        continue;
      }
      let end = at + 1;
      while (end < lower.length && isWordAt(lower, end)) end++;
      const match = this.matchAt(lower, at, end);
      if (match !== undefined) {
        put(at, match);
        // Of a word that goes on after the name, the rest is looked at as a word of its own.
        at = match;
        continue;
      }
      if (end - at >= INSIDE) this.matchInside(lower, at, end, put);
      at = end;
    }
    return copied === 0 ? text : out + text.slice(copied);
  }

  /** End of the longest identifier that begins with the word. */
  private matchAt(lower: string, at: number, end: number): number | undefined {
    const word = lower.slice(at, end);
    const found = this.longest(lower, word, end);
    if (found !== undefined) return found;
    if (word.length > 3 && word.endsWith('s')) {
      if (this.isWhole(word.slice(0, -1))) return end - 1;
    }
    let letters = 0;
    while (letters < word.length && !isDigit(word.charCodeAt(letters))) letters++;
    if (letters >= 3 && letters < word.length && this.isWhole(word.slice(0, letters))) return at + letters;
    return undefined;
  }

  private isWhole(word: string): boolean {
    return this.byWord.get(word)?.some(({ words }) => words.length === 1) ?? false;
  }

  private longest(lower: string, word: string, end: number): number | undefined {
    const entries = this.byWord.get(word);
    if (entries === undefined) return undefined;
    let best: number | undefined;
    for (const { words, separators } of entries) {
      let to: number | undefined = end;
      for (let i = 1; i < words.length && to !== undefined; i++) to = nextWord(lower, to, words[i], separators?.[i - 1]);
      if (to !== undefined && to > (best ?? 0)) best = to;
    }
    return best;
  }

  private matchInside(lower: string, at: number, end: number, put: (from: number, to: number) => void): void {
    let hash = 0;
    for (let i = at; i < end; i++) {
      hash = rolled(hash, lower.charCodeAt(i));
      const from = i - INSIDE + 1;
      if (from < at || this.filter[folded(hash)] === 0) continue;
      const name = this.inside.get(lower.slice(from, i + 1))?.find((candidate) => from + candidate.length <= end && lower.startsWith(candidate, from));
      if (name === undefined) continue;
      put(from, from + name.length);
      at = from + name.length;
      i = at - 1;
    }
  }

  private replaceEncoded(text: string): string {
    let result = text;
    if (PERCENT.test(result)) result = this.replacePercent(result);
    if (result.length >= 12) {
      result = result.replace(BASE64, (token) => this.replaceBase64(token) ?? token);
    }
    return result;
  }

  private replacePercent(text: string): string {
    let decoded: string;
    try {
      decoded = decodeURIComponent(text.replace(/%(?![0-9A-Fa-f]{2})/g, '%25'));
    } catch {
      return text;
    }
    const replaced = this.replacePlain(decoded);
    return replaced === decoded ? text : encodeURI(replaced).replace(/[@:?#&=+]/g, (c) => (text.includes(c) ? c : encodeURIComponent(c)));
  }

  private replaceBase64(token: string): string | undefined {
    const url = /[-_]/.test(token);
    if (url && /[+/]/.test(token)) return undefined;
    const encoding = url ? 'base64url' : 'base64';
    const decoded = Buffer.from(token, encoding).toString('utf8');
    // Most long words are no base64 of a text: control characters and broken UTF-8 tell.
    if (!/^[\t\n\r\x20-\x7e\u00a0-\ufffc]+$/u.test(decoded)) return undefined;
    const replaced = this.replacePlain(decoded);
    if (replaced === decoded) return undefined;
    const encoded = Buffer.from(replaced).toString(encoding);
    return token.endsWith('=') ? encoded : encoded.replace(/=+$/, '');
  }
}

/** End of `word` when it stands at `at` after a separator. */
function nextWord(lower: string, at: number, word: string, separator: string | undefined): number | undefined {
  let from = at;
  while (from < lower.length && from - at < 4 && !isWordAt(lower, from)) from++;
  const between = lower.slice(at, from);
  if (separator === undefined ? !BETWEEN.test(between) : between !== separator) return undefined;
  if (!lower.startsWith(word, from)) return undefined;
  const to = from + word.length;
  return to < lower.length && isWordAt(lower, to) ? undefined : to;
}

function wordsOf(text: string): Array<{ text: string; from: number; to: number }> {
  const words: Array<{ text: string; from: number; to: number }> = [];
  for (let at = 0; at < text.length; at++) {
    if (!isWordAt(text, at)) continue;
    let to = at + 1;
    while (to < text.length && isWordAt(text, to)) to++;
    words.push({ text: text.slice(at, to), from: at, to });
    at = to;
  }
  return words;
}

function separatorsOf(text: string, words: ReturnType<typeof wordsOf>): string[] {
  return words.slice(1).map(({ from }, i) => text.slice(words[i].to, from));
}

const isDigit = (code: number) => code >= 0x30 && code <= 0x39;

function isWordAt(lower: string, at: number): boolean {
  const code = lower.charCodeAt(at);
  if (code < 0x80) return (code >= 0x61 && code <= 0x7a) || isDigit(code) || (code >= 0x41 && code <= 0x5a);
  return letterOf(lower[at]) !== undefined || /\p{L}|\p{N}|\p{M}/u.test(lower[at]);
}

/** Hash of the last INSIDE characters: five bits of each. */
const rolled = (hash: number, code: number) => ((hash << 5) | (code & 31)) & 0x3fffffff;
const folded = (hash: number) => (hash ^ (hash >>> 14)) & 0xffff;
function hashOf(head: string): number {
  let hash = 0;
  for (let i = 0; i < head.length; i++) hash = rolled(hash, head.charCodeAt(i));
  return folded(hash);
}
