import { LyrebirdError, type AugmentOptions, type ModelCard } from '../../common';
import type { DatasetReader } from '../dataset';
import { Calibration } from '../score';
import { choose, littleOf, type Chosen } from './choose';
import { Looks } from './guise';
import { readHits, splitTime, type Reading } from './held_out';
import { Survey } from './survey';
import type { WritingPlan } from './write';

/** What the reading of the events leaves for the other stages. */
export interface AugmentPlan {
  /** Events from here on judge, ms. */
  heldoutFrom: number;
  atMost: number;
  chosen: Chosen[];
  writing: WritingPlan;
}

/**
 * Reads the events three times: from when on they judge, who has little history until then and who is like them, and what those look like. The rest is known
 * from the model.
 *
 * @throws as `choose`; LYREBIRD_TOO_FEW_EVENTS when the events that the base learned are not all there
 */
export async function planAugment(dataset: DatasetReader, reading: Reading, card: ModelCard, calibration: Calibration, options: AugmentOptions): Promise<AugmentPlan> {
  const { from: heldoutFrom, learned } = await splitTime(dataset, reading, card);
  const wanted = card.events.train + card.events.heldout;
  if (learned < LEAST_LEARNED * wanted) {
    throw new LyrebirdError(
      'LYREBIRD_TOO_FEW_EVENTS',
      `"${dataset.source}" has ${learned} of the ${wanted} events that "${card.name}" was trained on (until ${card.time_range.to}).`,
      'Give the events that it was trained on, and later ones if there are any: it is trained anew with them.'
    );
  }
  const survey = new Survey(new Set(calibration.history.rarity.keys()), options.where);
  for await (const { hit, event, label } of readHits(dataset, reading)) if (label === undefined && event.time < heldoutFrom) survey.add(event, hit);
  const chosen = choose(survey, new Set(card.entities.map(({ name }) => name)), options);
  const looks = new Map(chosen.map(({ name }) => [name, new Looks()]));
  for await (const { event, label } of readHits(dataset, reading)) if (label === undefined && event.time < heldoutFrom) looks.get(event.entity)?.add(event);

  const median = survey.median();
  // What is written for the training must not lie among what is held out of it.
  const to = Math.min(heldoutFrom, card.heldout_from === undefined ? Infinity : Date.parse(card.heldout_from));
  // Who has been there all along, if seldom, is given events between those that he has.
  const middle = survey.from + (to - survey.from) / 2;
  const begins = new Map(chosen.map(({ name }) => [name, survey.entities.get(name)!.first] as const).map(([name, first]) => [name, first > middle ? Math.min(first, to) : to]));
  return {
    heldoutFrom,
    atMost: littleOf(survey, options),
    chosen,
    writing: {
      chosen,
      looks,
      begins,
      from: survey.from,
      to,
      perEntity: new Map(chosen.map(({ name, events }) => [name, options.per_entity ?? Math.max(0, median - events)])),
      indices: survey.indices,
      seed: options.seed,
    },
  };
}

/** Share of the base's events that must be there: a few may have been deleted since. */
const LEAST_LEARNED = 0.9;
