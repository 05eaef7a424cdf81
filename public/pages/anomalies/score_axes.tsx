import { AnnotationDomainType, Axis, LineAnnotation, Position, Tooltip } from '@elastic/charts';
import { i18n } from '@kbn/i18n';
import moment from 'moment';
import { formatScore, formatTime } from '../../components/format';
import { rarity, scoreOfRarity } from '../../components/severity';

const MARKS = [99, 99.9];

/** Time below, the score beside: logarithmic in rarity, for 99.9 is ten times rarer than 99. Charts over it have `rarity` for y. */
export function ScoreAxes() {
  return (
    <>
      <Tooltip headerFormatter={({ value }) => formatTime(Number(value))} />
      <Axis id="time" position={Position.Bottom} tickFormat={(value: number) => moment(value).format('MM-DD HH:mm')} ticks={8} />
      <Axis
        id="score"
        position={Position.Left}
        domain={{ min: 0, max: 4 }}
        ticks={5}
        tickFormat={(value: number) => formatScore(scoreOfRarity(value))}
        title={i18n.translate('lyrebird.timeline.score', { defaultMessage: 'Score' })}
      />
      <LineAnnotation
        id="marks"
        domainType={AnnotationDomainType.YDomain}
        dataValues={MARKS.map((score) => ({ dataValue: rarity(score), details: formatScore(score) }))}
        style={{ line: { strokeWidth: 1, stroke: '#98A2B3', opacity: 0.8, dash: [4, 4] } }}
      />
    </>
  );
}
