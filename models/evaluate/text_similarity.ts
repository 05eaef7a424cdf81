import type { Rows } from './corpus';
import type { Field } from './schema';
import { NULL } from './table';

/** Events as bags of words: what their values say, without ids and times. */
class Words {
  private readonly ids = new Map<string, number>();
  /** Words of each value, per field and code. */
  private readonly cache = new Map<Field, Array<readonly number[] | undefined>>();

  constructor(private readonly fields: readonly Field[]) {}

  bag(row: number): Map<number, number> {
    const bag = new Map<number, number>();
    for (const field of this.fields) {
      const code = field.column.at(row);
      if (code <= NULL) continue;
      for (const word of this.wordsOf(field, code)) bag.set(word, (bag.get(word) ?? 0) + 1);
    }
    return bag;
  }

  private wordsOf(field: Field, code: number): readonly number[] {
    let byCode = this.cache.get(field);
    if (byCode === undefined) this.cache.set(field, (byCode = []));
    return (byCode[code] ??= (String(field.column.values[code]).toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []).map((word) => {
      const id = this.ids.get(word) ?? this.ids.size;
      this.ids.set(word, id);
      return id;
    }));
  }
}

/**
 * How alike each event is to the training event most like it: ROUGE-1 (F1 of the words in common, Lin 2004) and cosine of
 * the word counts. Means over the rows; null without any.
 */
export function nearestText(fields: readonly Field[], rows: Rows, train: Rows): { rouge1: number | null; cosine: number | null } {
  if (rows.length === 0 || train.length === 0) return { rouge1: null, cosine: null };
  const words = new Words(fields.filter(({ kind }) => kind !== 'id' && kind !== 'time'));
  // Word -> training events that have it: [event, count, event, count, …].
  const index = new Map<number, number[]>();
  const lengths = new Float64Array(train.length);
  const norms = new Float64Array(train.length);
  train.forEach((row, i) => {
    for (const [word, count] of words.bag(row)) {
      const postings = index.get(word) ?? index.set(word, []).get(word)!;
      postings.push(i, count);
      lengths[i] += count;
      norms[i] += count * count;
    }
  });
  let [rouge, cosine] = [0, 0];
  const common = new Float64Array(train.length);
  const product = new Float64Array(train.length);
  for (const row of rows) {
    common.fill(0);
    product.fill(0);
    let [length, norm] = [0, 0];
    for (const [word, count] of words.bag(row)) {
      length += count;
      norm += count * count;
      const postings = index.get(word);
      if (postings === undefined) continue;
      for (let k = 0; k < postings.length; k += 2) {
        common[postings[k]] += Math.min(count, postings[k + 1]);
        product[postings[k]] += count * postings[k + 1];
      }
    }
    let [bestRouge, bestCosine] = [0, 0];
    for (let i = 0; i < train.length; i++) {
      // 2PR / (P + R) with P = common / length, R = common / lengths[i].
      bestRouge = Math.max(bestRouge, (2 * common[i]) / Math.max(1, length + lengths[i]));
      bestCosine = Math.max(bestCosine, product[i] / Math.max(1, Math.sqrt(norm * norms[i])));
    }
    rouge += bestRouge;
    cosine += bestCosine;
  }
  return { rouge1: rouge / rows.length, cosine: cosine / rows.length };
}
