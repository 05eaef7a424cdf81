import { seededUniform } from '../gpt';
import type { TokenFile } from './token_files';

/**
 * Cuts a file into windows of `context` records: each begins at the last event start that the window before it still
 * reaches, so that nothing is left out and windows begin as streams do, with a whole event. Within an event longer than the
 * context they follow each other without a gap. The first window counts as `first` records long, which shifts the others.
 */
export function windowStarts(file: Pick<TokenFile, 'records' | 'eventStarts'>, context: number, first = context): Uint32Array {
  const windows: number[] = [];
  let last = 0;
  let limit = 0;
  let candidate: number | undefined;
  const begin = (start: number) => {
    windows.push(start);
    last = start;
    limit = start + context;
    candidate = undefined;
  };
  for (const start of file.eventStarts()) {
    if (windows.length === 0) {
      begin(start);
      limit = start + first;
      continue;
    }
    while (start > limit) begin(candidate ?? Math.min(start, last + context));
    if (start > last) candidate = start;
  }
  if (windows.length > 0) while (last + context < file.records) begin(candidate ?? last + context);
  return Uint32Array.from(windows);
}

/** `count` of the windows, spread evenly: the same ones at every measurement. */
export function spread(windows: Uint32Array, count: number): Uint32Array {
  if (windows.length <= count) return windows;
  return Uint32Array.from({ length: count }, (_, i) => windows[Math.floor((i * windows.length) / count)]);
}

export interface Window {
  /** First record. */
  start: number;
  /** Records that belong to it. Default: a whole context. */
  length?: number;
  /** The entity is shown as 0, unknown. */
  hideEntity?: boolean;
  /** Former tokens are shown as BOS, none. */
  hideFormer?: boolean;
}

export interface SamplerState {
  epoch: number;
  /** Windows of the epoch taken so far. */
  position: number;
}

/** What a window hides, as bits. */
const ENTITY = 1;
const FORMER = 2;

/** Windows without replacement: each epoch cuts the file anew at another phase and shuffles. Seed and state decide everything. */
export class WindowSampler {
  private order: Uint32Array = new Uint32Array(0);
  private hidden: Uint8Array = new Uint8Array(0);
  private epoch: number;
  private position: number;

  constructor(
    private readonly file: TokenFile,
    private readonly options: { context: number; seed: number; entityDropout: number; formerDropout: number },
    state: SamplerState = { epoch: 0, position: 0 }
  ) {
    this.epoch = state.epoch;
    this.position = state.position;
    this.shuffle();
  }

  get state(): SamplerState {
    return { epoch: this.epoch, position: this.position };
  }

  private shuffle(): void {
    const { context, seed, entityDropout, formerDropout } = this.options;
    // Multiplying by an odd constant spreads seeds and epochs over the generator's 32 bits.
    const uniform = seededUniform(Math.imul(seed, 0x9e3779b1) ^ Math.imul(this.epoch + 1, 0x85ebca6b));
    const first = 1 + Math.floor(uniform() * context);
    this.order = windowStarts(this.file, context, first);
    for (let i = this.order.length - 1; i > 0; i--) {
      const j = Math.floor(uniform() * (i + 1));
      [this.order[i], this.order[j]] = [this.order[j], this.order[i]];
    }
    this.hidden = Uint8Array.from(this.order, () => (uniform() < entityDropout ? ENTITY : 0) | (uniform() < formerDropout ? FORMER : 0));
  }

  next(): Window {
    if (this.position >= this.order.length) {
      this.epoch += 1;
      this.position = 0;
      this.shuffle();
    }
    const i = this.position++;
    return { start: this.order[i], hideEntity: (this.hidden[i] & ENTITY) !== 0, hideFormer: (this.hidden[i] & FORMER) !== 0 };
  }
}
