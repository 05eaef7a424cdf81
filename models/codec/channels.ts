import type { Codec, Position, SideSizes } from './types';

/** Sizes of the channels that have rows of their own, in the order in which a model has them. The former token comes after them. */
export const sideSizes = ({ field, entity, slot, weekday, place, technique }: Omit<SideSizes, 'former'>): number[] => [field, entity, slot, weekday, place, technique];

/** 0 for none, and for one that the codec does not know. */
export const techniqueId = ({ techniques }: Pick<Codec, 'techniques'>, technique: string | undefined): number => (technique === undefined ? 0 : Math.max(0, techniques.indexOf(technique, 1)));

/** Writes the channels of a position from `at` on: six, and the former token after them. */
export function setChannels(into: Int32Array | number[], at: number, position: Position, whose: { entity: number; technique: number }, former: boolean): void {
  into[at] = position.field;
  into[at + 1] = whose.entity;
  into[at + 2] = position.slot;
  into[at + 3] = position.weekday;
  into[at + 4] = position.place;
  into[at + 5] = whose.technique;
  if (former) into[at + 6] = position.former;
}
