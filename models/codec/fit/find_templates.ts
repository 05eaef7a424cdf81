import { canHide } from '../placeholder';
import { cutText, isLines, skeletonOf, type SlotSpec, type TemplateSpec } from '../kinds/template';

/** Different texts looked at. */
const MAX_TEXTS = 20_000;
/** Events that must follow a template. */
const LEAST_EVENTS = 3;
/** Share of the fixed words that must be equal for texts with equal separators to follow one template. */
const ALIKE = 0.6;
/** Letters that must stand fixed in a template, and for each of its slots that words stand in: what is all slots says nothing. */
const LEAST_FIXED = 3;
const MAX_PER_SKELETON = 32;
const MAX_TEMPLATES = 1000;
/** Words of a slot that get a token, those seen at least so often. */
const MAX_WORDS = 64;
const LEAST_WORD = 3;
const MAX_SAMPLES = 16;
/** Templates are worth it from this share of the events on. */
const LEAST_SHARE = 0.3;
/** Events per token of a field's templates. */
const EVENTS_PER_TOKEN = 6;
const MOST_TOKENS = 4000;

interface Cluster {
  /** The words of the first text; '' where others differ, or where a word has digits. */
  words: string[];
  separators: string[];
  count: number;
  /** By slot, how often each word stood there. */
  seen: Array<Map<string, number>>;
}

/** A word with digits is one of many. */
const varies = (word: string): boolean => /\d/.test(word);

/**
 * Finds what texts have in common, after Drain (He et al. 2017): texts with equal separators and mostly equal words follow one template; the
 * words that differ are its slots. Undefined when too few do.
 */
export function findTemplates(texts: ReadonlyArray<readonly [text: string, count: number]>): { templates: TemplateSpec[]; free: number } | undefined {
  const sorted = texts.filter(([text]) => canHideNothing(text)).sort((a, b) => b[1] - a[1]);
  const clusters = new Map<string, Cluster[]>();
  const stride = Math.max(1, Math.ceil(sorted.length / MAX_TEXTS));
  let looked = 0;
  for (let i = 0; i < sorted.length; i += stride) {
    const [text, count] = sorted[i];
    looked += count;
    const pieces = cutText(text);
    if (!pieces || pieces.length < 3) continue;
    const key = skeletonOf(pieces);
    const same = clusters.get(key);
    if (same) place(same, pieces, count, isLines(text));
    else clusters.set(key, [newCluster(pieces, count, isLines(text))]);
  }
  const ranked = [...clusters.values()]
    .flat()
    .filter(({ count, words }) => count >= LEAST_EVENTS && words.length > 0)
    .sort((a, b) => b.count - a.count)
    .slice(0, MAX_TEMPLATES);
  const templates: TemplateSpec[] = [];
  let left = Math.min(MOST_TOKENS, Math.max(16, Math.floor(looked / EVENTS_PER_TOKEN)));
  let covered = 0;
  for (const cluster of ranked) {
    if (!saysEnough(cluster)) continue;
    const template = toTemplate(cluster, left);
    const tokens = 1 + template.slots.reduce((sum, { values }) => sum + (values.length > 0 ? values.length + 1 : 0), 0);
    if (tokens > left) continue;
    left -= tokens;
    covered += cluster.count;
    templates.push(template);
  }
  return covered >= LEAST_SHARE * looked ? { templates, free: looked - covered } : undefined;
}

/** A text that was made up of placeholders only says nothing of its own. */
const canHideNothing = (text: string): boolean => text.length > 0 && !(text.length === 1 && !canHide(text));

function newCluster(pieces: readonly string[], count: number, lines: boolean): Cluster {
  const words = pieces.filter((_, i) => i % 2 === 1);
  return {
    words: words.map((word) => (!lines && varies(word) ? '' : word)),
    separators: pieces.filter((_, i) => i % 2 === 0),
    count,
    seen: words.map((word) => new Map([[word, count]])),
  };
}

function place(clusters: Cluster[], pieces: readonly string[], count: number, lines: boolean): void {
  let best: Cluster | undefined;
  let most = -1;
  for (const cluster of clusters) {
    let equal = 0;
    let fixed = 0;
    cluster.words.forEach((word, i) => {
      const own = pieces[2 * i + 1];
      if (word === '' || (!lines && varies(own))) return;
      fixed++;
      if (word === own) equal++;
    });
    // Of a text of lines the names say what it is; its values may all differ.
    const likeness = fixed === 0 ? 1 : equal / fixed;
    if ((lines || likeness >= ALIKE) && likeness > most) [best, most] = [cluster, likeness];
  }
  if (!best) {
    if (clusters.length < MAX_PER_SKELETON) clusters.push(newCluster(pieces, count, lines));
    return;
  }
  best.count += count;
  best.words.forEach((word, i) => {
    const own = pieces[2 * i + 1];
    const seen = best.seen[i];
    seen.set(own, (seen.get(own) ?? 0) + count);
    if (word !== own) best.words[i] = '';
  });
}

function toTemplate({ words, separators, count, seen }: Cluster, left: number): TemplateSpec {
  const pieces = [separators[0]];
  const slots: SlotSpec[] = [];
  words.forEach((word, i) => {
    const fixed = fixedWord(word, seen[i]);
    pieces.push(fixed, separators[i + 1]);
    if (fixed === '') slots.push(toSlot(seen[i], count, Math.floor((left / words.length) * 0.5)));
  });
  return { pieces, count, slots };
}

/** A word with digits that is the same in all of the texts is fixed after all. */
const fixedWord = (word: string, seen: ReadonlyMap<string, number>): string => (seen.size === 1 ? [...seen.keys()][0] : word);
const lettersOf = (text: string): number => text.match(/\p{L}/gu)?.length ?? 0;

/** Whether enough stands fixed for the slots that words without digits have stood in: numbers are parameters, however many there are. */
function saysEnough({ words, separators, seen }: Cluster): boolean {
  const letters = separators.reduce((sum, text) => sum + lettersOf(text), 0) + words.reduce((sum, word, i) => sum + lettersOf(fixedWord(word, seen[i])), 0);
  const open = words.filter((word, i) => fixedWord(word, seen[i]) === '' && [...seen[i].keys()].some((own) => !varies(own))).length;
  return letters >= LEAST_FIXED * Math.max(1, open);
}

function toSlot(seen: ReadonlyMap<string, number>, count: number, most: number): SlotSpec {
  const ranked = [...seen].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  const frequent = ranked.filter(([, times]) => times >= LEAST_WORD).slice(0, Math.min(MAX_WORDS, Math.max(1, most)));
  const covered = frequent.reduce((sum, [, times]) => sum + times, 0);
  // Where hardly any word comes back, tokens for those that do say little.
  const values = covered >= 0.2 * count ? frequent.map(([word]) => word) : [];
  const others = ranked.slice(values.length).map(([word]) => word);
  const stride = Math.max(1, Math.floor(others.length / MAX_SAMPLES));
  const samples = others.filter((_, i) => i % stride === 0).slice(0, MAX_SAMPLES);
  return { values, rest: values.length > 0 ? count - covered : count, samples: samples.length > 0 ? samples : ranked.slice(0, 1).map(([word]) => word) };
}
