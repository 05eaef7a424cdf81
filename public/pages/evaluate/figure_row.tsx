import { EuiFlexGroup, EuiFlexItem, EuiHealth, EuiIconTip, EuiText, useEuiTheme } from '@elastic/eui';
import { i18n } from '@kbn/i18n';
import type { Figure } from '../../../common';
import { useSeriesColors } from '../../app/color_mode';
import { formatCount } from '../../components/format';
import { figureDomain, formatFigure, position } from './figure_text';

const VERDICTS: Record<Figure['verdict'], { color: string; label: string }> = {
  met: { color: 'success', label: i18n.translate('lyrebird.figure.met', { defaultMessage: 'Met' }) },
  missed: { color: 'danger', label: i18n.translate('lyrebird.figure.missed', { defaultMessage: 'Missed' }) },
  none: { color: 'subdued', label: i18n.translate('lyrebird.figure.noGoal', { defaultMessage: 'No goal' }) },
};

/** Floor and goal; or why there is no value to compare with them. */
function wordsOf({ value, floor, goal, unit, observations, note }: Figure): string {
  if (value === null && note) return note;
  const beside = floor === null ? i18n.translate('lyrebird.figure.noFloor', { defaultMessage: 'no floor' }) : i18n.translate('lyrebird.figure.floor', { defaultMessage: 'floor {floor}', values: { floor: formatFigure(floor, unit) } });
  return [beside, ...(goal ? [i18n.translate('lyrebird.figure.goal', { defaultMessage: 'goal {goal}', values: { goal: goal.text } })] : []), ...(observations ? [`${formatCount(observations.count)} ${observations.of}`] : [])].join(' · ');
}

/** One figure: its value on a scale with its floor and its goal, and all three in words. */
export function FigureRow({ figure }: { figure: Figure }) {
  const { name, description, value, unit, verdict, note } = figure;
  const { color, label } = VERDICTS[verdict];
  return (
    <EuiFlexGroup gutterSize="m" alignItems="center" wrap responsive={false} data-test-subj={`lyrebirdFigure-${figure.id}`} data-verdict={verdict}>
      <EuiFlexItem style={{ flex: '2 1 150px', minWidth: 0 }}>
        <EuiText size="s">
          <span>
            {name} <EuiIconTip content={note ? `${description} ${note}` : description} position="right" size="s" />
          </span>
        </EuiText>
      </EuiFlexItem>
      <EuiFlexItem grow={false} style={{ width: 84 }}>
        <EuiText size="s" textAlign="right">
          <strong data-test-subj="lyrebirdFigureValue">{formatFigure(value, unit)}</strong>
        </EuiText>
      </EuiFlexItem>
      <EuiFlexItem style={{ flex: '3 1 110px', minWidth: 90 }}>
        <Scale figure={figure} />
      </EuiFlexItem>
      <EuiFlexItem style={{ flex: '2 1 150px', minWidth: 0 }}>
        <EuiText size="xs" color="subdued">
          <span>{wordsOf(figure)}</span>
        </EuiText>
      </EuiFlexItem>
      <EuiFlexItem grow={false} style={{ width: 108 }}>
        <EuiHealth color={color} textSize="xs">
          {value === null ? i18n.translate('lyrebird.figure.unmeasured', { defaultMessage: 'Not measured' }) : label}
        </EuiHealth>
      </EuiFlexItem>
    </EuiFlexGroup>
  );
}

/** The goal as a band, the floor (and its range) as a line, the value as a point. The row says the same in words. */
function Scale({ figure }: { figure: Figure }) {
  const { euiTheme } = useEuiTheme();
  const colors = useSeriesColors();
  const { value, floor, floor_range, goal } = figure;
  const domain = figureDomain(figure);
  const at = (x: number) => `${position(x, domain)}%`;
  const span = (low: number, high: number) => ({ left: at(low), width: `${Math.max(0.8, position(high, domain) - position(low, domain))}%` });
  const layer = { position: 'absolute' as const, borderRadius: 3 };
  return (
    <div style={{ position: 'relative', height: 20 }} aria-hidden>
      <div style={{ ...layer, left: 0, right: 0, top: 8, height: 4, background: euiTheme.colors.lightShade }} />
      {goal && <div style={{ ...layer, ...span(goal.low ?? domain[0], goal.high ?? domain[1]), top: 5, height: 10, background: euiTheme.colors.success, opacity: 0.3 }} />}
      {floor_range && <div style={{ ...layer, ...span(...floor_range), top: 8, height: 4, background: colors.heldout, opacity: 0.6 }} />}
      {floor !== null && <div style={{ ...layer, left: `calc(${at(floor)} - 1px)`, width: 2, top: 1, height: 18, background: colors.heldout }} />}
      {value !== null && (
        <div style={{ ...layer, left: `calc(${at(value)} - 6px)`, top: 4, width: 12, height: 12, borderRadius: 6, background: colors.synthetic, border: `2px solid ${euiTheme.colors.emptyShade}` }} />
      )}
    </div>
  );
}
