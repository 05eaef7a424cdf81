import { EuiButtonGroup, EuiDatePicker, EuiFlexGroup, EuiFlexItem, EuiFormRow, EuiSelect, EuiSpacer, EuiSwitch } from '@elastic/eui';
import { i18n } from '@kbn/i18n';
import moment from 'moment';
import { NumberRow } from '../../components/number_row';
import type { PartProps } from './form_parts';
import { isAttack, periodOf, type Amount, type GenerateState } from './generate_state';

const AMOUNT_TEXT: Record<Amount, string> = {
  count: i18n.translate('lyrebird.generate.byCount', { defaultMessage: 'A number of events' }),
  period: i18n.translate('lyrebird.generate.byPeriod', { defaultMessage: 'A period' }),
};
const STARTING_CONTEXT = 20;
const WORKING_HOURS: NonNullable<GenerateState['hours']> = { from: '08:00', to: '18:00', weekdays: [1, 2, 3, 4, 5] };
const QUARTERS = Array.from({ length: 96 }, (_, i) => `${String(Math.floor(i / 4)).padStart(2, '0')}:${String((i % 4) * 15).padStart(2, '0')}`);

/** How much and when: so many events or all of a period, from when on, at which hours, after which real events. */
export function TimeFields(props: PartProps) {
  const { model, state, patch, invalid } = props;
  const start = state.continueLast === undefined
    ? i18n.translate('lyrebird.generate.fromDefault', { defaultMessage: 'End of the training data, {when}', values: { when: moment(model.time_range.to).format('YYYY-MM-DD HH:mm') } })
    : i18n.translate('lyrebird.generate.fromContinued', { defaultMessage: 'After the newest real events' });
  const end = periodOf(state, model).to;
  return (
    <>
      <EuiFormRow fullWidth label={i18n.translate('lyrebird.generate.amount', { defaultMessage: 'How much' })}>
        <EuiButtonGroup
          isFullWidth
          buttonSize="compressed"
          legend={i18n.translate('lyrebird.generate.amount', { defaultMessage: 'How much' })}
          options={(Object.keys(AMOUNT_TEXT) as Amount[]).map((id) => ({ id, label: AMOUNT_TEXT[id], 'data-test-subj': `lyrebirdGenerateAmount-${id}` }))}
          idSelected={state.amount}
          onChange={(id) => patch({ amount: id as Amount })}
        />
      </EuiFormRow>
      {state.amount === 'count' && (
        <NumberRow
          label={isAttack(state) ? i18n.translate('lyrebird.generate.countAtMost', { defaultMessage: 'Events at most' }) : i18n.translate('lyrebird.generate.count', { defaultMessage: 'Number of events' })}
          helpText={isAttack(state) ? i18n.translate('lyrebird.generate.countAttack', { defaultMessage: 'An attack is as long as those learned, with what the entity does around it.' }) : undefined}
          min={1}
          value={state.count}
          onChange={(count) => patch({ count })}
          error={invalid('count').error}
          data-test-subj="lyrebirdGenerateCount"
        />
      )}
      <EuiFormRow fullWidth label={i18n.translate('lyrebird.generate.from', { defaultMessage: 'Starting at' })} {...invalid('from')}>
        <TimePicker value={state.from} placeholder={start} onChange={(from) => patch({ from })} subject="lyrebirdGenerateFrom" />
      </EuiFormRow>
      {state.amount === 'period' && (
        <EuiFormRow
          fullWidth
          label={i18n.translate('lyrebird.generate.to', { defaultMessage: 'Ending at' })}
          helpText={i18n.translate('lyrebird.generate.periodHelp', { defaultMessage: 'As many events as the entities’ own pace gives in this time: of all entities, the whole organisation.' })}
          {...invalid('to')}
        >
          <TimePicker
            value={state.to}
            placeholder={
              end
                ? i18n.translate('lyrebird.generate.toDefault', { defaultMessage: 'A day later, {when}', values: { when: moment(end).format('YYYY-MM-DD HH:mm') } })
                : i18n.translate('lyrebird.generate.toMissing', { defaultMessage: 'Choose a time' })
            }
            onChange={(to) => patch({ to })}
            subject="lyrebirdGenerateTo"
          />
        </EuiFormRow>
      )}
      <EuiSpacer size="m" />
      <Continuation {...props} />
      <EuiSpacer size="s" />
      <Hours {...props} />
      <EuiSpacer size="s" />
    </>
  );
}

function TimePicker({ value, placeholder, onChange, subject }: { value: string; placeholder: string; onChange(iso: string): void; subject: string }) {
  return (
    <EuiDatePicker
      fullWidth
      showTimeSelect
      selected={value ? moment(value) : null}
      onChange={(date) => onChange(date?.toISOString() ?? '')}
      onClear={() => onChange('')}
      placeholder={placeholder}
      dateFormat="YYYY-MM-DD HH:mm"
      timeFormat="HH:mm"
      data-test-subj={subject}
    />
  );
}

function Continuation({ state, patch, invalid }: PartProps) {
  return (
    <>
      <EuiSwitch
        compressed
        label={i18n.translate('lyrebird.generate.continue', { defaultMessage: 'Go on from real events' })}
        checked={state.continueLast !== undefined}
        onChange={({ target }) => patch({ continueLast: target.checked ? STARTING_CONTEXT : undefined })}
        data-test-subj="lyrebirdGenerateContinue"
      />
      <EuiSpacer size="s" />
      {state.continueLast !== undefined && (
        <NumberRow
          label={i18n.translate('lyrebird.generate.continueLast', { defaultMessage: 'Newest events of each entity to read' })}
          helpText={i18n.translate('lyrebird.generate.continueHelp', { defaultMessage: 'What comes next? Each stream goes on where the real one ends now.' })}
          compressed
          min={1}
          max={200}
          value={state.continueLast}
          onChange={(continueLast) => patch({ continueLast })}
          error={invalid('continueLast').error}
          data-test-subj="lyrebirdGenerateContinueLast"
        />
      )}
    </>
  );
}

function Hours({ state: { hours }, patch, invalid }: PartProps) {
  const days = moment.weekdaysShort();
  // The week begins where the reader's does.
  const first = moment.localeData().firstDayOfWeek();
  const order = days.map((_, i) => (i + first) % 7);
  const clock = (side: 'from' | 'to', label: string, times: readonly string[]) =>
    hours && (
      <EuiFlexItem>
        <EuiSelect compressed fullWidth prepend={label} options={times.map((text) => ({ value: text, text }))} value={hours[side]} onChange={({ target }) => patch({ hours: { ...hours, [side]: target.value } })} aria-label={label} data-test-subj={`lyrebirdGenerateHours-${side}`} />
      </EuiFlexItem>
    );
  return (
    <>
      <EuiSwitch
        compressed
        label={i18n.translate('lyrebird.generate.hours', { defaultMessage: 'Only at certain hours' })}
        checked={hours !== undefined}
        onChange={({ target }) => patch({ hours: target.checked ? WORKING_HOURS : undefined })}
        data-test-subj="lyrebirdGenerateHours"
      />
      <EuiSpacer size="s" />
      {hours && (
        <EuiFormRow fullWidth helpText={i18n.translate('lyrebird.generate.hoursHelp', { defaultMessage: 'Your time. From 22:00 to 06:00 is the night; no day chosen means every day.' })} {...invalid('hours')}>
          <div>
            <EuiFlexGroup gutterSize="s" responsive={false}>
              {clock('from', i18n.translate('lyrebird.generate.hoursFrom', { defaultMessage: 'From' }), QUARTERS)}
              {clock('to', i18n.translate('lyrebird.generate.hoursTo', { defaultMessage: 'To' }), [...QUARTERS.slice(1), '24:00', QUARTERS[0]])}
            </EuiFlexGroup>
            <EuiSpacer size="s" />
            <EuiButtonGroup
              type="multi"
              isFullWidth
              buttonSize="compressed"
              legend={i18n.translate('lyrebird.generate.weekdays', { defaultMessage: 'Days' })}
              options={order.map((day) => ({ id: `day-${day}`, label: days[day] }))}
              idToSelectedMap={Object.fromEntries(hours.weekdays.map((day) => [`day-${day}`, true]))}
              onChange={(id) => {
                const day = Number(id.slice(4));
                patch({ hours: { ...hours, weekdays: hours.weekdays.includes(day) ? hours.weekdays.filter((other) => other !== day) : [...hours.weekdays, day].sort() } });
              }}
            />
          </div>
        </EuiFormRow>
      )}
    </>
  );
}
