import { extendFieldCodec } from './fit/extend';
import { originOfTokens, type Origin } from './origin';
import type { CodecSpec } from './spec';
import type { PreparedEvent } from './types';

export type { Origin } from './origin';

/**
 * A stored codec that can also write these attacks: see `extendFieldCodec`. Raw tokenisers, which write anything, only learn the names of
 * the techniques.
 *
 * @param attacks events of one technique and entity each, in time order
 */
export function extendCodec(json: unknown, attacks: ReadonlyArray<readonly PreparedEvent[]>): unknown {
  const spec = json as CodecSpec;
  const found = [...new Set(attacks.flat().flatMap(({ technique }) => technique ?? []))].sort();
  const techniques = [...spec.techniques, ...found.filter((id) => !spec.techniques.includes(id))];
  return spec.kind === 'field' ? extendFieldCodec({ ...spec, techniques }, attacks) : { ...spec, techniques };
}

/** Where the tokens and field ids of an extended codec come from; undefined when they are its base's. */
export function originOf(base: unknown, extended: unknown): Origin | undefined {
  const [from, to] = [base as CodecSpec, extended as CodecSpec];
  return from.kind === 'field' && to.kind === 'field' ? originOfTokens(from, to) : undefined;
}
