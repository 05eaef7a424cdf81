import { PageLayout } from '../../app/page_layout';
export function AnomaliesPage() { return <PageLayout page="anomalies" title="Anomalies" description="">{null}</PageLayout>; }
