import { EuiFlexGroup, EuiFlexItem, EuiPanel, EuiSpacer, EuiText, EuiTitle, useEuiTheme } from '@elastic/eui';
import { i18n } from '@kbn/i18n';
import { FIGURE_GROUPS, type Figure, type Report } from '../../../common';
import { useSeriesColors } from '../../app/color_mode';
import { FigureRow } from './figure_row';
import { groupText } from './figure_text';

/** Every figure beside its own floor and goal, by the question that it answers. */
export function FiguresSection({ figures }: Pick<Report, 'figures'>) {
  return (
    <div data-test-subj="lyrebirdReportFigures">
      <Legend />
      {FIGURE_GROUPS.map((group) => (
        <div key={group} style={{ marginBlockStart: 16 }}>
          <FigureGroup group={group} figures={figures} />
        </div>
      ))}
    </div>
  );
}

/** The figures that answer one question; nothing where there is none. */
export function FigureGroup({ group, figures }: Pick<Report, 'figures'> & { group: Figure['group'] }) {
  const members = figures.filter((figure) => figure.group === group);
  if (members.length === 0) return null;
  const { title, question } = groupText(group);
  return (
    <EuiPanel hasBorder hasShadow={false}>
      <EuiTitle size="xs">
        <h3>{title}</h3>
      </EuiTitle>
      <EuiText size="s" color="subdued">
        <p>{question}</p>
      </EuiText>
      <EuiSpacer size="m" />
      {members.map((figure) => (
        <div key={figure.id} style={{ paddingBlock: 5 }}>
          <FigureRow figure={figure} />
        </div>
      ))}
    </EuiPanel>
  );
}

function Legend() {
  const { euiTheme } = useEuiTheme();
  const colors = useSeriesColors();
  const entries = [
    {
      key: 'value',
      mark: <span style={{ width: 10, height: 10, borderRadius: 5, background: colors.synthetic, display: 'inline-block' }} />,
      text: i18n.translate('lyrebird.figure.legendValue', { defaultMessage: 'synthetic events against real ones that the model never saw' }),
    },
    {
      key: 'floor',
      mark: <span style={{ width: 2, height: 14, background: colors.heldout, display: 'inline-block' }} />,
      text: i18n.translate('lyrebird.figure.legendFloor', { defaultMessage: 'floor: real training events against the same' }),
    },
    {
      key: 'goal',
      mark: <span style={{ width: 16, height: 10, borderRadius: 3, background: euiTheme.colors.success, opacity: 0.3, display: 'inline-block' }} />,
      text: i18n.translate('lyrebird.figure.legendGoal', { defaultMessage: 'goal' }),
    },
  ];
  return (
    <EuiFlexGroup gutterSize="l" wrap responsive={false}>
      {entries.map(({ key, mark, text }) => (
        <EuiFlexItem key={key} grow={false}>
          <EuiText size="xs" color="subdued">
            <span style={{ display: 'flex', alignItems: 'center', gap: 8 }}>
              {mark} {text}
            </span>
          </EuiText>
        </EuiFlexItem>
      ))}
    </EuiFlexGroup>
  );
}
