import type { TokenFile } from '../token_files';
import { RECORD } from '../types';
import type { Window } from '../windows';

/** Records read at a time. */
const CHUNK = 1 << 15;

/**
 * The file as examples of at most `context` records that share nothing: each is whole events of one stream (an event longer than that is
 * cut). They stay the same for the whole training, so that adding or removing one changes one term of each sum.
 */
export function disjointExamples(file: TokenFile, bos: number, context: number): Window[] {
  const examples: Window[] = [];
  const starts = [...file.eventStarts()];
  const opens = streamOpenings(file, bos);
  let opening = 0;
  let from: number | undefined;
  let end = 0;
  const close = () => {
    if (from !== undefined) for (let at = from; at < end; at += context) examples.push({ start: at, length: Math.min(context, end - at), hideEntity: false });
    from = undefined;
  };
  starts.forEach((start, i) => {
    while (opening < opens.length && opens[opening] < start) opening += 1;
    const next = Math.min(starts[i + 1] ?? file.records, opens[opening] ?? file.records);
    // A BOS record lies between the streams, so an event that begins where the last one ended is of the same one.
    if (from !== undefined && (start !== end || next - from > context)) close();
    from ??= start;
    end = next;
  });
  close();
  return examples;
}

/** Places of the BOS records. */
function streamOpenings(file: TokenFile, bos: number): number[] {
  const found: number[] = [];
  for (let at = 0; at < file.records; at += CHUNK) {
    const records = file.read(at, CHUNK);
    for (let i = 0; i < records.length; i += RECORD) if (records[i] === bos) found.push(at + i / RECORD);
  }
  return found;
}
