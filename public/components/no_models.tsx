import { EuiEmptyPrompt } from '@elastic/eui';
import { i18n } from '@kbn/i18n';
import { PATHS } from '../app/paths';
import { AppButton } from './app_link';

/** Where a page needs a model and there is none. */
export function NoModels() {
  return (
    <EuiEmptyPrompt
      iconType="machineLearningApp"
      title={<h2>{i18n.translate('lyrebird.noModels.title', { defaultMessage: 'No model yet' })}</h2>}
      body={<p>{i18n.translate('lyrebird.noModels.body', { defaultMessage: 'Train one on your own events first: a few minutes are enough for a start.' })}</p>}
      actions={
        <AppButton fill to={PATHS.train} data-test-subj="lyrebirdNoModelsTrain">
          {i18n.translate('lyrebird.noModels.train', { defaultMessage: 'Train a model' })}
        </AppButton>
      }
      data-test-subj="lyrebirdNoModels"
    />
  );
}
