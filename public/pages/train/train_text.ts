import { i18n } from '@kbn/i18n';
import type { ModelCard } from '../../../common';

interface Choice {
  label: string;
  trade: string;
}

export const SIZE_TEXT: Record<ModelCard['size'], Choice> = {
  tiny: {
    label: i18n.translate('lyrebird.train.size.tiny', { defaultMessage: 'Tiny' }),
    trade: i18n.translate('lyrebird.train.size.tinyTrade', { defaultMessage: 'A first look within a minute or two. Knows habits, misses finer patterns.' }),
  },
  small: {
    label: i18n.translate('lyrebird.train.size.small', { defaultMessage: 'Small' }),
    trade: i18n.translate('lyrebird.train.size.smallTrade', { defaultMessage: 'A good start: minutes on two cores for some hundred thousand events.' }),
  },
  medium: {
    label: i18n.translate('lyrebird.train.size.medium', { defaultMessage: 'Medium' }),
    trade: i18n.translate('lyrebird.train.size.mediumTrade', { defaultMessage: 'Sees twice as far back and finer patterns; takes several times as long, and a million events or more to be worth it.' }),
  },
  large: {
    label: i18n.translate('lyrebird.train.size.large', { defaultMessage: 'Large' }),
    trade: i18n.translate('lyrebird.train.size.largeTrade', { defaultMessage: 'For many millions of events and a graphics card; hours on a processor.' }),
  },
};

export const TOKENIZER_TEXT: Record<ModelCard['tokenizer'], Choice> = {
  field: {
    label: i18n.translate('lyrebird.train.tokenizer.field', { defaultMessage: 'By field' }),
    trade: i18n.translate('lyrebird.train.tokenizer.fieldTrade', { defaultMessage: 'Learns each field’s kind and what follows from what: always valid events, about 20 tokens each.' }),
  },
  bpe: {
    label: i18n.translate('lyrebird.train.tokenizer.bpe', { defaultMessage: 'By sub-word' }),
    trade: i18n.translate('lyrebird.train.tokenizer.bpeTrade', { defaultMessage: 'The event’s text in pieces: for logs without structure. Much slower; may write malformed events.' }),
  },
  char: {
    label: i18n.translate('lyrebird.train.tokenizer.char', { defaultMessage: 'By character' }),
    trade: i18n.translate('lyrebird.train.tokenizer.charTrade', { defaultMessage: 'The event’s text letter by letter: a yardstick to compare with. Slowest.' }),
  },
};

const KINDS: Record<string, string> = {
  constant: i18n.translate('lyrebird.field.constant', { defaultMessage: 'Always the same' }),
  determined: i18n.translate('lyrebird.field.determined', { defaultMessage: 'Follows from other fields' }),
  copy: i18n.translate('lyrebird.field.copy', { defaultMessage: 'Copy of another field' }),
  categorical: i18n.translate('lyrebird.field.categorical', { defaultMessage: 'Category' }),
  number: i18n.translate('lyrebird.field.number', { defaultMessage: 'Number' }),
  time: i18n.translate('lyrebird.field.time', { defaultMessage: 'Time' }),
  ip: i18n.translate('lyrebird.field.ip', { defaultMessage: 'IP address' }),
  id: i18n.translate('lyrebird.field.id', { defaultMessage: 'Identifier' }),
  text: i18n.translate('lyrebird.field.text', { defaultMessage: 'Text' }),
};
/** A kind that this version does not know is shown by its key. */
export const fieldKindLabel = (kind: string): string => KINDS[kind] ?? kind;
