import { useState } from 'react';
import { EuiBasicTable, EuiButton, EuiButtonEmpty, EuiEmptyPrompt, EuiFlyout, EuiFlyoutBody, EuiFlyoutFooter, EuiFlyoutHeader, EuiText, EuiTitle } from '@elastic/eui';
import { i18n } from '@kbn/i18n';
import type { Rules } from '../../../common';
import { useRules, useUndoRule } from '../../api/queries';
import { formatAgo, formatCount } from '../../components/format';
import { Needs } from '../../components/needs';
import { QueryState } from '../../components/query_state';
import { Ignore } from './make_rule';
import { ruleKindText, scopeLines } from './rule_text';

type Listed = Rules['rules'][number];

/** The rules in force: what they match, what they hide, who made them, and the way back. */
export function RulesFlyout({ onClose }: { onClose(): void }) {
  const rules = useRules();
  const [making, setMaking] = useState(false);
  return (
    <EuiFlyout onClose={onClose} size="m" aria-labelledby="lyrebirdRulesTitle" data-test-subj="lyrebirdRulesFlyout">
      <EuiFlyoutHeader hasBorder>
        <EuiTitle size="s">
          <h2 id="lyrebirdRulesTitle">{i18n.translate('lyrebird.rules.title', { defaultMessage: 'Rules' })}</h2>
        </EuiTitle>
        <EuiText size="s" color="subdued">
          <p>{i18n.translate('lyrebird.rules.help', { defaultMessage: 'What they match is scored and counted, but hidden. Undone, it is shown again.' })}</p>
        </EuiText>
      </EuiFlyoutHeader>
      <EuiFlyoutBody>
        <QueryState query={rules} errorTitle={i18n.translate('lyrebird.rules.error', { defaultMessage: 'The rules cannot be read' })}>
          {(data) => (data.length > 0 ? <List rules={data} /> : <NoRules />)}
        </QueryState>
        {making && <Ignore onClose={() => setMaking(false)} />}
      </EuiFlyoutBody>
      <EuiFlyoutFooter>
        <Needs capability="score">
          {(denied) => (
            <EuiButton iconType="calendar" isDisabled={denied} onClick={() => setMaking(true)} data-test-subj="lyrebirdRuleTimeNew">
              {i18n.translate('lyrebird.rules.ignoreTime', { defaultMessage: 'Ignore a time…' })}
            </EuiButton>
          )}
        </Needs>
      </EuiFlyoutFooter>
    </EuiFlyout>
  );
}

function List({ rules }: { rules: Listed[] }) {
  const undo = useUndoRule();
  return (
    <EuiBasicTable
      items={rules}
      itemId="id"
      tableCaption={i18n.translate('lyrebird.rules.caption', { defaultMessage: 'Rules in force' })}
      columns={[
        {
          name: i18n.translate('lyrebird.rules.what', { defaultMessage: 'Hidden where' }),
          render: ({ kind, scope, description }: Listed) => (
            <div style={{ overflowWrap: 'anywhere' }}>
              <EuiText size="s">
                <strong>{ruleKindText(kind)}</strong>
                <ul>
                  {scopeLines(kind, scope).map((line) => (
                    <li key={line}>{line}</li>
                  ))}
                </ul>
                {description && <p>{description}</p>}
              </EuiText>
            </div>
          ),
        },
        { field: 'records', name: i18n.translate('lyrebird.rules.hides', { defaultMessage: 'Hides' }), width: '70px', align: 'right' as const, render: formatCount },
        {
          name: i18n.translate('lyrebird.rules.made', { defaultMessage: 'Made' }),
          width: '140px',
          render: ({ created_at, created_by }: Listed) => [formatAgo(created_at), created_by].filter(Boolean).join(', '),
        },
        {
          name: i18n.translate('lyrebird.rules.undoColumn', { defaultMessage: 'Undo' }),
          width: '110px',
          render: ({ id }: Listed) => (
            <Needs capability="score">
              {(denied) => (
                <EuiButtonEmpty size="s" iconType="editorUndo" isDisabled={denied} isLoading={undo.isLoading && undo.variables === id} onClick={() => undo.mutate(id)} data-test-subj="lyrebirdRuleUndo">
                  {i18n.translate('lyrebird.rules.undo', { defaultMessage: 'Undo' })}
                </EuiButtonEmpty>
              )}
            </Needs>
          ),
        },
      ]}
      data-test-subj="lyrebirdRulesTable"
    />
  );
}

function NoRules() {
  return (
    <EuiEmptyPrompt
      iconType="filterIgnore"
      titleSize="xs"
      title={<h3>{i18n.translate('lyrebird.rules.emptyTitle', { defaultMessage: 'Nothing is hidden' })}</h3>}
      body={<p>{i18n.translate('lyrebird.rules.emptyBody', { defaultMessage: 'Open an event that stands out and say that it is no anomaly, or what to ignore of its kind.' })}</p>}
      data-test-subj="lyrebirdNoRules"
    />
  );
}
