import type { LogHit } from '../../../common';
import type { DatasetReader } from '../../../models/dataset';

/** Events as a dataset. */
export const datasetOf = (hits: readonly LogHit[], source = 'test'): DatasetReader => ({
  source,
  skipped: {},
  async *hits() {
    yield* hits;
  },
});
