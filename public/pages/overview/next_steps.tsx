import { EuiSpacer, EuiSteps, EuiText } from '@elastic/eui';
import { i18n } from '@kbn/i18n';
import type { Status } from '../../../common';
import { useMay, type Capability } from '../../app/core_context';
import { PATHS } from '../../app/paths';
import { AppButton, AppButtonEmpty } from '../../components/app_link';
import { Needs } from '../../components/needs';

/** Train, generate, score: what is done, and what comes next. */
export function NextSteps({ status }: { status: Status }) {
  const done = [status.models > 0, status.synthetic_events > 0, status.anomaly_records > 0];
  const next = done.indexOf(false);
  const may: Record<Exclude<Capability, 'reveal'>, boolean> = { train: useMay('train'), generate: useMay('generate'), score: useMay('score') };
  // `readable`: the page has something for those, too, who may not do it.
  const steps = [
    {
      title: i18n.translate('lyrebird.steps.train', { defaultMessage: 'Train a model on your events' }),
      text: i18n.translate('lyrebird.steps.trainText', { defaultMessage: 'Choose a data stream and who acts in it. Three minutes on two cores are a good start.' }),
      action: i18n.translate('lyrebird.steps.trainAction', { defaultMessage: 'Train' }),
      again: i18n.translate('lyrebird.steps.trainAgain', { defaultMessage: 'Train another' }),
      to: PATHS.train,
      capability: 'train' as const,
      readable: false,
      subject: 'lyrebirdStepTrain',
    },
    {
      title: i18n.translate('lyrebird.steps.generate', { defaultMessage: 'Generate events like them' }),
      text: i18n.translate('lyrebird.steps.generateText', { defaultMessage: 'See what the model writes, then write as many as you need into an index of their own.' }),
      action: i18n.translate('lyrebird.steps.generateAction', { defaultMessage: 'Generate' }),
      again: i18n.translate('lyrebird.steps.generateAgain', { defaultMessage: 'Generate more' }),
      to: PATHS.generate,
      capability: 'generate' as const,
      readable: false,
      subject: 'lyrebirdStepGenerate',
    },
    {
      title: i18n.translate('lyrebird.steps.score', { defaultMessage: 'Score events and see which do not belong' }),
      text: i18n.translate('lyrebird.steps.scoreText', { defaultMessage: 'Each comes with the fields that surprised and what was expected instead.' }),
      action: i18n.translate('lyrebird.steps.scoreAction', { defaultMessage: 'Score' }),
      again: i18n.translate('lyrebird.steps.scoreAgain', { defaultMessage: 'See all anomalies' }),
      to: PATHS.anomalies,
      capability: 'score' as const,
      readable: true,
      subject: 'lyrebirdStepScore',
    },
  ];
  return (
    <EuiSteps
      titleSize="xs"
      headingElement="h3"
      steps={steps.map(({ title, text, action, again, to, subject, capability, readable }, i) => ({
        title,
        status: done[i] ? 'complete' : i === next ? 'current' : 'incomplete',
        children: (
          <>
            <EuiText size="s" color="subdued">
              <p>{text}</p>
            </EuiText>
            <EuiSpacer size="s" />
            {i === next ? (
              <Needs capability={capability}>
                {(denied) => (
                  <AppButton fill to={to} isDisabled={denied} data-test-subj={subject}>
                    {action}
                  </AppButton>
                )}
              </Needs>
            ) : (
              done[i] &&
              (readable || may[capability]) && (
                <AppButtonEmpty to={to} flush="left" data-test-subj={subject}>
                  {again}
                </AppButtonEmpty>
              )
            )}
          </>
        ),
      }))}
    />
  );
}
