import { useEffect } from 'react';
import { EuiComboBox, EuiFormRow, EuiSpacer, EuiSwitch, EuiText, EuiToolTip, type EuiComboBoxOptionOption } from '@elastic/eui';
import { i18n } from '@kbn/i18n';
import type { IdentifierFields } from '../../../common';
import { toAppError } from '../../api/errors';
import { useFields, useIdentifierFields } from '../../api/queries';
import { sourceProblem, toSource, type SourceState } from '../../components/source_state';
import type { TrainState } from './train_state';

type Holds = IdentifierFields['fields'][number]['holds'];
const HOLDS: Record<Holds, string> = {
  user: i18n.translate('lyrebird.identifier.user', { defaultMessage: 'user' }),
  mail: i18n.translate('lyrebird.identifier.mail', { defaultMessage: 'mail address' }),
  address: i18n.translate('lyrebird.identifier.address', { defaultMessage: 'network address' }),
  host: i18n.translate('lyrebird.identifier.host', { defaultMessage: 'host' }),
  account: i18n.translate('lyrebird.identifier.account', { defaultMessage: 'account' }),
  name: i18n.translate('lyrebird.identifier.name', { defaultMessage: 'name' }),
  id: i18n.translate('lyrebird.identifier.id', { defaultMessage: 'identifier' }),
  resource: i18n.translate('lyrebird.identifier.resource', { defaultMessage: 'resource' }),
};

interface PseudonymFieldsProps {
  source: SourceState;
  value: TrainState['pseudonymise'];
  onChange(value: TrainState['pseudonymise']): void;
  /** What is wrong with the choice, once a person has tried to go on. */
  problem?: string;
}

/** Whether identifiers leave Kibana as they are or as pseudonyms, and which fields hold them. */
export function PseudonymFields({ source, value, onChange, problem }: PseudonymFieldsProps) {
  const readable = source.index !== '' && sourceProblem(source) === undefined;
  const known = useFields(source.index).data?.fields ?? [];
  const suggestions = useIdentifierFields(toSource(source), value !== undefined && readable);
  const suggested = suggestions.data?.fields;
  const chosen = value?.fields;

  // Whoever switches it on starts from what the sample shows, and takes out or adds from there.
  useEffect(() => {
    if (value !== undefined && chosen === undefined && suggested !== undefined) onChange({ fields: suggested.filter((field) => field.chosen).map(({ field }) => field) });
  }, [value, chosen, suggested, onChange]);

  const option = (field: IdentifierFields['fields'][number]): EuiComboBoxOptionOption<string> => ({
    label: field.field,
    append: (
      <EuiToolTip content={field.reason}>
        <span tabIndex={-1}>{HOLDS[field.holds]}</span>
      </EuiToolTip>
    ),
  });
  const offered = (suggested ?? []).filter(({ field }) => !chosen?.includes(field));
  const others = known.filter(({ name }) => !chosen?.includes(name) && !offered.some(({ field }) => field === name));
  return (
    <>
      <EuiSpacer size="m" />
      <EuiSwitch
        label={i18n.translate('lyrebird.train.pseudonymise', { defaultMessage: 'Replace identifiers by pseudonyms' })}
        checked={value !== undefined}
        onChange={({ target }) => onChange(target.checked ? {} : undefined)}
        disabled={!readable && value === undefined}
        data-test-subj="lyrebirdTrainPseudonymise"
      />
      <EuiSpacer size="xs" />
      <EuiText size="xs" color="subdued">
        <p>
          {i18n.translate('lyrebird.train.pseudonymiseHelp', {
            defaultMessage: 'The model then never sees a real name or address: the same one gets the same pseudonym everywhere, in the same format. The key stays in Kibana.',
          })}
        </p>
      </EuiText>
      <EuiSpacer size="s" />
      {value !== undefined && (
        <EuiFormRow
          fullWidth
          label={i18n.translate('lyrebird.train.pseudonymFields', { defaultMessage: 'Fields with identifiers' })}
          helpText={suggestionText(suggestions.data)}
          isInvalid={problem !== undefined || suggestions.isError}
          error={problem ?? (suggestions.isError ? toAppError(suggestions.error).message : undefined)}
        >
          <EuiComboBox
            fullWidth
            isLoading={suggestions.isFetching}
            isInvalid={problem !== undefined}
            truncationProps={{ truncation: 'middle' }}
            options={[
              { label: i18n.translate('lyrebird.train.pseudonymSuggested', { defaultMessage: 'Seem to hold identifiers' }), options: offered.map(option) },
              { label: i18n.translate('lyrebird.train.pseudonymOther', { defaultMessage: 'Other fields' }), options: others.map(({ name }) => ({ label: name })) },
            ].filter(({ options }) => options.length > 0)}
            selectedOptions={(chosen ?? []).map((label) => ({ label }))}
            onChange={(options) => onChange({ fields: options.map(({ label }) => label) })}
            onCreateOption={(name) => onChange({ fields: [...(chosen ?? []), name.trim()] })}
            data-test-subj="lyrebirdTrainPseudonymFields"
          />
        </EuiFormRow>
      )}
    </>
  );
}

function suggestionText(data: IdentifierFields | undefined): string | undefined {
  if (!data) return undefined;
  return i18n.translate('lyrebird.train.pseudonymSampled', {
    defaultMessage: 'Told from {sampled, plural, one {# event} other {# events}}: {fields, plural, =0 {no field seems to hold identifiers} one {# field seems to hold identifiers} other {# fields seem to hold identifiers}}. Mentions of the same values in other fields are replaced as well.',
    values: { sampled: data.sampled, fields: data.fields.length },
  });
}
