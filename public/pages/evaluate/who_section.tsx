import { EuiFlexGroup, EuiFlexItem, EuiInMemoryTable, EuiSpacer } from '@elastic/eui';
import { i18n } from '@kbn/i18n';
import type { EntityReport, Report, TechniqueReport } from '../../../common';
import { formatCount, formatNumber } from '../../components/format';
import { BarsPlot } from '../../components/bars_plot';
import { Plot } from '../../components/plot';
import { FLOOR, SYNTHETIC, ScatterChart, scatterTable } from './report_charts';

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
      <EntityPlots entities={entities} />
      <EuiSpacer size="l" />
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
          <Techniques techniques={techniques} />
        </>
      )}
    </div>
  );
}

/** Each entity a point: on the line it is as near to itself as its real events of another time are. */
function EntityPlots({ entities }: Pick<Report, 'entities'>) {
  const axes = { x: FLOOR, y: SYNTHETIC };
  const plots = [
    { key: 'hours' as const, floor: 'hours_floor' as const, title: i18n.translate('lyrebird.report.entityHours', { defaultMessage: 'Whose hours are kept' }) },
    { key: 'actions' as const, floor: 'actions_floor' as const, title: i18n.translate('lyrebird.report.entityActions', { defaultMessage: 'Whose actions are kept' }) },
  ];
  return (
    <EuiFlexGroup gutterSize="l" wrap responsive={false}>
      {plots.map(({ key, floor, title }) => {
        const points = entities.flatMap((entity) => {
          const [y, x] = [entity[key], entity[floor]];
          return x === null || y === null ? [] : [{ label: [entity.name], x, y }];
        });
        return (
          <EuiFlexItem key={key} style={{ flex: '1 1 min(100%, 440px)', minWidth: 0 }}>
            <Plot
              title={title}
              help={i18n.translate('lyrebird.report.entityPlotHelp', { defaultMessage: 'Each point is an entity: distance to its held-out events, 0 to 1. On the line, as near as its own real events of another time; above it, farther.' })}
              table={scatterTable({ points, ...axes })}
            >
              <ScatterChart points={points} label={title} {...axes} data-test-subj={`lyrebirdReportEntities-${key}`} />
            </Plot>
          </EuiFlexItem>
        );
      })}
    </EuiFlexGroup>
  );
}

function Techniques({ techniques }: Pick<Report, 'techniques'>) {
  const title = i18n.translate('lyrebird.report.techniques', { defaultMessage: 'ATT&CK techniques' });
  const measured = techniques.filter(({ actions }) => actions !== null);
  return (
    <EuiFlexGroup gutterSize="l" wrap responsive={false} alignItems="flexStart">
      <EuiFlexItem style={{ flex: '1 1 min(100%, 440px)', minWidth: 0 }}>
        <BarsPlot
          title={title}
          help={i18n.translate('lyrebird.report.techniquesHelp', { defaultMessage: 'Distance of the actions to those of all real events of the technique, 0 to 1.' })}
          bars={measured.map(({ id, actions, actions_floor }) => ({ label: id, first: actions ?? 0, second: actions_floor }))}
          names={measured.some(({ actions_floor }) => actions_floor !== null) ? [SYNTHETIC, FLOOR] : [SYNTHETIC]}
          format={(value) => formatNumber(value)}
          data-test-subj="lyrebirdReportTechniques"
        />
      </EuiFlexItem>
      <EuiFlexItem style={{ flex: '1 1 min(100%, 440px)', minWidth: 0 }}>
        <Plot title={i18n.translate('lyrebird.report.techniqueEvents', { defaultMessage: 'Events of techniques' })}>
          <EuiInMemoryTable
            items={techniques}
            compressed
            tableCaption={title}
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
      </EuiFlexItem>
    </EuiFlexGroup>
  );
}
