import { EuiInMemoryTable, EuiSpacer } from '@elastic/eui';
import { i18n } from '@kbn/i18n';
import type { EntityReport, Report, TechniqueReport } from '../../../common';
import { formatCount, formatNumber } from '../../components/format';
import { Plot } from './report_charts';

const besideFloor = (value: number | null, floor: number | null) =>
  value === null
    ? i18n.translate('lyrebird.report.tooFew', { defaultMessage: 'too few' })
    : i18n.translate('lyrebird.report.besideFloor', { defaultMessage: '{value} ({floor})', values: { value: formatNumber(value), floor: floor === null ? '–' : formatNumber(floor) } });

const events = {
  heldout: { name: i18n.translate('lyrebird.report.eventsHeldout', { defaultMessage: 'Real events' }), width: '110px', align: 'right' as const },
  synthetic: { name: i18n.translate('lyrebird.report.eventsSynthetic', { defaultMessage: 'Synthetic' }), width: '110px', align: 'right' as const },
};

/** Each entity and each technique on its own. */
export function WhoSection({ entities, techniques }: Pick<Report, 'entities' | 'techniques'>) {
  return (
    <div data-test-subj="lyrebirdReportWho">
      <Plot
        title={i18n.translate('lyrebird.report.entities', { defaultMessage: 'Entities' })}
        help={i18n.translate('lyrebird.report.entitiesHelp', {
          defaultMessage: 'Distance of hours and actions to the entity’s own held-out events, 0 to 1, with the floor in brackets. Foreign values belong to other entities only.',
        })}
      >
        <EuiInMemoryTable
          items={entities}
          compressed
          pagination={{ initialPageSize: 10, pageSizeOptions: [10, 25, 100] }}
          search={{ box: { incremental: true, 'data-test-subj': 'lyrebirdReportEntitySearch' } }}
          sorting={{ sort: { field: 'events.heldout', direction: 'desc' } }}
          tableCaption={i18n.translate('lyrebird.report.entities', { defaultMessage: 'Entities' })}
          columns={[
            { field: 'name', name: i18n.translate('lyrebird.report.entity', { defaultMessage: 'Entity' }), sortable: true, truncateText: true },
            { field: 'events.heldout', ...events.heldout, sortable: true, render: formatCount },
            { field: 'events.synthetic', ...events.synthetic, sortable: true, render: formatCount },
            {
              field: 'hours',
              name: i18n.translate('lyrebird.report.hours', { defaultMessage: 'Hours' }),
              sortable: true,
              align: 'right' as const,
              render: (_: unknown, { hours, hours_floor }: EntityReport) => besideFloor(hours, hours_floor),
            },
            {
              field: 'actions',
              name: i18n.translate('lyrebird.report.actions', { defaultMessage: 'Actions' }),
              sortable: true,
              align: 'right' as const,
              render: (_: unknown, { actions, actions_floor }: EntityReport) => besideFloor(actions, actions_floor),
            },
            { field: 'bleed', name: i18n.translate('lyrebird.report.bleed', { defaultMessage: 'Foreign values' }), sortable: true, align: 'right' as const, width: '120px', render: formatCount },
          ]}
        />
      </Plot>
      {techniques.length > 0 && (
        <>
          <EuiSpacer size="l" />
          <Plot
            title={i18n.translate('lyrebird.report.techniques', { defaultMessage: 'ATT&CK techniques' })}
            help={i18n.translate('lyrebird.report.techniquesHelp', { defaultMessage: 'Distance of the actions to those of all real events of the technique, 0 to 1, with the floor in brackets.' })}
          >
            <EuiInMemoryTable
              items={techniques}
              compressed
              tableCaption={i18n.translate('lyrebird.report.techniques', { defaultMessage: 'ATT&CK techniques' })}
              columns={[
                { field: 'id', name: i18n.translate('lyrebird.report.technique', { defaultMessage: 'Technique' }), sortable: true },
                {
                  name: i18n.translate('lyrebird.report.eventsReal', { defaultMessage: 'Real events' }),
                  width: '110px',
                  align: 'right' as const,
                  render: ({ events: { train, heldout } }: TechniqueReport) => formatCount(train + heldout),
                },
                { field: 'events.synthetic', ...events.synthetic, render: formatCount },
                {
                  name: i18n.translate('lyrebird.report.actions', { defaultMessage: 'Actions' }),
                  align: 'right' as const,
                  render: ({ actions, actions_floor }: TechniqueReport) => besideFloor(actions, actions_floor),
                },
              ]}
            />
          </Plot>
        </>
      )}
    </div>
  );
}
