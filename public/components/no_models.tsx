import type { ReactNode } from 'react';
import { EuiEmptyPrompt } from '@elastic/eui';
import { i18n } from '@kbn/i18n';
import type { ModelCard } from '../../common';
import { useModels } from '../api/queries';
import { PATHS } from '../app/paths';
import { AppButton } from './app_link';
import { Needs } from './needs';
import { QueryState } from './query_state';

/** Where a page needs a model and there is none. */
export function NoModels() {
  return (
    <EuiEmptyPrompt
      iconType="machineLearningApp"
      title={<h2>{i18n.translate('lyrebird.noModels.title', { defaultMessage: 'No model yet' })}</h2>}
      body={<p>{i18n.translate('lyrebird.noModels.body', { defaultMessage: 'Train one on your own events first: a few minutes are enough for a start.' })}</p>}
      actions={
        <Needs capability="train">
          {(denied) => (
            <AppButton fill to={PATHS.train} isDisabled={denied} data-test-subj="lyrebirdNoModelsTrain">
              {i18n.translate('lyrebird.noModels.train', { defaultMessage: 'Train a model' })}
            </AppButton>
          )}
        </Needs>
      }
      data-test-subj="lyrebirdNoModels"
    />
  );
}

/** The models, where a page is of no use without one. */
export function WithModels({ children }: { children: (models: ModelCard[]) => ReactNode }) {
  const models = useModels();
  return (
    <QueryState query={models} errorTitle={i18n.translate('lyrebird.models.error', { defaultMessage: 'The models cannot be listed' })}>
      {(list) => (list.length === 0 ? <NoModels /> : children(list))}
    </QueryState>
  );
}
