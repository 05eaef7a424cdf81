import { EuiComboBox, EuiFormRow, EuiSpacer, EuiSwitch } from '@elastic/eui';
import { i18n } from '@kbn/i18n';
import { useMay } from '../../app/core_context';
import { formatCompact } from '../../components/format';
import { NumberRow } from '../../components/number_row';
import { labels, type PartProps } from './form_parts';
import { isAttack } from './generate_state';

const STARTING_NEWCOMERS = 10;

/** As whom: entities that the model knows, or new ones like them. */
export function WhoFields({ model, state, patch, invalid }: PartProps) {
  const newcomers = state.newEntities !== 0;
  const attacked = isAttack(state);
  return (
    <>
      <EuiFormRow
        fullWidth
        label={newcomers ? i18n.translate('lyrebird.generate.like', { defaultMessage: 'Like these entities' }) : i18n.translate('lyrebird.generate.entities', { defaultMessage: 'Entities' })}
        helpText={attacked ? i18n.translate('lyrebird.generate.entitiesAttacked', { defaultMessage: 'The attack goes into one entity’s stream: it alone is written.' }) : undefined}
        {...invalid('entities')}
      >
        <EuiComboBox
          fullWidth
          isDisabled={attacked}
          placeholder={
            newcomers
              ? i18n.translate('lyrebird.generate.likeAny', { defaultMessage: 'Any' })
              : i18n.translate('lyrebird.generate.allEntities', { defaultMessage: 'All, as active as they are' })
          }
          options={model.entities.map(({ name, events }) => ({ label: name, append: <span>{formatCompact(events)}</span> }))}
          selectedOptions={attacked ? [] : labels(state.entities)}
          onChange={(options) => patch({ entities: options.map(({ label }) => label) })}
          data-test-subj="lyrebirdGenerateEntities"
        />
      </EuiFormRow>
      <EuiSpacer size="s" />
      <EuiSwitch
        compressed
        disabled={attacked}
        label={i18n.translate('lyrebird.generate.newEntities', { defaultMessage: 'New entities, who never were' })}
        checked={newcomers && !attacked}
        onChange={({ target }) => patch({ newEntities: target.checked ? STARTING_NEWCOMERS : 0 })}
        data-test-subj="lyrebirdGenerateNewEntities"
      />
      <EuiSpacer size={newcomers ? 's' : 'm'} />
      {newcomers && !attacked && (
        <NumberRow
          label={i18n.translate('lyrebird.generate.newcomers', { defaultMessage: 'How many' })}
          compressed
          min={1}
          value={state.newEntities}
          // None at all is what the switch is for.
          onChange={(value) => patch({ newEntities: value || Number.NaN })}
          error={invalid('newEntities').error}
          data-test-subj="lyrebirdGenerateNewcomers"
        />
      )}
      {newcomers && <EuiSpacer size="m" />}
      {model.options.pseudonymised && <Reveal state={state} patch={patch} />}
    </>
  );
}

/** Of a model that learned pseudonyms: whether these or what they stand for is written. */
function Reveal({ state, patch }: Pick<PartProps, 'state' | 'patch'>) {
  const may = useMay('reveal');
  return (
    <>
      <EuiFormRow
        fullWidth
        helpText={
          may
            ? i18n.translate('lyrebird.generate.revealHelp', { defaultMessage: 'This model learned pseudonyms, and writes them. That they are mapped back is logged.' })
            : i18n.translate('lyrebird.generate.revealForbidden', { defaultMessage: 'This model learned pseudonyms, and writes them. Mapping them back needs a privilege that you do not have.' })
        }
      >
        <EuiSwitch
          compressed
          label={i18n.translate('lyrebird.generate.reveal', { defaultMessage: 'Real identifiers instead of pseudonyms' })}
          checked={state.reveal}
          disabled={!may}
          onChange={({ target }) => patch({ reveal: target.checked })}
          data-test-subj="lyrebirdGenerateReveal"
        />
      </EuiFormRow>
      <EuiSpacer size="m" />
    </>
  );
}
