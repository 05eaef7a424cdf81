import { z } from 'zod';
import type { TokenFile } from './token_files';
import { WindowSampler, type Window } from './windows';

const positionSchema = z.object({ epoch: z.number().int(), position: z.number().int() });

/** State of a sampler between two runs; `replay` is there for mixtures only. */
export const mixtureStateSchema = positionSchema.extend({ replay: positionSchema.extend({ drawn: z.number().int() }).optional() });
export type MixtureState = z.infer<typeof mixtureStateSchema>;

/** A window and the file that it lies in. */
export interface Draw {
  file: TokenFile;
  window: Window;
}

/**
 * Draws windows of one file, or of two in a fixed proportion: `share` of them from the replayed file, evenly spread, so that every batch
 * holds both. Replaying what a model knew while it learns something new keeps it from forgetting (Robins, 1995).
 */
export class Mixture {
  private readonly main: WindowSampler;
  private readonly other?: WindowSampler;
  /** Windows drawn so far, of both. */
  private drawn: number;

  constructor(
    private readonly file: TokenFile,
    private readonly replay: { file: TokenFile; share: number } | undefined,
    options: { context: number; seed: number; entityDropout: number; formerDropout: number },
    state?: MixtureState
  ) {
    this.main = new WindowSampler(file, options, state && { epoch: state.epoch, position: state.position });
    this.drawn = state?.replay?.drawn ?? 0;
    // Another seed: otherwise two files of one size would be walked through in the same order.
    if (replay) this.other = new WindowSampler(replay.file, { ...options, seed: options.seed ^ 0x5bd1e995 }, state?.replay && { epoch: state.replay.epoch, position: state.replay.position });
  }

  get state(): MixtureState {
    return this.other ? { ...this.main.state, replay: { ...this.other.state, drawn: this.drawn } } : this.main.state;
  }

  next(): Draw {
    if (!this.other || !this.replay) return { file: this.file, window: this.main.next() };
    const { share, file } = this.replay;
    const replays = Math.floor((this.drawn + 1) * share) > Math.floor(this.drawn * share);
    this.drawn += 1;
    return replays ? { file, window: this.other.next() } : { file: this.file, window: this.main.next() };
  }
}
