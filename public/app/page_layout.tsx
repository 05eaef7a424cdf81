import type { ReactNode } from 'react';
import { EuiPageTemplate, EuiSideNav } from '@elastic/eui';
import { i18n } from '@kbn/i18n';
import { useHistory } from 'react-router-dom';
import { PLUGIN_NAME } from '../../common';
import { useAppUrl, usePageTitle } from './core_context';
import { PageBoundary } from './page_boundary';
import { PATHS, type PageName } from './paths';

const PAGES: Array<{ name: PageName; label: string }> = [
  { name: 'overview', label: i18n.translate('lyrebird.nav.overview', { defaultMessage: 'Overview' }) },
  { name: 'train', label: i18n.translate('lyrebird.nav.train', { defaultMessage: 'Train' }) },
  { name: 'generate', label: i18n.translate('lyrebird.nav.generate', { defaultMessage: 'Generate' }) },
  { name: 'report', label: i18n.translate('lyrebird.nav.report', { defaultMessage: 'Report' }) },
  { name: 'anomalies', label: i18n.translate('lyrebird.nav.anomalies', { defaultMessage: 'Anomalies' }) },
];

interface PageLayoutProps {
  page: PageName;
  title: string;
  description: string;
  actions?: ReactNode[];
  children: ReactNode;
}

/** Navigation beside, heading above, the page's sections below. */
export function PageLayout({ page, title, description, actions, children }: PageLayoutProps) {
  const history = useHistory();
  const appUrl = useAppUrl();
  usePageTitle(title);
  const items = PAGES.map(({ name, label }) => ({
    id: name,
    name: label,
    href: appUrl(PATHS[name]),
    isSelected: name === page,
    onClick: (event: React.MouseEvent) => {
      if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
      event.preventDefault();
      history.push(PATHS[name]);
    },
    'data-test-subj': `lyrebirdNav-${name}`,
  }));
  return (
    // The host has made room for its header already.
    <EuiPageTemplate panelled restrictWidth={1400} offset={0}>
      <EuiPageTemplate.Sidebar sticky minWidth={208}>
        <SideNavigation items={items} current={PAGES.find(({ name }) => name === page)?.label ?? title} />
      </EuiPageTemplate.Sidebar>
      <EuiPageTemplate.Header
        paddingSize="l"
        pageTitle={title}
        description={description}
        rightSideItems={actions}
        data-test-subj={`lyrebirdPage-${page}`}
      />
      <EuiPageTemplate.Section>
        <PageBoundary>{children}</PageBoundary>
      </EuiPageTemplate.Section>
    </EuiPageTemplate>
  );
}

function SideNavigation({ items, current }: { items: React.ComponentProps<typeof EuiSideNav>['items'][number]['items']; current: string }) {
  return (
    <EuiSideNav
      mobileTitle={i18n.translate('lyrebird.nav.mobile', { defaultMessage: '{app}: {page}', values: { app: PLUGIN_NAME, page: current } })}
      aria-label={PLUGIN_NAME}
      items={[{ id: PLUGIN_NAME, name: PLUGIN_NAME, items }]}
    />
  );
}
