import { EuiFlexGroup, EuiFlexItem, EuiStat } from '@elastic/eui';
import { formatCount } from './format';

export interface Count {
  name: string;
  label: string;
  value: number | string;
  color?: 'default' | 'danger' | 'success' | 'subdued';
}

/** A row of figures. */
export function Counts({ counts, size = 's' }: { counts: readonly Count[]; size?: 's' | 'm' }) {
  return (
    <EuiFlexGroup gutterSize="xl" wrap responsive={false}>
      {counts.map(({ name, label, value, color = 'default' }) => (
        <EuiFlexItem key={name} grow={false} style={{ minWidth: 112 }}>
          <EuiStat
            title={<span data-test-subj={`lyrebirdCount-${name}`}>{typeof value === 'number' ? formatCount(value) : value}</span>}
            description={label}
            titleSize={size}
            titleColor={color}
            reverse
          />
        </EuiFlexItem>
      ))}
    </EuiFlexGroup>
  );
}
