import { EuiCallOut, EuiHealth, EuiText } from '@elastic/eui';
import { i18n } from '@kbn/i18n';
import type { Status } from '../../../common';

/** Whether the process that learns is there. */
export function NodeStatus({ node }: { node: Status['node'] }) {
  if (!node.reachable) {
    return (
      <EuiCallOut
        color="danger"
        iconType="warning"
        title={i18n.translate('lyrebird.node.away', { defaultMessage: 'The model node at {url} does not answer', values: { url: node.url } })}
        data-test-subj="lyrebirdNodeAway"
      >
        <EuiText size="s">
          {node.error && <p>{node.error}</p>}
          <p>
            {i18n.translate('lyrebird.node.awayHint', {
              defaultMessage: 'Models cannot be trained or used until it does. Check that it runs and that the plugin’s configuration names its address and token.',
            })}
          </p>
        </EuiText>
      </EuiCallOut>
    );
  }
  return (
    <EuiHealth color="success" data-test-subj="lyrebirdNodeReady">
      {i18n.translate('lyrebird.node.ready', {
        defaultMessage: 'Model node {version} is ready ({devices})',
        values: { version: node.version ?? '', devices: node.devices.join(', ') },
      })}
    </EuiHealth>
  );
}
