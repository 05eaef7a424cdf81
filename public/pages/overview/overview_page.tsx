import { PageLayout } from '../../app/page_layout';
export function OverviewPage() { return <PageLayout page="overview" title="Overview" description="">{null}</PageLayout>; }
