export { syncFolder, writeFileAtomic } from './atomic_file';
export { addCounts, count, parseHit, type SkipReason } from './hit';
export { MAX_LINE_BYTES, splitLines, type Line } from './lines';
export { logFilesReader, logFilesSize, readLogFiles, type LogFileOptions } from './log_files';
export { decompress, limitBytes } from './part';
export { DatasetStore, MAX_PART_BYTES, type WritePartOptions } from './store';
export type { DatasetReader } from './types';
