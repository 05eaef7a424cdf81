import { EuiHealth } from '@elastic/eui';
import { formatScore } from './format';
import { severityOf } from './severity';

/** A score with its severity's colour; the severity is said as well, for those who do not see colours. */
export function ScoreBadge({ score }: { score: number }) {
  const { color, label } = severityOf(score);
  return (
    <EuiHealth color={color} title={label} textSize="s">
      <strong>{formatScore(score)}</strong>
    </EuiHealth>
  );
}
