import type { LogHit, Skipped } from '../../common';

/** Events on the node's disk: `dataset.json` and gzipped NDJSON parts. Reading is a stream; memory stays flat. */
export interface DatasetReader {
  readonly source: string;
  /** All events in the order they came. Bad lines are counted in `skipped` by reason and left out. */
  hits(): AsyncGenerator<LogHit>;
  readonly skipped: Skipped;
}
