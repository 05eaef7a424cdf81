import { EuiBasicTable, EuiCallOut, EuiSpacer, EuiText, EuiTitle } from '@elastic/eui';
import { i18n } from '@kbn/i18n';
import type { AugmentCard, AugmentFigures } from '../../../common';
import { formatCount, formatDay, formatNumber } from '../../components/format';

type AtThreshold = AugmentFigures['at'][number];

const THRESHOLDS: Record<AtThreshold['name'], string> = {
  score_99: i18n.translate('lyrebird.augment.score99', { defaultMessage: 'Score of 99 or more' }),
  one_in_100: i18n.translate('lyrebird.augment.oneIn100', { defaultMessage: 'What one normal event in 100 exceeded before' }),
  one_in_1000: i18n.translate('lyrebird.augment.oneIn1000', { defaultMessage: 'What one normal event in 1,000 exceeded before' }),
};

/** Rows of a model's card about whom synthetic events were written for. */
export function augmentRows({ base, chosen, without_peers, added, at_most }: AugmentCard): Array<[string, string]> {
  return [
    [i18n.translate('lyrebird.augment.base', { defaultMessage: 'Augmented from' }), base.name],
    [
      i18n.translate('lyrebird.augment.added', { defaultMessage: 'Synthetic events' }),
      i18n.translate('lyrebird.augment.addedText', {
        defaultMessage: '{added} for {entities, plural, one {# entity} other {# entities}} with at most {atMost} events',
        values: { added: formatCount(added), entities: chosen - without_peers, atMost: formatCount(at_most) },
      }),
    ],
  ];
}

/** Whether the new model finds less of the attacks at any threshold. */
export const recallFell = ({ at }: AugmentFigures): boolean => at.some(({ attack_events, attacks }) => attack_events.after < attack_events.before || attacks.after < attacks.before);

/** What both models report of the same held-out events. */
export function AugmentComparison({ augment: { comparison } }: { augment: AugmentCard }) {
  if (!comparison) return null;
  const { chosen, all, from, to } = comparison;
  const hasAttacks = all.attack_events > 0;
  const change = (counts: { before: number; after: number }, of: number) =>
    i18n.translate('lyrebird.augment.change', { defaultMessage: '{before} → {after} of {of}', values: { before: formatCount(counts.before), after: formatCount(counts.after), of: formatCount(of) } });
  const theirs = (name: AtThreshold['name']) => chosen.at.find((one) => one.name === name)!.false_positives;
  return (
    <>
      <EuiTitle size="xxs">
        <h3>{i18n.translate('lyrebird.augment.comparison', { defaultMessage: 'Before and after' })}</h3>
      </EuiTitle>
      <EuiText size="xs" color="subdued">
        <p>
          {i18n.translate('lyrebird.augment.comparisonHelp', {
            defaultMessage: 'What the base and this model report of the events from {from} to {to}, which neither has learned. Beyond the same score the two need not be equally strict: look at attacks and normal events together.',
            values: { from: formatDay(from), to: formatDay(to) },
          })}
        </p>
      </EuiText>
      <EuiSpacer size="s" />
      <EuiBasicTable
        items={all.at}
        compressed
        tableCaption={i18n.translate('lyrebird.augment.caption', { defaultMessage: 'Events reported before and after' })}
        columns={[
          {
            name: i18n.translate('lyrebird.augment.threshold', { defaultMessage: 'Reported' }),
            render: ({ name, threshold }: AtThreshold) => `${THRESHOLDS[name]}${name === 'score_99' ? '' : ` (${formatNumber(threshold, 2)})`}`,
            width: '28%',
          },
          { name: i18n.translate('lyrebird.augment.theirs', { defaultMessage: 'Normal, of newcomers' }), render: ({ name }: AtThreshold) => change(theirs(name), chosen.normal) },
          { name: i18n.translate('lyrebird.augment.normal', { defaultMessage: 'Normal, of all' }), render: ({ false_positives }: AtThreshold) => change(false_positives, all.normal) },
          ...(hasAttacks
            ? [
                { name: i18n.translate('lyrebird.augment.attacks', { defaultMessage: 'Attacks’ events' }), render: ({ attack_events }: AtThreshold) => change(attack_events, all.attack_events) },
                {
                  name: i18n.translate('lyrebird.augment.asMany', { defaultMessage: 'Normal, of all, where as many attacks’ events are found' }),
                  render: ({ false_positives: { before }, as_many_found: found }: AtThreshold) => (found ? change({ before, after: found.false_positives }, all.normal) : '–'),
                },
              ]
            : []),
        ]}
        data-test-subj="lyrebirdAugmentComparison"
      />
      <EuiSpacer size="s" />
      {!hasAttacks && (
        <EuiText size="xs" color="subdued">
          <p>{i18n.translate('lyrebird.augment.noAttacks', { defaultMessage: 'No event is labelled as an attack, so it is not known whether attacks are found as before.' })}</p>
        </EuiText>
      )}
      {hasAttacks && recallFell(all) && (
        <EuiCallOut
          size="s"
          color="warning"
          iconType="warning"
          title={i18n.translate('lyrebird.augment.recallFell', { defaultMessage: 'At a threshold, fewer attacks are found than before' })}
          data-test-subj="lyrebirdAugmentRecallFell"
        />
      )}
      <EuiSpacer />
    </>
  );
}
