import { EuiConfirmModal, EuiSpacer } from '@elastic/eui';
import { i18n } from '@kbn/i18n';
import type { ModelCard } from '../../../common';
import { useDeleteModel } from '../../api/queries';
import { useCore } from '../../app/core_context';
import { ErrorCallout } from '../../components/error_callout';

/** Asks before a model is gone for good. */
export function DeleteModel({ model, onClose }: { model: ModelCard; onClose(): void }) {
  const { toasts } = useCore().notifications;
  const remove = useDeleteModel(() => {
    toasts.addSuccess(i18n.translate('lyrebird.delete.done', { defaultMessage: 'Deleted {name}', values: { name: model.name } }));
    onClose();
  });
  const title = i18n.translate('lyrebird.delete.title', { defaultMessage: 'Delete {name}?', values: { name: model.name } });
  return (
    <EuiConfirmModal
      title={title}
      aria-label={title}
      onCancel={onClose}
      onConfirm={() => remove.mutate(model.id)}
      isLoading={remove.isLoading}
      buttonColor="danger"
      cancelButtonText={i18n.translate('lyrebird.delete.cancel', { defaultMessage: 'Keep it' })}
      confirmButtonText={i18n.translate('lyrebird.delete.confirm', { defaultMessage: 'Delete the model' })}
      defaultFocusedButton="cancel"
      data-test-subj="lyrebirdDeleteModel"
    >
      <p>
        {i18n.translate('lyrebird.delete.text', {
          defaultMessage: 'What it learned is gone then. Events that it wrote and anomalies that it found stay where they are.',
        })}
      </p>
      {remove.isError && (
        <>
          <EuiSpacer size="m" />
          <ErrorCallout title={i18n.translate('lyrebird.delete.failed', { defaultMessage: 'The model was not deleted' })} error={remove.error} />
        </>
      )}
    </EuiConfirmModal>
  );
}
