import type { LogHit } from '../common';
import type { DatasetReader } from '../models/dataset';
import { indexOf, simulate } from '../simulator';
import type { SimulateOptions } from '../simulator';

/** The sample organisation's events as an index has them. */
export const sampleHits = (options: SimulateOptions): LogHit[] => [...simulate(options)].map(({ _id, dataset, _source }) => ({ _id, _index: indexOf(dataset), _source }));

export const readerOf = (hits: readonly LogHit[]): DatasetReader => ({
  source: 'sample organisation',
  skipped: {},
  async *hits() {
    yield* hits;
  },
});
