import { EuiBadge, EuiButton, EuiCallOut, EuiSpacer, EuiText, EuiToolTip } from '@elastic/eui';
import { i18n } from '@kbn/i18n';
import type { ModelAge } from '../../../common';
import { formatCount, formatDay, formatNumber, formatProbability } from '../../components/format';
import { Needs } from '../../components/needs';

/** In a word, beside the model's name: nothing while the model knows today's events as it knew those of its training. */
export function AgedBadge({ age }: { age: ModelAge | undefined }) {
  if (!age?.aged) return null;
  return (
    <EuiToolTip content={shortly(age)}>
      <EuiBadge color="warning" iconType="clock" tabIndex={0} data-test-subj="lyrebirdModelAged">
        {i18n.translate('lyrebird.age.badge', { defaultMessage: 'Aged' })}
      </EuiBadge>
    </EuiToolTip>
  );
}

const shortly = ({ high_share }: ModelAge): string =>
  i18n.translate('lyrebird.age.short', {
    defaultMessage: 'Of the events scored since training {share} score 99 or more, where 1% should. Train the model again.',
    values: { share: formatProbability(high_share) },
  });

/** What the events that were scored since training say of the model, and which fields are no longer what they were. */
export function ModelAgeCallout({ age, onRetrain }: { age: ModelAge; onRetrain?: () => void }) {
  const title = age.aged
    ? i18n.translate('lyrebird.age.aged', { defaultMessage: 'This model has aged: train it again' })
    : i18n.translate('lyrebird.age.fresh', { defaultMessage: 'Events are still as this model learned them' });
  return (
    <>
      <EuiCallOut title={title} size="s" color={age.aged ? 'warning' : 'success'} iconType={age.aged ? 'clock' : 'check'} announceOnMount={false} data-test-subj="lyrebirdModelAge">
        <EuiText size="s">
          <p>
            {i18n.translate('lyrebird.age.events', {
              defaultMessage: '{events} events scored since training, of {from} to {to}: {share} score 99 or more (1% when the model was new), and an event tells {surprisal} nats ({expected} when it was new).',
              values: {
                events: formatCount(age.events),
                from: formatDay(age.from),
                to: formatDay(age.to),
                share: formatProbability(age.high_share),
                surprisal: formatNumber(age.surprisal, 1),
                expected: formatNumber(age.expected_surprisal, 1),
              },
            })}
          </p>
          {age.entities.judged > 0 && (
            <p>
              {i18n.translate('lyrebird.age.entities', {
                defaultMessage: 'High scores come three times as often as they should to {raised} of {judged} entities.',
                values: { raised: formatCount(age.entities.raised), judged: formatCount(age.entities.judged) },
              })}
            </p>
          )}
          {age.fields.length > 0 && (
            <>
              <p>{i18n.translate('lyrebird.age.fields', { defaultMessage: 'Fields that surprise more than they did:' })}</p>
              <ul data-test-subj="lyrebirdModelAgeFields">
                {age.fields.map(({ log_type, path, surprisal, expected }) => (
                  <li key={`${log_type} ${path}`}>
                    {i18n.translate('lyrebird.age.field', {
                      defaultMessage: '{path} ({type}): {surprisal} nats instead of {expected}',
                      values: { path, type: log_type, surprisal: formatNumber(surprisal, 2), expected: formatNumber(expected, 2) },
                      ignoreTag: true,
                    })}
                  </li>
                ))}
              </ul>
            </>
          )}
        </EuiText>
        {age.aged && onRetrain && (
          <>
            <EuiSpacer size="s" />
            <Needs capability="train">
              {(denied) => (
                <EuiButton size="s" color="warning" iconType="refresh" isDisabled={denied} onClick={onRetrain} data-test-subj="lyrebirdModelAgeRetrain">
                  {i18n.translate('lyrebird.age.retrain', { defaultMessage: 'Train again' })}
                </EuiButton>
              )}
            </Needs>
          </>
        )}
      </EuiCallOut>
      <EuiSpacer />
    </>
  );
}
