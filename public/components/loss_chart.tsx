import { Axis, Chart, CurveType, LineSeries, Position, ScaleType, Settings, Tooltip, TooltipType } from '@elastic/charts';
import { EuiText } from '@elastic/eui';
import { i18n } from '@kbn/i18n';
import type { LossPoint } from '../../common';
import { useChartTheme, useSeriesColors } from '../app/color_mode';
import { formatCount, formatNumber } from './format';

const TRAIN = i18n.translate('lyrebird.loss.train', { defaultMessage: 'Training' });
const HELDOUT = i18n.translate('lyrebird.loss.heldout', { defaultMessage: 'Held out' });

/** Loss in nats per token over training steps: what it trained on, and what it has never seen. */
export function LossChart({ curve, height = 220 }: { curve: readonly LossPoint[]; height?: number }) {
  const chartTheme = useChartTheme();
  const colors = useSeriesColors();
  if (curve.length === 0) {
    return (
      <EuiText size="s" color="subdued" data-test-subj="lyrebirdLossChartEmpty">
        <p>{i18n.translate('lyrebird.loss.empty', { defaultMessage: 'The loss curve starts with the first training steps.' })}</p>
      </EuiText>
    );
  }
  const heldout = curve.filter((point) => point.heldout !== undefined);
  const line = { xScaleType: ScaleType.Linear, yScaleType: ScaleType.Linear, xAccessor: 'step', curve: CurveType.CURVE_MONOTONE_X };
  return (
    <div style={{ height }} data-test-subj="lyrebirdLossChart" data-points={curve.length}>
      <Chart>
        <Settings
          {...chartTheme}
          showLegend
          legendPosition={Position.Top}
          ariaLabel={i18n.translate('lyrebird.loss.label', { defaultMessage: 'Loss while training' })}
        />
        <Tooltip type={TooltipType.VerticalCursor} />
        <Axis id="step" position={Position.Bottom} title={i18n.translate('lyrebird.loss.step', { defaultMessage: 'Step' })} ticks={6} tickFormat={(step: number) => (Number.isInteger(step) ? formatCount(step) : '')} />
        <Axis
          id="loss"
          position={Position.Left}
          title={i18n.translate('lyrebird.loss.nats', { defaultMessage: 'Nats per token' })}
          ticks={5}
          domain={{ min: NaN, max: NaN, fit: true }}
          tickFormat={(value: number) => formatNumber(value)}
          gridLine={{ visible: true }}
        />
        <LineSeries id="train" name={TRAIN} data={[...curve]} yAccessors={['train']} color={colors.heldout} {...line} />
        {heldout.length > 0 && <LineSeries id="heldout" name={HELDOUT} data={heldout} yAccessors={['heldout']} color={colors.synthetic} {...line} />}
      </Chart>
    </div>
  );
}
